// What differs between two sets of inputs, as Pulumi spells it. Pure, and symmetric except for `replaces`.

import { diffValues, type PropValue } from "@flowfusion/graph";
import type { PropertyChange } from "./wire/diff.ts";
import { propertyPath } from "./wire/path.ts";
import type { Step, WireValue } from "./wire/values.ts";

export function change(steps: readonly Step[], kind: PropertyChange["kind"], replaces = false): PropertyChange {
  return { path: propertyPath(steps), key: String(steps[0]), kind, replaces };
}

/** Compares plain values by key; undefined counts as absent. */
export function diffMaps(
  steps: readonly string[],
  from: { readonly [key: string]: unknown },
  to: { readonly [key: string]: unknown },
  replaces = false,
): PropertyChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys
    .filter((key) => from[key] !== to[key])
    .map((key) => change([...steps, key], kindOf(from[key], to[key]), replaces));
}

/** Compares values of any shape, down to the smallest part that differs. */
export function diffTrees(key: string, from: WireValue | undefined, to: WireValue | undefined): PropertyChange[] {
  if (from === undefined || to === undefined) return from === to ? [] : [change([key], kindOf(from, to))];
  return [...diffValues([key], from as PropValue, to as PropValue)].map(
    (found): PropertyChange => ({ path: found.path, key, kind: kindOf(found.from, found.to), replaces: false }),
  );
}

const kindOf = (from: unknown, to: unknown): PropertyChange["kind"] =>
  from === undefined ? "add" : to === undefined ? "delete" : "update";
