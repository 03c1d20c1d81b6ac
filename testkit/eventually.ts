import { setTimeout as sleep } from "node:timers/promises";

/** More than anything takes on a machine four times slower than usual, and less than a test may take. */
const timeoutMs = 120_000;
const pauseMs = 10;

/** Waits, for as long as it takes on a busy machine, until `check` passes; then gives what it gave, else throws what it threw last. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  for (const endMs = performance.now() + timeoutMs; ; await sleep(pauseMs)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= endMs) throw error;
    }
  }
}
