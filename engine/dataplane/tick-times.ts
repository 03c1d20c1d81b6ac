// The times that flows are told. A clock that is set ahead, as a gateway's without a battery is some time after each start, must not
// pass for time that went by: alarms with a delay would be raised early, and windows of silent tags close, which then call late
// all that comes until the device's time is there. So such a jump begins with a tick of 0, from which nodes count as they do
// from any clock that was put back.

const nsPerMs = 1_000_000n;

export class TickTimes {
  readonly #jumpMs: number;
  #wallMs = 0;
  #steadyMs = Number.POSITIVE_INFINITY;

  /** `jumpMs`: how far the time of day may get ahead of a steady clock between two ticks. */
  constructor(jumpMs: number) {
    this.#jumpMs = jumpMs;
  }

  /** Times to tick at, in order, ns since the Unix epoch. */
  next(wallMs: number, steadyMs: number): readonly bigint[] {
    const aheadMs = wallMs - this.#wallMs - (steadyMs - this.#steadyMs);
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    const nowNs = BigInt(wallMs) * nsPerMs;
    return aheadMs > this.#jumpMs && Number.isFinite(aheadMs) ? [0n, nowNs] : [nowNs];
  }
}
