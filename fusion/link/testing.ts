// What the tests of the linker hold it to: the same modules instantiated one by one and joined by the engine, and the
// same modules linked by binaryen's wasm-merge.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeModule } from "../binary/module.ts";
import type { LinkInput } from "./index-spaces.ts";

/** The first input's exports, with the others' exports as its imports. */
export function instantiateApart([first, ...others]: readonly LinkInput[]): WebAssembly.Exports {
  const imports = Object.fromEntries(others.map(({ name, wasm }) => [name, instantiate(wasm)]));
  return instantiate(first!.wasm, imports);
}

export function instantiate(wasm: Uint8Array, imports: Record<string, WebAssembly.Exports> = {}): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), imports).exports;
}

/** A trap as a result, whatever the engine says about it: words differ with what it inlined. */
export function call(exports: WebAssembly.Exports, name: string, ...args: readonly unknown[]): unknown {
  try {
    return (exports[name] as (...values: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    throw error;
  }
}

/** Calls every export of the glue in turn, several times, so that what one leaves behind meets the next. */
export function trace([glue]: readonly LinkInput[], exports: WebAssembly.Exports): unknown[] {
  const names = describeModule(glue!.wasm).exports.map(({ name }) => name);
  const args = [0, 1, 2, 3, 7, 64, 1000, -1];
  return args.flatMap((arg) => names.map((name) => [name, arg, String(call(exports, name, arg))]));
}

export function mergeWithBinaryen(inputs: readonly LinkInput[]): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), "flowfusion-merge-"));
  try {
    for (const { name, wasm } of inputs) writeFileSync(path.join(folder, `${name}.wasm`), wasm);
    const script = path.join(import.meta.dirname, "../../node_modules/binaryen/bin/wasm-merge");
    const files = inputs.flatMap(({ name }) => [`${name}.wasm`, name]);
    const options = ["-o", "merged.wasm", "--rename-export-conflicts", "--all-features"];
    execFileSync(process.execPath, [script, ...files, ...options], { cwd: folder });
    return readFileSync(path.join(folder, "merged.wasm"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
