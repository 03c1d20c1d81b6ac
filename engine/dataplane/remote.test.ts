// What the main thread sees of a data plane whose thread fails it.

import { Worker } from "node:worker_threads";
import { parseFlowName } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { connectTo } from "./remote.ts";

/** A thread that runs this code. `port` is its side of the channel. */
const thread = (code: string) =>
  new Worker(`const { parentPort: port } = require("node:worker_threads"); ${code}`, { eval: true });

const ready = 'port.postMessage({ addresses: ["tcp://127.0.0.1:1"] });';
const onRequest = (code: string) => thread(`${ready} port.on("message", (request) => { ${code} });`);

describe("a data plane's thread", () => {
  const deaths: [title: string, code: string, message: string][] = [
    ["throws", 'throw new Error("out of luck")', "the data plane's thread died: out of luck"],
    ["exits", "process.exit(3)", "the data plane's thread ended with exit code 3"],
    ["rejects with nobody to catch it", 'Promise.reject(new Error("lost"))', "the data plane's thread died: lost"],
  ];
  test.each(deaths)(
    "that %s is seen to have failed, and every call rejects, also later ones",
    async (_title, code, message) => {
      const plane = await connectTo(onRequest(code));
      expect(plane.addresses).toEqual(["tcp://127.0.0.1:1"]);
      const calls = [plane.stats([]), plane.remove(parseFlowName("a"))];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { message } });
      }
      expect((await plane.failed).message).toBe(message);
      await expect(plane.stats([])).rejects.toThrow(message);
      await plane.close();
    },
  );

  test("that dies before it is ready keeps the data plane from starting, and says why", async () => {
    await expect(connectTo(thread('throw new Error("no memory")'))).rejects.toThrow("no memory");
    await expect(connectTo(thread("process.exit(1)"))).rejects.toThrow("exit code 1");
  });

  test("that cannot begin keeps its error's code", async () => {
    const error = { code: "FF_TRANSPORT_LISTEN", message: "in use" };
    const worker = thread(`port.postMessage({ error: ${JSON.stringify(error)} }); setInterval(() => {}, 1000);`);
    await expect(connectTo(worker)).rejects.toMatchObject(error);
  });

  test("that is closed has not failed", async () => {
    const plane = await connectTo(onRequest('if (request.method === "close") port.postMessage({ id: request.id });'));
    const failed = plane.failed.then(() => "failed");
    await plane.close();
    expect(await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 50, "fine"))])).toBe("fine");
    await expect(plane.stats([])).rejects.toThrow("ended");
  });

  test("may answer out of order", async () => {
    const plane = await connectTo(
      onRequest(
        "(globalThis.held ??= []).push(request); if (held.length === 2) for (const { id, method } of held.reverse()) port.postMessage({ id, result: method });",
      ),
    );
    const answers = [plane.stats([]), plane.remove(parseFlowName("a"))];
    expect(await Promise.all(answers)).toEqual(["stats", "remove"]);
  });
});
