// What is written into the form of a recording, as the gateway takes it. Pure.

export const updatesMax = 1_000_000;

export function parseTags(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
