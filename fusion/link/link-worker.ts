// The linker's thread: assembles the glue, links, optimises, one request after the other.

import { parentPort } from "node:worker_threads";
import { FlowFusionError } from "@flowfusion/graph";
import { type LinkAnswer, type LinkRequest, toLinkError } from "./link-request.ts";
import { link } from "./linker.ts";

/**
 * Larger modules, such as Go's with its runtime, are linked behind the optimiser: their own compiler has optimised them, none
 * of their functions is small enough to be inlined into the glue, and binaryen takes a second for each 2 MB. Bytes.
 */
const optimisedBytesMax = 256 * 1024;

// Listens first: binaryen compiles itself while it is imported, which alone would not keep the thread alive.
const port = parentPort!;
port.on("message", async (request: LinkRequest) => port.postMessage(await answerTo(request)));

async function answerTo({ glue, nodes, apart }: LinkRequest): Promise<LinkAnswer> {
  try {
    const { assemble, optimise } = await import("./optimiser.ts");
    const large = nodes.filter(({ wasm }) => wasm.length > optimisedBytesMax);
    const small = nodes.filter((node) => !large.includes(node));
    const glueInput = { name: "glue", wasm: assemble(glue) };
    const optimised = optimise(link([glueInput, ...small], new Set(large.map(({ name }) => name))), apart);
    const wasm = large.length === 0 ? optimised : link([{ name: "glue", wasm: optimised }, ...large]);
    if (!WebAssembly.validate(wasm)) {
      throw new FlowFusionError("FF_FUSE_LINK", "the linked module is not valid WebAssembly");
    }
    return { wasm };
  } catch (error) {
    return { error: toLinkError(error) };
  }
}
