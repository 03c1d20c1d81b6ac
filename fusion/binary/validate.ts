// The engine's own validation, run after our reader has accepted a module: it checks types, and that every index
// names something that the module itself has.

import { FlowFusionError } from "@flowfusion/graph";

export function validate(wasm: Uint8Array): void {
  if (WebAssembly.validate(wasm)) return;
  throw invalid(whyInvalid(wasm));
}

const invalid = (cause: unknown) => new FlowFusionError("FF_MODULE_MALFORMED", `malformed module: ${cause}`, { cause });

/** Below it, a thread of the engine's is not worth the way there. Bytes. */
const besideBytesMin = 1024 * 1024;

/** `validate`, of a large module in threads of the engine's own. */
export async function validateBeside(wasm: Uint8Array<ArrayBuffer>): Promise<void> {
  if (wasm.length < besideBytesMin) return validate(wasm);
  try {
    await WebAssembly.compile(wasm);
  } catch (cause) {
    throw invalid(cause);
  }
}

// `validate` says only no; compiling says why and where.
function whyInvalid(wasm: Uint8Array): unknown {
  try {
    return new WebAssembly.Module(wasm);
  } catch (error) {
    return error;
  }
}
