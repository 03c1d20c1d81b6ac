// A count as somebody wrote it. Pure.

/** Undefined when it is no whole number from 1 to `max`. */
export function parseCount(text: string, max: number): number | undefined {
  const plain = text.trim();
  const count = Number(plain);
  return /^\d{1,15}$/.test(plain) && count >= 1 && count <= max ? count : undefined;
}
