// Options of the engine that Node.js runs on. Given to the process they would void the compiled code of Node's own modules that comes
// with it, so they are set while it runs. None may change how WebAssembly is compiled: code from before and from after would run
// together, and the engine ends the process. Other versions of Node.js may not know them, and count otherwise.

import { setFlagsFromString } from "node:v8";

const isKnown = process.versions.node.startsWith("24.");
/** How often the engine has a function called before each of its compilers takes it, and a loop run; usually, and while they rest. */
const callsBeforeCompiling = [
  { of: "maglev", usual: 400, resting: 20_000 },
  { of: "maglev-osr", usual: 100, resting: 20_000 },
  { of: "turbofan", usual: 3_000, resting: 100_000 },
  { of: "osr", usual: 500, resting: 100_000 },
] as const;
/** What takes longer to read is read faster by optimised code. Bytes. */
const smallBytesMax = 256 * 1024;
/** How many works of each kind are under way. */
const underWay = { resting: 0, working: 0 };
let isResting = false;

/** To be called once all code is loaded. */
export function setEngineOptions(): void {
  // What WebAssembly memories reserve must not make it collect garbage all the while that a thousand flows start.
  set("--external-memory-accounted-in-global-limit");
  // Else a thread that collects its garbage throws the code of flows away, and the next message waits for it to be compiled again.
  set("--no-flush-liftoff-code");
}

/**
 * Reads an artefact of so many bytes. A gateway with few flows does that once and no more for a long time: where it is small,
 * optimised code is not worth the memory of the compilers, 6 MB from their first use on.
 */
export function readingArtefact<T>(sizeBytes: number, work: () => T | Promise<T>): Promise<T> {
  return sizeBytes > smallBytesMax ? whileCompilersWork(work) : whileCompilersRest(work);
}

/** All threads have less compiled until the work is done. */
export function whileCompilersRest<T>(work: () => T | Promise<T>): Promise<T> {
  return during("resting", work);
}

/** As usual, though other work may let the compilers rest. */
export function whileCompilersWork<T>(work: () => T | Promise<T>): Promise<T> {
  return during("working", work);
}

async function during<T>(which: keyof typeof underWay, work: () => T | Promise<T>): Promise<T> {
  underWay[which]++;
  setCalls();
  try {
    return await work();
  } finally {
    underWay[which]--;
    setCalls();
  }
}

function setCalls(): void {
  const rests = underWay.resting > 0 && underWay.working === 0;
  if (rests === isResting) return;
  isResting = rests;
  for (const calls of callsBeforeCompiling) {
    set(`--invocation-count-for-${calls.of}=${rests ? calls.resting : calls.usual}`);
  }
}

function set(option: string): void {
  if (isKnown) setFlagsFromString(option);
}
