import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { sharedNowMs } from "./shared-clock.ts";

test("a thread that starts after the wall clock was put forward by an hour reads the same time", async () => {
  const program = `
    Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + 3_600_000 });
    import(${JSON.stringify(new URL("./shared-clock.ts", import.meta.url).href)}).then(({ sharedNowMs }) =>
      require("node:worker_threads").parentPort.postMessage(sharedNowMs()));`;
  const beforeMs = sharedNowMs();
  const worker = new Worker(program, { eval: true });
  const [thereMs] = await once(worker, "message");
  const afterMs = sharedNowMs();
  expect(thereMs).toBeGreaterThan(beforeMs);
  expect(thereMs).toBeLessThan(afterMs);
  await worker.terminate();
});
