// Counters as what happens in a second.

/** A counter that went back belongs to something that was started anew in between. */
export function ratePerS(was: number, is: number, elapsedMs: number): number {
  return ((is < was ? is : is - was) / Math.max(elapsedMs, 1)) * 1_000;
}
