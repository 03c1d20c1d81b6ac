// A thread's side of the calls of rpc.ts: answers each request with what its method gives or fails with.

import type { MessagePort } from "node:worker_threads";
import { type Answer, type RemoteMethod, type Request, toRemoteError } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

/** `close` is the last call that is answered. `settled`: what any other answer waits for. */
export function answerCalls(
  port: MessagePort,
  plane: Partial<Pick<DataPlane, RemoteMethod>>,
  settled: () => Promise<void> = async () => {},
): void {
  port.on("message", async ({ id, method, parameters }: Request) => {
    let reply: Answer;
    try {
      const run = plane[method] as (...all: unknown[]) => Promise<unknown>;
      reply = { id, result: await run(...parameters) };
      if (method !== "close") await settled();
    } catch (error) {
      reply = { id, error: toRemoteError(error) };
    }
    port.postMessage(reply);
    if (method === "close") port.close();
  });
}
