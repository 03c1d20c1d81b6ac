// What a Flow.wasm says of itself. Checked when it is read: an artefact may come from anywhere.

import { type CanonicalGraph, type Digest, decodeGraph, FlowFusionError, isDigest } from "@flowfusion/graph";
import { customSection } from "../binary/edit.ts";
import { externText } from "../binary/extern-text.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import type { Export } from "../binary/types.ts";
import { problemsOf } from "../problems.ts";
import { artefactExportTypes, formerExecuteType, laterExportTypes, sectionNames } from "./format.ts";

export interface Artefact {
  readonly graph: CanonicalGraph;
  /** Version of the fuser that made it. */
  readonly fuser: string;
  /** Digest of each node type's module. */
  readonly modules: { readonly [type: string]: Digest };
}

/**
 * Reads a fused flow's description. Throws a FlowFusionError `FF_ARTEFACT_INVALID` when it is no fused flow,
 * `FF_MODULE_*` when it cannot be read as a module at all.
 */
export function readArtefact(wasm: Uint8Array): Artefact {
  const module = describeModule(wasm);
  const problems = exportProblems(module);
  if (problems.length > 0) throw invalid(problems.join(", "));
  const { imports } = module;
  if (imports.length > 0) throw invalid(`it has ${imports.length} imports, 0 allowed`);
  const graph = readGraph(section(wasm, sectionNames.graph));
  const provenance = readProvenance(section(wasm, sectionNames.provenance));
  for (const { id, type, module: digest } of graph.nodes) {
    if (Object.hasOwn(provenance.modules, type) && provenance.modules[type] === digest) continue;
    throw invalid(`its provenance names another module for node type \`${type}\` than its graph does for node ${id}`);
  }
  return { graph, ...provenance };
}

function exportProblems(module: WasmModule): string[] {
  const byName = new Map(module.exports.map((entry) => [entry.name, entry]));
  return [...artefactExportTypes, ...laterExportTypes].flatMap(([name, type]) => {
    const entry = byName.get(name);
    if (!entry) return laterExportTypes.has(name) ? [] : [`it does not export \`${name}\``];
    const actual = exportText(module, entry);
    if (name === "execute_flow" && actual === formerExecuteType) return [];
    return actual === type ? [] : [`its export \`${name}\` is ${actual}, expected ${type}`];
  });
}

/** As `artefactExportTypes` spells it: of a memory the size does not matter. */
function exportText(module: WasmModule, { kind, index }: Export): string {
  const isDeclared = kind === "function" ? index < module.functions.length : index < module.globals.length;
  return isDeclared && (kind === "function" || kind === "global") ? externText(module, kind, index) : kind;
}

function section(wasm: Uint8Array, name: string): Uint8Array {
  const content = customSection(wasm, name);
  if (!content) throw invalid(`it has no custom section \`${name}\``);
  return content;
}

function readGraph(bytes: Uint8Array): CanonicalGraph {
  try {
    return decodeGraph(bytes);
  } catch (error) {
    const problems = problemsOf(error, "graph");
    throw new FlowFusionError(
      "FF_ARTEFACT_INVALID",
      notFused(`its graph cannot be read: ${(error as Error).message}`),
      {
        cause: error,
        diagnostics: problems,
      },
    );
  }
}

function readProvenance(json: Uint8Array): Pick<Artefact, "fuser" | "modules"> {
  const document = parseJson(json);
  const { fuser, modules } = (document ?? {}) as { fuser?: unknown; modules?: unknown };
  if (typeof fuser === "string" && typeof modules === "object" && modules !== null) {
    const digests: unknown[] = Object.values(modules);
    const isSound = digests.every((digest) => typeof digest === "string" && isDigest(digest));
    if (isSound) return { fuser, modules: modules as Artefact["modules"] };
  }
  throw invalid(`its custom section \`${sectionNames.provenance}\` lacks \`fuser\` or the digests of \`modules\``);
}

function parseJson(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (error) {
    throw invalid(`its custom section \`${sectionNames.provenance}\` is no JSON`, error);
  }
}

const notFused = (why: string): string => `not a fused flow: ${why}; make one with \`flowfusion fuse\``;

const invalid = (why: string, cause?: unknown): FlowFusionError =>
  new FlowFusionError("FF_ARTEFACT_INVALID", notFused(why), { cause });
