// The linker's thread: assembles the glue, links, optimises, one request after the other.

import { parentPort } from "node:worker_threads";
import { FlowFusionError } from "@flowfusion/graph";
import { type LinkAnswer, type LinkRequest, toLinkError } from "./link-request.ts";
import { link } from "./linker.ts";
import { assemble, optimise } from "./optimiser.ts";

const port = parentPort!;
port.on("message", (request: LinkRequest) => port.postMessage(answerTo(request)));

function answerTo({ glue, nodes }: LinkRequest): LinkAnswer {
  try {
    const wasm = optimise(link([{ name: "glue", wasm: assemble(glue) }, ...nodes]));
    if (!WebAssembly.validate(wasm)) {
      throw new FlowFusionError("FF_FUSE_LINK", "the linked module is not valid WebAssembly");
    }
    return { wasm };
  } catch (error) {
    return { error: toLinkError(error) };
  }
}
