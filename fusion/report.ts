// What a module is and holds, for people: the plain data behind `flowfusion inspect`. Nothing throws here; a module
// that would be refused is reported as far as it can be read, with all reasons for the refusal.

import { type Diagnostic, type Digest, type NodeManifest, sha256 } from "@flowfusion/graph";
import { sectionNames } from "./artefact/format.ts";
import { externText } from "./binary/extern-text.ts";
import { describeModule, type WasmModule } from "./binary/module.ts";
import type { ExternKind, Import } from "./binary/types.ts";
import { validate } from "./binary/validate.ts";
import { isComponent, unwrapComponent } from "./component/unwrap.ts";
import { checkNode } from "./inspect/check.ts";
import { type CodeMeasures, type Measure, measureCode, measuresOf, sizeProblem } from "./inspect/measure.ts";
import { artefactLimits, defaultFlowLimits, nodeLimits } from "./limits.ts";
import { artefactProblems } from "./meter/check.ts";
import { problemsOf } from "./problems.ts";
import { isWasi } from "./wasi/shim.ts";

export interface ModuleReport {
  /** A fused flow carries its graph in a section; whatever does not is looked at as a node. */
  readonly kind: "node" | "artefact";
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Whether the file is a component; what the report tells is then told of its core module. */
  readonly isComponent?: true;
  /** Whether the node imports WASI functions, which fusion gives it. */
  readonly linksWasiShim?: true;
  /** Absent when the bytes cannot be read as a module. */
  readonly contents?: ModuleContents;
  /** Ports, properties and state of a node; absent when its manifest is missing or invalid. */
  readonly manifest?: NodeManifest;
  /** Why the module would be refused; empty when it would be accepted. */
  readonly refusals: readonly Diagnostic[];
}

export interface ModuleContents {
  readonly imports: readonly Import[];
  /** `type` as extern-text.ts spells it. */
  readonly exports: readonly { readonly name: string; readonly kind: ExternKind; readonly type: string }[];
  /** Names of the features used beyond the first version of WebAssembly, sorted. */
  readonly features: readonly string[];
  readonly memories: readonly { readonly minimumPages: number; readonly maximumPages?: number }[];
  readonly functions: number;
  readonly codeBytes: number;
  readonly dataBytes: number;
  readonly customSections: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Each beside the limit for this kind of module. */
  readonly measures: readonly Measure[];
}

export function inspectModule(wasm: Uint8Array): ModuleReport {
  const report = { kind: "node" as const, digest: sha256(wasm), sizeBytes: wasm.length };
  try {
    const module = describeModule(wasm);
    const isArtefact = module.sections.some(({ name }) => name === sectionNames.graph);
    return { ...report, ...inspectReadable(module, isArtefact ? "artefact" : "node") };
  } catch (error) {
    return { ...report, refusals: problemsOf(error, "module") };
  }
}

/** As `inspectModule`; a component is reduced to its core module first. Digest and size are those of the core. */
export async function inspectFile(bytes: Uint8Array): Promise<ModuleReport> {
  if (!isComponent(bytes)) return inspectModule(bytes);
  try {
    return { ...inspectModule(await unwrapComponent(bytes)), isComponent: true };
  } catch (error) {
    const report = {
      kind: "node" as const,
      digest: sha256(bytes),
      sizeBytes: bytes.length,
      isComponent: true as const,
    };
    return { ...report, refusals: problemsOf(error, "component") };
  }
}

type Readable = Omit<ModuleReport, "digest" | "sizeBytes">;

function inspectReadable(module: WasmModule, kind: ModuleReport["kind"]): Readable {
  try {
    const code = measureCode(module);
    validate(module.bytes);
    const limits = kind === "artefact" ? artefactLimits : nodeLimits;
    const contents = { ...contentsOf(module, code), measures: measuresOf(module, limits, code) };
    const oversize = sizeProblem(module.bytes, limits);
    const size: Diagnostic[] = oversize ? [{ code: limitCode[kind], path: "module", message: oversize }] : [];
    if (kind === "artefact") {
      return { kind, contents, refusals: [...size, ...artefactProblems(module, code, defaultFlowLimits)] };
    }
    const { problems, ...rest } = checkNode(module, code);
    const isLinked = module.imports.length > 0 && module.imports.every(isWasi);
    return { kind, contents, ...(isLinked && { linksWasiShim: true }), ...rest, refusals: [...size, ...problems] };
  } catch (error) {
    return { kind, refusals: problemsOf(error, "module") };
  }
}

const limitCode = { node: "FF_MODULE_LIMIT", artefact: "FF_ARTEFACT_LIMIT" } as const;

function contentsOf(module: WasmModule, code: CodeMeasures): Omit<ModuleContents, "measures"> {
  return {
    imports: module.imports,
    exports: module.exports.map(({ name, kind, index }) => ({ name, kind, type: externText(module, kind, index) })),
    features: [...code.features].sort(),
    memories: module.memories.map(({ minimum, maximum }) => ({
      minimumPages: minimum,
      ...(maximum !== undefined && { maximumPages: maximum }),
    })),
    functions: module.functions.length,
    codeBytes: module.bodies.reduce((sum, { start, end }) => sum + end - start, 0),
    dataBytes: module.dataBytes,
    customSections: module.sections
      .filter(({ name }) => name !== undefined)
      .map(({ name, start, end }) => ({ name: name!, sizeBytes: end - start })),
  };
}
