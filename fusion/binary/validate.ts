// The engine's own validation, run after our reader has accepted a module: it checks types, and that every index
// names something that the module itself has.

import { FlowFusionError } from "@flowfusion/graph";

export function validate(wasm: Uint8Array): void {
  if (WebAssembly.validate(wasm)) return;
  const cause = whyInvalid(wasm);
  throw new FlowFusionError("FF_MODULE_MALFORMED", `malformed module: ${cause}`, { cause });
}

// `validate` says only no; compiling says why and where.
function whyInvalid(wasm: Uint8Array): unknown {
  try {
    return new WebAssembly.Module(wasm);
  } catch (error) {
    return error;
  }
}
