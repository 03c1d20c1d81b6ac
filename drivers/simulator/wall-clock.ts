// Wall clock at a resolution of ns, on which processes of one machine agree to a few µs, so that one can measure how long ago
// another stamped an update. `performance.timeOrigin` is not enough: a process that loses its core between the two clocks that it
// reads for it is off by as long as that takes.

const goodEnoughNs = 5_000n;
const ticksMax = 20;

/** ns since the Unix epoch, monotonic: steps of the system's clock after the start of the process are not followed. */
export const wallClockNs = (): bigint => originNs + process.hrtime.bigint();

const originNs = measureOriginNs();

/** Where the monotonic clock began, from the moments at which the system's clock of whole ms goes on. */
function measureOriginNs(): bigint {
  let best = { ns: 0n, doubtNs: BigInt(Number.MAX_SAFE_INTEGER) };
  for (let tick = 0; tick < ticksMax && best.doubtNs > goodEnoughNs; tick++) {
    const seen = nextTick();
    if (seen.doubtNs < best.doubtNs) best = seen;
  }
  return best.ns;
}

function nextTick(): { readonly ns: bigint; readonly doubtNs: bigint } {
  let fromNs = process.hrtime.bigint();
  const lastMs = Date.now();
  for (let betweenNs = process.hrtime.bigint(); ; ) {
    const nowMs = Date.now();
    const toNs = process.hrtime.bigint();
    const doubtNs = toNs - fromNs;
    if (nowMs !== lastMs) return { ns: BigInt(nowMs) * 1_000_000n - fromNs - doubtNs / 2n, doubtNs };
    fromNs = betweenNs;
    betweenNs = toNs;
  }
}
