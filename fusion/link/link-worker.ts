// The linker's thread: assembles the glue, links, optimises, one request after the other.

import { parentPort } from "node:worker_threads";
import { FlowFusionError } from "@flowfusion/graph";
import { type LinkAnswer, type LinkRequest, toLinkError } from "./link-request.ts";
import { link } from "./linker.ts";

// Listens first: binaryen compiles itself while it is imported, which alone would not keep the thread alive.
const port = parentPort!;
port.on("message", async (request: LinkRequest) => port.postMessage(await answerTo(request)));

async function answerTo({ glue, nodes, apart }: LinkRequest): Promise<LinkAnswer> {
  try {
    const { assemble, optimise } = await import("./optimiser.ts");
    const wasm = optimise(link([{ name: "glue", wasm: assemble(glue) }, ...nodes]), apart);
    if (!WebAssembly.validate(wasm)) {
      throw new FlowFusionError("FF_FUSE_LINK", "the linked module is not valid WebAssembly");
    }
    return { wasm };
  } catch (error) {
    return { error: toLinkError(error) };
  }
}
