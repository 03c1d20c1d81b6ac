// When something began, by the time of day as it is now: a device without a battery starts in 1970 and learns the time when it reaches
// a network, and what has run for a minute by then has not run for fifty years.

/** Two clocks differ by so much by themselves, and what began does not begin anew with each look. */
const CLOCK_SET_MS = 1_000;

export interface Clocks {
  /** The time of day, ms since the Unix epoch. */
  readonly wallMs: () => number;
  /** A clock that nobody puts forward or back. */
  readonly steadyMs: () => number;
}

/** Begins now; gives when that was, ms since the Unix epoch: the same until somebody sets the clock. */
export function beginning(
  { wallMs, steadyMs }: Clocks = { wallMs: Date.now, steadyMs: () => performance.now() },
): () => number {
  const beganMs = steadyMs();
  let toldMs = wallMs();
  return () => {
    const nowToldMs = wallMs() - (steadyMs() - beganMs);
    if (Math.abs(nowToldMs - toldMs) >= CLOCK_SET_MS) toldMs = nowToldMs;
    return toldMs;
  };
}
