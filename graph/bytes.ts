// Bytes and the texts that stand for them, with what Node.js and pages both have.

const utf8 = new TextEncoder();

export const utf8Length = (text: string): number => utf8.encode(text).length;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexOf(bytes: Uint8Array): string {
  // Joined, since the engine keeps texts that are added to one another apart, each with 32 bytes around it.
  const digits = new Array<string>(bytes.length);
  for (let at = 0; at < bytes.length; at++) digits[at] = hexOfByte[bytes[at]!]!;
  return digits.join("");
}

export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

export const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
