// Collects what a start or a deploy leaves behind once the thread has nothing to do, and what the first work after it leaves.
// The engine by itself waits until nearly as much again has been allocated: hours, in a gateway whose flows wait for readings.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface IdleCollectorOptions {
  /** How long the thread has to be without work before it collects. */
  readonly idleMs: number;
  /** A number that is another one once the thread has worked. */
  readonly work: () => number;
  /** Whether what was left is collected even where the thread is never without work; what the first work leaves is not. */
  readonly mayInterrupt?: boolean;
  /** `collectGarbage`, but in tests. */
  readonly collect?: () => void;
}

export class IdleCollector {
  readonly #options: IdleCollectorOptions;
  #timer: NodeJS.Timeout | undefined;
  #seen: number | undefined;
  /** `left`: until it is idle. `resting`: until it works. `working`: until it is idle again. */
  #phase: "left" | "resting" | "working" = "left";

  constructor(options: IdleCollectorOptions) {
    this.#options = options;
  }

  /** Something has just been left behind. */
  leave(): void {
    this.#phase = "left";
    this.#seen = this.#options.work();
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#look(), this.#options.idleMs).unref();
  }

  #look(): void {
    const work = this.#options.work();
    const hasWorked = work !== this.#seen;
    this.#seen = work;
    const isIdle = !hasWorked || (this.#phase === "left" && this.#options.mayInterrupt === true);
    const isDue = isIdle && this.#phase !== "resting";
    const isLast = isDue && this.#phase === "working";
    if (this.#phase === "resting" && hasWorked) this.#phase = "working";
    if (isDue) this.#phase = "resting";
    if (isLast) this.#timer = undefined;
    else this.#timer!.refresh();
    if (isDue) (this.#options.collect ?? collectGarbage)();
  }
}

/** For so long the thread stands still: some 30 ms, 70 with a thousand flows. */
function collectGarbage(): void {
  // Contexts that are made from now on have the function.
  setFlagsFromString("--expose-gc");
  const collect: NodeJS.GCFunction = runInNewContext("gc");
  // Other ways keep the pages that are empty now.
  collect({ type: "major", flavor: "last-resort" });
}
