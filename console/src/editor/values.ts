// Changing one place inside a node's properties.

import type { PropValue } from "@flowfusion/graph";
import type { Props } from "./draft.ts";

/** Steps from the properties to a place: `["cases", 1, "value"]`. */
export type Place = readonly (string | number)[];

/** With `to` absent the place is emptied: a property goes, an item is taken out of its list. */
export function withValueAt(props: Props, at: Place, to: PropValue | undefined): Props {
  return changed(props, at, to) as Props;
}

function changed(value: PropValue | undefined, at: Place, to: PropValue | undefined): PropValue | undefined {
  const [step, ...rest] = at;
  if (step === undefined) return to;
  if (typeof step === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    const item = changed(list[step], rest, to);
    if (item === undefined) list.splice(step, 1);
    else list[step] = item;
    return list;
  }
  const { [step]: before, ...others } = isRecord(value) ? value : {};
  const after = changed(before, rest, to);
  if (after === undefined) return others;
  // A property that was there keeps its place among the others.
  return isRecord(value) && step in value ? { ...value, [step]: after } : { ...others, [step]: after };
}

export function isRecord(value: PropValue | undefined): value is { readonly [key: string]: PropValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
