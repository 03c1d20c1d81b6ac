// Work of seconds on the thread that answers the API, a few milliseconds at a time.

import type { Steps } from "@flowfusion/fusion";

/** Then others have their turn. */
const sliceMs = 10;

/** Takes the steps, at once where they take no longer than a slice. */
export async function gradually<Result>(steps: Steps<Result>): Promise<Result> {
  for (let endMs = performance.now() + sliceMs; ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < endMs) continue;
    await new Promise(setImmediate);
    endMs = performance.now() + sliceMs;
  }
}
