// Content digests: the identity of modules, graphs and artefacts.

import { sha256Bytes } from "#sha256";
import { bytesOfHex, hexOf } from "./bytes.ts";
import type { Digest } from "./types.ts";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (text: string): text is Digest => digestPattern.test(text);

export const sha256 = (bytes: Uint8Array): Digest => digestOfHash(sha256Bytes(bytes));

export const digestBytes = (digest: Digest): Uint8Array => bytesOfHex(digest.slice("sha256:".length));

/** The digest that 32 raw bytes spell. */
export const digestOfHash = (hash: Uint8Array): Digest => `sha256:${hexOf(hash)}` as Digest;
