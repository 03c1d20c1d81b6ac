// What a flow may be made of: the gateway's node types, and how to find one among them.

import type { Digest, NodeManifest } from "@flowfusion/graph";

export interface NodeKind {
  /** What a node's `type` says. */
  readonly name: string;
  readonly source: "built-in" | "uploaded";
  readonly module: Digest;
  readonly manifest: NodeManifest;
}

export type Catalog = ReadonlyMap<string, NodeKind>;

export const catalogOf = (kinds: readonly NodeKind[]): Catalog => new Map(kinds.map((kind) => [kind.name, kind]));

/** The part that a node plays in a flow; what a palette is ordered by and a canvas coloured. */
export type Role = "source" | "transform" | "sink";

export const roles: readonly Role[] = ["source", "transform", "sink"];

/** What has no input begins a flow, whether tags feed it or a clock. */
export function roleOf({
  subscribes,
  delivers,
  inputs,
}: Pick<NodeManifest, "subscribes" | "delivers" | "inputs">): Role {
  if (subscribes !== undefined || inputs.length === 0) return "source";
  return delivers === undefined ? "transform" : "sink";
}

/** Node types that have every word of the query, best first: by name, then by what they say of themselves. */
export function searchKinds(catalog: Catalog, query: string): readonly NodeKind[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = [...catalog.values()].map((kind) => ({ kind, rank: rankOf(kind, words) }));
  return ranked
    .filter(({ rank }) => rank < missing)
    .sort((a, b) => a.rank - b.rank || (a.kind.name < b.kind.name ? -1 : 1))
    .map(({ kind }) => kind);
}

const missing = 100;

function rankOf({ name, manifest, source }: NodeKind, words: readonly string[]): number {
  const spoken = name.replaceAll("_", " ");
  const properties = Object.keys((manifest.props.properties ?? {}) as object);
  const ports = [...manifest.inputs, ...manifest.outputs].map((port) => port.name);
  const further = [manifest.doc, roleOf(manifest), source, ...properties, ...ports].join(" ").toLowerCase();
  const ranks = words.map((word) => {
    if (name === word || spoken === word) return 0;
    if (spoken.startsWith(word) || name.startsWith(word)) return 1;
    if (spoken.includes(word)) return 2;
    return further.includes(word) ? 3 : missing;
  });
  return Math.max(0, ...ranks);
}
