import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { base64Of, bytesOfHex, hexOf, sameBytes, utf8Length } from "./bytes.ts";
import { sha256Bytes as inPage } from "./sha256-browser.ts";
import { sha256Bytes } from "./sha256-node.ts";

test("bytes are written and read as Node.js writes them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(hexOf(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      expect(bytesOfHex(hexOf(bytes))).toEqual(bytes);
      expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    }),
  );
});

test("a text is as long as its UTF-8, halves of surrogate pairs included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test("bytes are the same when length and each byte are", () => {
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
});

test("a page and Node.js find the same hash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const hash = new Uint8Array(createHash("sha256").update(bytes).digest());
      expect(new Uint8Array(sha256Bytes(bytes))).toEqual(hash);
      expect(inPage(bytes)).toEqual(hash);
    }),
  );
});
