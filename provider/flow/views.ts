// The nodes and wires of a flow as rows of their own in Pulumi's output. Pure: what was there, what shall be there,
// and the steps between, by the engine's rules: exactly one step for each view, `old` only for views that it sent.

import type { PropertyChange } from "../wire/diff.ts";
import { isWithin, propertyPath } from "../wire/path.ts";
import { isObject, type WireObject, type WireValue } from "../wire/values.ts";
import type { View, ViewStep } from "../wire/views.ts";
import type { FlowInputs } from "./inputs.ts";

export const nodeToken = "flowfusion:index:Node";
export const wireToken = "flowfusion:index:Wire";

/** The rows that a flow consists of, in a stable order; none while its nodes are not known. */
export function flowViews(resourceName: string, inputs: FlowInputs): View[] {
  const { nodes, wires } = inputs.document;
  return [
    ...entries(nodes).map(([id, node]) => ({
      type: nodeToken,
      name: `${resourceName}/${id}`,
      inputs: { ...(isObject(node) ? node : {}), ...moduleOf(node, inputs) },
    })),
    ...entries(wires).map(([key]) => {
      const [from = "", to = ""] = key.split(" -> ");
      return { type: wireToken, name: `${resourceName}/${from}->${to}`, inputs: { from, to } };
    }),
  ];
}

/**
 * The steps from the views that the engine knows to those that shall be. `changes` is the flow's own diff. Reading
 * imports what it finds, as the engine keeps a created row of a refresh nowhere.
 */
export function viewSteps(
  old: readonly View[],
  next: readonly View[],
  changes: readonly PropertyChange[],
  found: "create" | "import" = "create",
): ViewStep[] {
  const before = new Map(old.map((view) => [keyOf(view), view]));
  const after = new Set(next.map(keyOf));
  return [
    ...next.map((view): ViewStep => {
      const known = before.get(keyOf(view));
      const { type, name } = view;
      if (known === undefined) return { op: found, type, name, new: view, changes: [] };
      if (canonical(known.inputs) === canonical(view.inputs)) {
        return { op: "same", type, name, old: known, new: known, changes: [] };
      }
      return { op: "update", type, name, old: known, new: view, changes: changesOf(view, changes) };
    }),
    ...old
      .filter((view) => !after.has(keyOf(view)))
      .map((view): ViewStep => ({ op: "delete", type: view.type, name: view.name, old: view, changes: [] })),
  ];
}

const keyOf = (view: View): string => `${view.type}\n${view.name}`;

/** The flow's changes that lie in one node, seen from there: `nodes.hot.props.value` is the node's `props.value`. */
function changesOf(view: View, changes: readonly PropertyChange[]): PropertyChange[] {
  const id = view.name.slice(view.name.lastIndexOf("/") + 1);
  const outer = propertyPath(["nodes", id]);
  const inner = changes
    .filter(({ path }) => path !== outer && isWithin(path, outer))
    .map((change) => ({ ...change, path: change.path.slice(outer.length + 1) }))
    .map((change) => ({ ...change, key: change.path.split(/[.[]/)[0]! }));
  const modulePath = propertyPath(["modules", String(view.inputs.type)]);
  const ofModule = changes
    .filter(({ path }) => path === modulePath)
    .map((change) => ({ ...change, path: "module", key: "module" }));
  return [...inner, ...ofModule];
}

function moduleOf(node: WireValue, inputs: FlowInputs): WireObject {
  const asset = isObject(node) && typeof node.type === "string" ? inputs.modules.get(node.type) : undefined;
  return asset === undefined || asset.hash === "" ? {} : { module: `sha256:${asset.hash}` };
}

const entries = (value: WireValue): [string, WireValue][] => (isObject(value) ? Object.entries(value).sort(byKey) : []);
const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** One text for equal values, whatever the order of their keys. */
function canonical(value: WireValue): string {
  return JSON.stringify(value, (_, item: WireValue) => (isObject(item) ? Object.fromEntries(entries(item)) : item));
}
