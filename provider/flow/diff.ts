// What changes between two sets of a Flow's inputs. Pure, and symmetric except for `replaces`: a refresh asks for the
// same diff with its sides exchanged and turns the answer round.
//
// Module digests of built-in nodes are left out, so that a newer provider on an unchanged program finds nothing to do.
// Defaults are filled in on both sides, so that a property which a newer module version brings is no change either.

import {
  type CanonicalGraph,
  type CanonicalNode,
  type Digest,
  diffGraphs,
  FlowFusionError,
  type ModuleCatalog,
  type NodeChange,
  type PropValue,
  parseGraph,
} from "@flowfusion/graph";
import { diffAccess } from "../access.ts";
import { change, diffMaps } from "../changes.ts";
import type { PropertyChange } from "../wire/diff.ts";
import { isObject, type WireValue } from "../wire/values.ts";
import type { FlowInputs } from "./inputs.ts";

export function diffFlow(from: FlowInputs, to: FlowInputs, catalog: ModuleCatalog): PropertyChange[] {
  return [
    ...diffAccess(from, to),
    ...diffMaps([], { name: from.name }, { name: to.name }, true),
    ...diffDocuments(from, to, catalog),
    ...diffMaps(["modules"], moduleHashes(from), moduleHashes(to)),
    ...diffOptions(from.options, to.options),
  ];
}

export function diffOptions(from: FlowInputs["options"], to: FlowInputs["options"]): PropertyChange[] {
  const plain = ({ development, healthGateMs }: FlowInputs["options"]) => ({ development, healthGateMs });
  return [
    ...diffMaps(["options", "limits"], { ...from.limits }, { ...to.limits }),
    ...diffMaps(["options", "healthThresholds"], { ...from.healthThresholds }, { ...to.healthThresholds }),
    ...diffMaps(["options"], plain(from), plain(to)),
  ];
}

/** Nodes and wires. While `nodes` or `wires` are not known as a whole, they change as a whole. */
function diffDocuments(from: FlowInputs, to: FlowInputs, catalog: ModuleCatalog): PropertyChange[] {
  const [before, after] = [comparableGraph(from, catalog), comparableGraph(to, catalog)];
  if (before === undefined || after === undefined) {
    return (["nodes", "wires"] as const)
      .filter((key) => JSON.stringify(from.document[key]) !== JSON.stringify(to.document[key]))
      .map((key) => change([key], "update"));
  }
  const { nodes, wires } = diffGraphs(before, after);
  return [
    ...nodes.flatMap(nodeChanges),
    ...wires.map((wire) => change(["wires", wire.key], wire.change === "added" ? "add" : "delete")),
  ];
}

function nodeChanges(node: NodeChange): PropertyChange[] {
  if (node.change !== "updated") return [change(["nodes", node.id], node.change === "added" ? "add" : "delete")];
  return [
    ...(node.typeChanged ? [change(["nodes", node.id, "type"], "update")] : []),
    ...node.props.map((prop): PropertyChange => {
      const kind = prop.from === undefined ? "add" : prop.to === undefined ? "delete" : "update";
      return { path: `nodes.${node.id}.${prop.path}`, key: "nodes", kind, replaces: false };
    }),
  ];
}

function moduleHashes(inputs: FlowInputs): { [type: string]: string } {
  return Object.fromEntries([...inputs.modules].map(([type, { hash }]) => [type, hash]));
}

const noModule = "" as Digest;

/** The graph as far as it counts here: ids, types, properties with defaults, wires. Undefined when it has no such shape. */
function comparableGraph({ document }: FlowInputs, catalog: ModuleCatalog): CanonicalGraph | undefined {
  try {
    const graph = parseGraph(document);
    const nodes = [...graph.nodes].map(
      ([id, { type, props }]): CanonicalNode => ({
        id,
        type,
        module: noModule,
        inputs: [],
        outputs: [],
        props: withDefaults(type, props, catalog),
        stateVersion: 0,
        acceptsStateFrom: 0,
      }),
    );
    return { nodes, wires: graph.wires };
  } catch (error) {
    if (error instanceof FlowFusionError) return undefined;
    throw error;
  }
}

/** Fills in the defaults that the type's module gives; leaves properties of unknown types as they are. */
export function withDefaults(
  type: string,
  props: { readonly [name: string]: PropValue },
  catalog: ModuleCatalog,
): { readonly [name: string]: PropValue } {
  const properties = (catalog.get(type)?.manifest.props.properties ?? {}) as WireValue;
  if (!isObject(properties)) return props;
  const filled: { [name: string]: PropValue } = { ...props };
  for (const [name, schema] of Object.entries(properties)) {
    if (isObject(schema) && schema.default !== undefined) filled[name] ??= schema.default;
  }
  return Object.fromEntries(Object.entries(filled).sort(([a], [b]) => (a < b ? -1 : 1)));
}
