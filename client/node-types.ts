// The catalogue of a gateway as it travels over the API.

import type { Diagnostic, Digest, NodeManifest } from "@flowfusion/graph";

export interface NodeType {
  /** What a node's `type` says. */
  readonly name: string;
  readonly source: "built-in" | "uploaded";
  readonly module: Digest;
  readonly sizeBytes: number;
  readonly manifest: NodeManifest;
  /** Of an uploaded type. */
  readonly uploaded?: {
    readonly generation: number;
    /** ISO 8601, UTC. */
    readonly at: string;
    readonly by: string;
  };
}

/** What a module is; what cannot be read is absent or empty. */
export interface ModuleInspection {
  /** A fused flow carries its graph; whatever does not is looked at as a node. */
  readonly kind: "node" | "artefact";
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly manifest?: NodeManifest;
  /** Used beyond the first version of WebAssembly. */
  readonly features: readonly string[];
  /** As `module.name`. */
  readonly imports: readonly string[];
  /** It imports WASI functions, which fusion gives it. */
  readonly linksWasiShim: boolean;
  readonly measures: readonly { readonly what: string; readonly value: number; readonly limit: number }[];
  /** Why the module would be refused; empty when it would be taken. */
  readonly refusals: readonly Diagnostic[];
}
