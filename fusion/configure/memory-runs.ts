// The bytes of a memory that are not zero, as runs: what data segments have to hold so that a new memory becomes it.

export interface Run {
  readonly start: number;
  readonly end: number;
}

/** A segment takes some 8 bytes, so fewer zeros than this between two runs are no gap. */
const leastGapBytes = 16;

/**
 * At most `runsMax` runs, in order. Where there would be more, longer stretches of zeros are taken in. Starts and ends
 * are multiples of 8.
 */
export function memoryRuns(memory: ArrayBuffer, runsMax: number): Run[] {
  const words = new BigUint64Array(memory);
  for (let gapBytes = leastGapBytes; ; gapBytes *= 2) {
    const runs = runsWithin(words, gapBytes / 8, runsMax);
    if (runs !== undefined) return runs;
  }
}

/** Undefined where there are more than `runsMax`. */
function runsWithin(words: BigUint64Array, gapWords: number, runsMax: number): Run[] | undefined {
  const runs: Run[] = [];
  let start = -1;
  let end = -1;
  const close = () => {
    if (start >= 0) runs.push({ start: start * 8, end: end * 8 });
  };
  for (let at = 0; at < words.length; at++) {
    if (words[at] === 0n) continue;
    if (start < 0 || at - end >= gapWords) {
      close();
      if (runs.length >= runsMax) return undefined;
      start = at;
    }
    end = at + 1;
  }
  close();
  return runs.length > runsMax ? undefined : runs;
}
