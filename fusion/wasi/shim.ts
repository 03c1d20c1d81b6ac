// The WASI functions that a node may import, and the module that stands in for them (see shim.wat).

import { describeModule, type WasmModule } from "../binary/module.ts";
import { type Import, importText, typeText } from "../binary/types.ts";
import { shimBase64 } from "./generated/shim.ts";

const wasiModule = "wasi_snapshot_preview1";

let described: WasmModule | undefined;

/** The shim. Functions that stand for an import of a node are exported as `wasi <name>`. */
export function shim(): WasmModule {
  described ??= describeModule(Buffer.from(shimBase64, "base64"));
  return described;
}

/** Index in the shim of the function that stands for a WASI import. */
export function shimFunction(name: string): number | undefined {
  return shim().exports.find((entry) => entry.kind === "function" && entry.name === `wasi ${name}`)?.index;
}

/** Whether an import is one of WASI, known to the shim or not. */
export const isWasi = (entry: Import): boolean => entry.module === wasiModule;

/** Why an import cannot be linked to the shim; undefined when it can. */
export function wasiProblem(module: WasmModule, entry: Import): string | undefined {
  const index = entry.kind === "function" ? shimFunction(entry.name) : undefined;
  if (index === undefined) {
    return `imports ${importText(entry)}; the WASI shim has clock, random numbers and output, and no files, sockets or others`;
  }
  const actual = typeText(module.functions[functionImports(module).indexOf(entry)]!);
  const expected = typeText(shim().functions[index]!);
  return actual === expected ? undefined : `imports ${importText(entry)} as ${actual}, expected ${expected}`;
}

/** In the order of the index space of functions. */
export function functionImports({ imports }: WasmModule): readonly Import[] {
  return imports.filter(({ kind }) => kind === "function");
}
