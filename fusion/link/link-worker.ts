// The linker's thread: one request after the other.

import { parentPort } from "node:worker_threads";
import { linkHere } from "./link-here.ts";
import { type LinkAnswer, type LinkRequest, toLinkError } from "./link-request.ts";

// Listens first: binaryen compiles itself while it is imported, which alone would not keep the thread alive.
const port = parentPort!;
port.on("message", async (request: LinkRequest) => port.postMessage(await answerTo(request)));

async function answerTo(request: LinkRequest): Promise<LinkAnswer> {
  try {
    return { wasm: await linkHere(request) };
  } catch (error) {
    return { error: toLinkError(error) };
  }
}
