// What the tests of this folder share: a catalog and random graphs.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sha256 } from "./digest.ts";
import { type Diagnostic, FlowFusionError } from "./errors.ts";
import { parseManifest } from "./manifest.ts";
import { parseGraph } from "./parse.ts";
import { resolveGraph } from "./resolve.ts";
import type { CanonicalGraph, ModuleCatalog, NodeManifest, NodeModule, PropValue } from "./types.ts";

const nodesFolder = join(import.meta.dirname, "../nodes");

export const manifestBytes = (manifest: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(manifest));

/** A module of which only the manifest is real: nothing in this folder runs code. */
export function moduleOf(manifest: NodeManifest): NodeModule {
  const wasm = manifestBytes(manifest);
  return { manifest, digest: sha256(wasm), wasm };
}

const port = (name: string, type: "tag" | "message" | "any") => ({ name, type, optional: true });

/** Takes any properties and wires, so that random graphs are valid. */
export const openManifest: NodeManifest = {
  ...{ contract: 1, name: "open", version: "1.0.0", doc: "Takes anything.", stateVersion: 3, acceptsStateFrom: 2 },
  inputs: [port("a", "any"), port("b", "any")],
  outputs: [port("x", "any"), port("y", "any")],
  props: { type: "object" },
};

/** One port of each type on both sides. */
export const typedManifest: NodeManifest = {
  ...{ contract: 1, name: "typed", version: "1.0.0", doc: "One port of each type.", stateVersion: 0 },
  inputs: [port("tag", "tag"), port("message", "message"), port("any", "any")],
  outputs: [port("tag", "tag"), port("message", "message"), port("any", "any")],
  props: { type: "object" },
};

/** The built-in nodes with the manifests that they ship, and the two above. */
export const catalog: ModuleCatalog = new Map(
  [...builtInManifests(), openManifest, typedManifest].map((manifest) => [manifest.name, moduleOf(manifest)]),
);

export function builtInManifests(): NodeManifest[] {
  const folders = readdirSync(nodesFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .flatMap(({ name }) => readdirSync(join(nodesFolder, name)).map((file) => join(nodesFolder, name, file)))
    .filter((file) => file.endsWith("manifest.json"))
    .map((file) => parseManifest(readFileSync(file)));
}

export const resolveDocument = (document: unknown): CanonicalGraph => resolveGraph(parseGraph(document), catalog);

/** The error that `action` throws; fails the test when it throws none, or another kind. */
export function errorOf(action: () => unknown): FlowFusionError {
  try {
    action();
  } catch (error) {
    if (error instanceof FlowFusionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** `code at path`, for tables. */
export const places = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ code, path }) => `${code} at ${path}`);

const key = fc.string({ maxLength: 6, unit: "grapheme" }).filter((name) => name !== "__proto__");

/** JSON values with the nastier keys well represented; no -0, which is another spelling of 0. */
const propValue = fc.letrec<{ value: PropValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.integer(),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 3, depthIdentifier: "value" }),
    fc.dictionary(fc.oneof(key, fc.constantFrom("constructor", "10", "9", "")), tie("value"), {
      maxKeys: 4,
      depthIdentifier: "value",
      noNullPrototype: true,
    }),
  ),
})).value;

const nodeId = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const nodeDocument = fc.record({
  type: fc.constantFrom("open", "typed"),
  props: fc.dictionary(fc.oneof(key, fc.constantFrom("constructor", "value", "10")), propValue, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});
export type AuthoredDocument = {
  readonly nodes: Record<string, { readonly type: string; readonly props: Record<string, PropValue> }>;
  readonly wires: Record<string, object>;
};

/** Valid documents: wires lead from lower to higher ids, between ports that fit. */
export const graphDocuments: fc.Arbitrary<AuthoredDocument> = fc
  .tuple(
    fc.dictionary(nodeId, nodeDocument, { minKeys: 1, maxKeys: 6, noNullPrototype: true }),
    fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 8, selector: String }),
  )
  .map(([nodes, pairs]) => {
    const ids = Object.keys(nodes).sort();
    const wires = pairs
      .filter(([from, to]) => from < to && to < ids.length)
      .map(([from, to]) => {
        const [source, target] = [ids[from]!, ids[to]!];
        const input = nodes[target]!.type === "open" ? "a" : "any";
        return `${source}.${nodes[source]!.type === "open" ? "y" : "tag"} -> ${target}.${input}`;
      });
    return { nodes, wires: Object.fromEntries(wires.map((wire) => [wire, {}])) };
  });

export const canonicalGraphs: fc.Arbitrary<CanonicalGraph> = graphDocuments.map(resolveDocument);
