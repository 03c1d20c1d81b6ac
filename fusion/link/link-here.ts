// The linker in the caller's process, step by step.

import { FlowFusionError } from "@flowfusion/graph";
import type { LinkRequest } from "./link-request.ts";
import { link } from "./linker.ts";

export type LinkStep = "load" | "assemble" | "link" | "optimise";

/**
 * Larger modules, such as Go's with its runtime, are linked behind the optimiser: their own compiler has optimised them, none
 * of their functions is small enough to be inlined into the glue, and binaryen takes a second for each 2 MB. Bytes.
 */
const optimisedBytesMax = 256 * 1024;

/** `onStep` is told each step when it is done, with the module that it gave; loading binaryen gives none. */
export async function linkHere(
  { glue, nodes, apart }: LinkRequest,
  onStep: (step: LinkStep, wasm?: Uint8Array) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { assemble, optimise } = await import("./optimiser.ts");
  onStep("load");
  const assembled = assemble(glue);
  onStep("assemble", assembled);
  const large = nodes.filter(({ wasm }) => wasm.length > optimisedBytesMax);
  const small = nodes.filter((node) => !large.includes(node));
  const linked = link([{ name: "glue", wasm: assembled }, ...small], new Set(large.map(({ name }) => name)));
  onStep("link", linked);
  const optimised = optimise(linked, apart);
  const wasm = large.length === 0 ? optimised : link([{ name: "glue", wasm: optimised }, ...large]);
  if (!WebAssembly.validate(wasm)) {
    throw new FlowFusionError("FF_FUSE_LINK", "the linked module is not valid WebAssembly");
  }
  onStep("optimise", wasm);
  return wasm;
}

/** A module as WebAssembly text, for people to read. */
export async function moduleText(wasm: Uint8Array): Promise<string> {
  const { disassemble } = await import("./optimiser.ts");
  return disassemble(wasm);
}
