// The linker in the caller's thread, step by step, for those who want to see the steps. The result is what the linker's
// thread gives.

import type { LinkRequest } from "./link-request.ts";
import { link } from "./linker.ts";

export type LinkStep = "load" | "assemble" | "link" | "optimise";

/** `onStep` is told each step when it is done, with the module that it gave; loading binaryen gives none. */
export async function linkHere(
  { glue, nodes, apart }: LinkRequest,
  onStep: (step: LinkStep, wasm?: Uint8Array) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { assemble, optimise } = await import("./optimiser.ts");
  onStep("load");
  const assembled = assemble(glue);
  onStep("assemble", assembled);
  const linked = link([{ name: "glue", wasm: assembled }, ...nodes]);
  onStep("link", linked);
  const optimised = optimise(linked, apart);
  onStep("optimise", optimised);
  return optimised;
}

/** A module as WebAssembly text, for people to read. */
export async function moduleText(wasm: Uint8Array): Promise<string> {
  const { disassemble } = await import("./optimiser.ts");
  return disassemble(wasm);
}
