// The two clocks of a driver: wall time for the stamps of updates, a steady one for intervals.

const nsPerMs = 1_000_000n;

export const wallClockNs = (): bigint => BigInt(Date.now()) * nsPerMs;
export const steadyMs = (): number => performance.now();

/** ms since the epoch, with a fraction, as ns. */
export const msToNs = (ms: number): bigint => BigInt(Math.trunc(ms)) * nsPerMs + BigInt(Math.round((ms % 1) * 1e6));
