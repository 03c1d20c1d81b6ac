// SHA-256 in a page, where the platform's own is asynchronous and, without TLS, not there at all.

import { sha256 } from "@noble/hashes/sha2.js";

export const sha256Bytes = (bytes: Uint8Array): Uint8Array => sha256(bytes);
