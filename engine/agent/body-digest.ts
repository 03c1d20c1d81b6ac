// What is stored under its digest has to have it.

import { type Digest, sha256 } from "@flowfusion/graph";
import { ApiError } from "./problem.ts";

/** Throws FF_API_DIGEST_MISMATCH when the bytes hash to something else than the URL says. */
export function demandDigest(digest: Digest, bytes: Uint8Array): void {
  const found = sha256(bytes);
  if (found === digest) return;
  throw new ApiError(
    "FF_API_DIGEST_MISMATCH",
    `the ${bytes.length} bytes of the body hash to ${found}, the URL says ${digest}`,
  );
}
