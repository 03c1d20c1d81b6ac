// When to dial again: capped exponential back-off with jitter, so that a plant's drivers do not all return at once
// when their gateway restarts.

export interface BackoffPolicy {
  /** Wait after the first failure, ms. Default 100. */
  readonly firstMs: number;
  /** Upper bound of the wait, ms. Default 5000. */
  readonly mostMs: number;
}

export const backoffDefault: BackoffPolicy = { firstMs: 100, mostMs: 5000 };

/** The wait before attempt `failures + 1`: between half of the doubled delay and all of it. `random` gives [0, 1). */
export function backoffMs(failures: number, policy: BackoffPolicy, random: () => number): number {
  const whole = Math.min(policy.mostMs, policy.firstMs * 2 ** Math.max(0, failures - 1));
  return whole / 2 + (whole / 2) * random();
}
