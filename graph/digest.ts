// Content digests: the identity of modules, graphs and artefacts.

import { createHash } from "node:crypto";
import type { Digest } from "./types.ts";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (text: string): text is Digest => digestPattern.test(text);

export const sha256 = (bytes: Uint8Array): Digest =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;

export const digestBytes = (digest: Digest): Uint8Array =>
  Uint8Array.from(Buffer.from(digest.slice("sha256:".length), "hex"));

/** The digest that 32 raw bytes spell. */
export const digestOfHash = (hash: Uint8Array): Digest => `sha256:${Buffer.from(hash).toString("hex")}` as Digest;
