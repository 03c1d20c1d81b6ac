// SHA-256 as Node.js has it. Of the two behind `#sha256`, the one that runs everywhere but in a page.

import { createHash } from "node:crypto";

export const sha256Bytes = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
