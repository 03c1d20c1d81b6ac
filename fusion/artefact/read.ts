// What a Flow.wasm says of itself. Checked when it is read: an artefact may come from anywhere.

import { type CanonicalGraph, type Digest, decodeGraph, FlowFusionError } from "@flowfusion/graph";
import { customSection } from "../binary/edit.ts";
import { describeModule } from "../binary/module.ts";
import { artefactExports, sectionNames } from "./format.ts";

export interface Artefact {
  readonly graph: CanonicalGraph;
  /** Version of the fuser that made it. */
  readonly fuser: string;
  /** Digest of each node type's module. */
  readonly modules: { readonly [type: string]: Digest };
}

/** Reads a fused flow's description. Throws a FlowFusionError `FF_ARTEFACT_*` when it is no fused flow. */
export function readArtefact(wasm: Uint8Array): Artefact {
  const { exports, imports } = describeModule(wasm);
  const names = new Set(exports.map(({ name }) => name));
  const missing = [...artefactExports].filter((name) => !names.has(name));
  if (missing.length > 0) throw invalid(`it does not export ${missing.map((name) => `\`${name}\``).join(", ")}`);
  if (imports.length > 0) throw invalid(`it imports ${imports.length} things, a fused flow imports nothing`);
  const graph = decodeGraph(section(wasm, sectionNames.graph));
  const provenance = parseProvenance(section(wasm, sectionNames.provenance));
  return { graph, ...provenance };
}

function section(wasm: Uint8Array, name: string): Uint8Array {
  const content = customSection(wasm, name);
  if (!content) throw invalid(`it has no custom section \`${name}\``);
  return content;
}

function parseProvenance(json: Uint8Array): Pick<Artefact, "fuser" | "modules"> {
  try {
    const { fuser, modules } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)) as Record<
      string,
      unknown
    >;
    if (typeof fuser === "string" && typeof modules === "object" && modules !== null) {
      return { fuser, modules: modules as Artefact["modules"] };
    }
  } catch (error) {
    throw invalid(`its custom section \`${sectionNames.provenance}\` is no JSON`, error);
  }
  throw invalid(`its custom section \`${sectionNames.provenance}\` lacks \`fuser\` or \`modules\``);
}

function invalid(why: string, cause?: unknown): FlowFusionError {
  return new FlowFusionError("FF_ARTEFACT_INVALID", `not a fused flow: ${why}; make one with \`flowfusion fuse\``, {
    cause,
  });
}
