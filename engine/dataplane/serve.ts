// A thread's side of the calls of rpc.ts: answers each request with what its method gives or fails with.

import type { MessagePort } from "node:worker_threads";
import { type Answer, type RemoteMethod, type Request, toRemoteError } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

/** `close` is the last call that is answered. */
export function answerCalls(port: MessagePort, plane: Partial<Pick<DataPlane, RemoteMethod>>): void {
  port.on("message", async ({ id, method, parameters }: Request) => {
    let reply: Answer;
    try {
      const run = plane[method] as (...all: unknown[]) => Promise<unknown>;
      reply = { id, result: await run(...parameters) };
    } catch (error) {
      reply = { id, error: toRemoteError(error) };
    }
    port.postMessage(reply);
    if (method === "close") port.close();
  });
}
