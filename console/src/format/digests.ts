// Digests, as short as people compare them.

const shownDigits = 12;

/** `8bc2760f51aa` of `sha256:8bc2760f51aa…`. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, shownDigits);
}

/** A text with each digest in it shortened. */
export function shortenDigests(text: string): string {
  return text.replaceAll(/sha256:[0-9a-f]{64}/g, (digest) => `${shortDigest(digest)}…`);
}
