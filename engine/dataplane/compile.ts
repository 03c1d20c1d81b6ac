// Compiles a flow whole. By default V8 compiles a function when it is first called, so the functions of a flow would be
// compiled while its first messages wait. The flag for that is the whole process's, threads included, and is set for no
// longer than it takes: eager compilation of much larger modules, such as a linker's, would only cost time.

import { setFlagsFromString } from "node:v8";
import { FlowFusionError } from "@flowfusion/graph";

const keepAliveMs = 1_000;
let compiling = 0;

/** Rejects with `FF_ARTEFACT_INVALID` when the engine refuses the module. */
export async function compileWhole(wasm: Uint8Array): Promise<WebAssembly.Module> {
  compiling++;
  setFlagsFromString("--no-wasm-lazy-compilation");
  // The engine's own threads do not keep a process alive that has nothing else to do yet.
  const isUnderWay = setInterval(() => undefined, keepAliveMs);
  try {
    return await WebAssembly.compile(wasm);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFusionError("FF_ARTEFACT_INVALID", `the engine refuses the module: ${why}`, { cause: error });
  } finally {
    clearInterval(isUnderWay);
    compiling--;
    if (compiling === 0) setFlagsFromString("--wasm-lazy-compilation");
  }
}
