import { setTimeout as sleep } from "node:timers/promises";

/** Whether something has come to pass; once it has, it stays so. */
export type Condition = () => boolean;

const firstPauseMs = 1;
const pauseMsMax = 20;

/** Looks again and again until all hold, with growing pauses. False when one does not within `withinMs`. */
export async function comeTrue(conditions: readonly Condition[], withinMs: number): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  let pauseMs = firstPauseMs;
  for (let open = conditions; ; ) {
    open = open.filter((holds) => !holds());
    if (open.length === 0) return true;
    if (performance.now() >= endMs) return false;
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMsMax, pauseMs * 2);
  }
}
