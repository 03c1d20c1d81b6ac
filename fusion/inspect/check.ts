// What makes a module unfit to be a node, all reasons at once. Used by `loadModule`, which throws them, and by
// `inspectModule`, which lists them.

import { type Diagnostic, type ErrorCode, type NodeManifest, parseManifest } from "@flowfusion/graph";
import { customSection } from "../binary/edit.ts";
import type { WasmModule } from "../binary/module.ts";
import { importText } from "../binary/types.ts";
import { runtimeProblems } from "../expr/runtime.ts";
import { defaultFlowLimits, nodeLimits } from "../limits.ts";
import { problemsOf } from "../problems.ts";
import { isWasi, wasiProblem } from "../wasi/shim.ts";
import { type CodeMeasures, limitProblems } from "./measure.ts";
import { exportProblems, exportsOf } from "./node-exports.ts";

/** The custom section that holds a node's manifest. */
export const manifestSection = "flowfusion:manifest";

export interface NodeCheck {
  /** Present when the manifest is valid, whatever else is wrong. */
  readonly manifest?: NodeManifest;
  readonly problems: readonly Diagnostic[];
}

/** `module` must have passed the engine's validation. */
export function checkNode(module: WasmModule, code: CodeMeasures): NodeCheck {
  const { manifest, problems } = readManifest(module.bytes);
  const all = (problemCode: ErrorCode, path: string, messages: readonly string[]) =>
    messages.map((message) => ({ code: problemCode, path, message }));
  return {
    ...(manifest && { manifest }),
    problems: [
      ...all("FF_MODULE_LIMIT", "module", limitProblems(module, nodeLimits, code)),
      ...all("FF_MODULE_LIMIT", "memory", memoryProblems(module)),
      ...all("FF_MODULE_IMPORT", "imports", importProblems(module)),
      ...all("FF_MODULE_EXPORT", "exports", exportProblems(module)),
      ...all("FF_MODULE_EXPORT", "exports", manifest ? stateProblems(module, manifest) : []),
      ...all("FF_MODULE_EXPORT", "exports", manifest?.expressions ? runtimeProblems(module) : []),
      ...problems,
    ],
  };
}

function importProblems(module: WasmModule): string[] {
  return module.imports.flatMap((entry) => {
    const problem = isWasi(entry) ? wasiProblem(module, entry) : `imports ${importText(entry)}; a node has no imports`;
    return problem === undefined ? [] : [problem];
  });
}

function memoryProblems({ memories }: WasmModule): string[] {
  const allowed = defaultFlowLimits.maxPagesPerMemory;
  return memories
    .filter(({ minimum }) => minimum > allowed)
    .map(({ minimum }) => `${minimum} pages of memory at start, ${allowed} allowed`);
}

function stateProblems(module: WasmModule, { stateVersion }: NodeManifest): string[] {
  if (stateVersion === 0) return [];
  const { saveState, loadState } = exportsOf(module);
  const missing = [...(saveState ? [] : ["save_state"]), ...(loadState ? [] : ["load_state"])];
  return missing.map((name) => `export \`${name}\` is missing, the manifest's stateVersion is ${stateVersion}`);
}

function readManifest(wasm: Uint8Array): NodeCheck {
  const section = customSection(wasm, manifestSection);
  if (section === undefined) {
    const message = `custom section \`${manifestSection}\` is missing`;
    return { problems: [{ code: "FF_MODULE_MANIFEST", path: "manifest", message }] };
  }
  try {
    return { manifest: parseManifest(section), problems: [] };
  } catch (error) {
    return { problems: problemsOf(error, "manifest") };
  }
}
