// Work on all functions of a module, which for the largest takes seconds, as a generator that pauses behind each function: who has
// others to serve meanwhile takes so many steps at a time, and all others take them at once.

export type Steps<Result> = Generator<undefined, Result, undefined>;

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
