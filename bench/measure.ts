// Times several ways of doing the same work against each other. The ways take turns in short slices, round after
// round, so that a machine that is slow for a while is slow for all of them. What is taken is the time of the process on
// its processors, not the clock's: being preempted costs nothing, and garbage collection is charged to the way that makes
// the garbage, helper threads included. The best slice of each tells what the code costs; how far the median lies above
// it tells how busy the machine was.

export interface Contender {
  readonly name: string;
  /** Tags that one `run` handles. */
  readonly tagsPerRun: number;
  run(): void;
}

export interface Effort {
  /** Slices of each contender. */
  readonly repetitions: number;
  readonly sliceMs: number;
  /** For each contender, before anything is measured. */
  readonly warmUpMs: number;
}

export interface Timing {
  /** ns a tag. */
  readonly bestNs: number;
  readonly medianNs: number;
}

export type Timings<Name extends string> = { readonly [name in Name]: Timing };

export function measureInterleaved<Name extends string>(
  contenders: readonly (Contender & { readonly name: Name })[],
  { repetitions, sliceMs, warmUpMs }: Effort,
): Timings<Name> {
  const prepared = contenders.map((contender) => ({
    ...contender,
    runs: Math.max(1, Math.round(runsWithin(contender, warmUpMs) * (sliceMs / warmUpMs))),
    slicesNs: [] as number[],
  }));
  for (let round = 0; round < repetitions; round++) {
    for (const contender of prepared) contender.slicesNs.push(sliceNs(contender, contender.runs));
  }
  const entries = prepared.map(({ name, slicesNs }) => [name, timingOf(slicesNs)]);
  return Object.fromEntries(entries) as Timings<Name>;
}

/** How much slower than its best slice the median one was, in the middle over all contenders: 1.05 is a quiet machine. */
export function noiseOf(timings: { readonly [name: string]: Timing }): number {
  return round2(median(Object.values(timings).map(({ bestNs, medianNs }) => medianNs / bestNs)));
}

export const round2 = (value: number): number => Math.round(value * 100) / 100;

/** To two decimals; 0 when nothing was measured below. */
export const ratio = (above: number, below: number): number => (below === 0 ? 0 : round2(above / below));

export function percentile(sorted: ArrayLike<number>, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

export const median = (values: readonly number[]): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    50,
  );

/** Between these lies the median of all there could be, in 95 of 100 such measurements, however they are spread. */
export function medianInterval(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  const outside = Math.max(0, Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2));
  return [sorted[outside] ?? 0, sorted[sorted.length - 1 - outside] ?? 0];
}

function runsWithin(contender: Contender, ms: number): number {
  const endUs = cpuUs() + ms * 1000;
  let runs = 0;
  while (cpuUs() < endUs) {
    contender.run();
    runs++;
  }
  return runs;
}

function sliceNs(contender: Contender, runs: number): number {
  const began = cpuUs();
  for (let run = 0; run < runs; run++) contender.run();
  return ((cpuUs() - began) * 1000) / (runs * contender.tagsPerRun);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function timingOf(slicesNs: readonly number[]): Timing {
  return { bestNs: round2(Math.min(...slicesNs)), medianNs: round2(median(slicesNs)) };
}
