// The linker's process: one request after the other, until its parent lets go of it.

import { linkHere } from "./link-here.ts";
import { type LinkAnswer, type LinkRequest, toLinkError } from "./link-request.ts";

// What the first request waits for anyway is loaded while it is on its way; why it could not be, that request tells.
import("./optimiser.ts").catch(() => undefined);

process.on("message", async (request: LinkRequest) => {
  process.send!(await answerTo(request));
});

async function answerTo(request: LinkRequest): Promise<LinkAnswer> {
  try {
    return { wasm: await linkHere(request) };
  } catch (error) {
    return { error: toLinkError(error) };
  }
}
