// The two clocks of a driver: wall time for the stamps of updates, a steady one for intervals; and times as others write them.

const nsPerMs = 1_000_000n;

export const wallClockNs = (): bigint => BigInt(Date.now()) * nsPerMs;
export const steadyMs = (): number => performance.now();

/** ms since the epoch, with a fraction, as ns. */
export const msToNs = (ms: number): bigint => BigInt(Math.trunc(ms)) * nsPerMs + BigInt(Math.round((ms % 1) * 1e6));

/** Whether ns since the epoch can be the time of an update: up to the year 2554. */
export const isUpdateTime = (ns: bigint): boolean => ns >= 0n && ns < 2n ** 64n;

/**
 * ISO 8601 as ns since the epoch; undefined for what is none. A time without a zone is one of UTC: what a device or a file says
 * must not depend on where it is read.
 */
export function isoToNs(text: string): bigint | undefined {
  const isZoned = /(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) || !/\d[T ]\d/.test(text);
  const ms = Date.parse(isZoned ? text : `${text}Z`);
  if (Number.isNaN(ms)) return undefined;
  const fraction = /\.(\d{4,9})/.exec(text)?.[1];
  // Date knows ms; what stands behind them is added.
  return msToNs(ms) + (fraction === undefined ? 0n : BigInt(fraction.padEnd(9, "0").slice(3)));
}
