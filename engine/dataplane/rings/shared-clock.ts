// The clock by which one thread tells another when a frame arrived.

const samples = 5;

/**
 * ms since the machine was started; monotonic, and the same in all threads of the process. `performance.timeOrigin` is not: it
 * is of the wall clock, which may be put right between the starts of two threads.
 */
export const sharedNowMs = (): number => originMs + performance.now();

/** Read before the thread's own clock, the common one is never ahead of it: the sample that waited least between them is the largest. */
const originMs = Math.max(
  ...Array.from({ length: samples }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()),
);
