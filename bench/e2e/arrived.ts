// Waits for what is on its way: asked for too early, it would be taken for lost.

import { setTimeout as sleep } from "node:timers/promises";

/** More than a busy machine takes to bring what sockets and queues hold; what is not there by then is lost. */
const onItsWayMs = 60_000;
const pauseMs = 100;

/** Asks again and again until all is there, or will not be; gives the last answer. */
export async function arrived<T>(ask: () => Promise<T>, isAll: (answer: T) => boolean): Promise<T> {
  for (const endMs = performance.now() + onItsWayMs; ; await sleep(pauseMs)) {
    const answer = await ask();
    if (isAll(answer) || performance.now() > endMs) return answer;
  }
}
