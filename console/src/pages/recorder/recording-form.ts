// What is written into the form of a recording, as the gateway takes it. Pure.

const updatesMax = 1_000_000;

/** Undefined when it is no whole number that the gateway takes. */
export function parseUpdates(text: string): number | undefined {
  const plain = text.trim();
  const count = Number(plain);
  return /^\d{1,7}$/.test(plain) && count >= 1 && count <= updatesMax ? count : undefined;
}

export function parseTags(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
