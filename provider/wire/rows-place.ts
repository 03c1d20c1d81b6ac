// Where the rows of a resource are in the state. Their URNs have the resource's own type and name in them, and the engine does
// not take them along when an alias renames the resource: it fails when they are told of under the new name, and when they are
// not, they stay behind and break the state with the next destroy. So the place stands in the inputs, internal and not
// shown, and a rename is refused while there are rows. With FLOWFUSION_ROWS=off there are none: an up takes them away.

import type { Diagnostic } from "@flowfusion/graph";
import type { PropertyChange } from "./diff.ts";
import type { WireObject } from "./values.ts";

const key = "__rows";

export const hasRows = (environment: NodeJS.ProcessEnv): boolean => environment.FLOWFUSION_ROWS !== "off";

/** The place as an input: the URN less stack and project. */
export function placeOf(urn: string): WireObject {
  return { [key]: urn.split("::").slice(2).join("::") };
}

/** Rows that come because there were none yet come with the next change; rows that are no more wanted go at once. */
export function placeChanges(olds: WireObject, news: WireObject): PropertyChange[] {
  return olds[key] === undefined || olds[key] === news[key]
    ? []
    : [{ path: key, key, kind: news[key] === undefined ? "delete" : "update", replaces: false }];
}

/** Why a resource cannot have another place now. */
export function placeFailures(olds: WireObject, place: WireObject): Diagnostic[] {
  if (olds[key] === undefined || place[key] === undefined || olds[key] === place[key]) return [];
  const message =
    `the resource was ${String(olds[key])}, and Pulumi cannot rename it while the state has rows for its nodes and wires. ` +
    "Take the alias out, run `FLOWFUSION_ROWS=off pulumi up`, which touches nothing but the rows, then rename it";
  return [{ code: "FF_PROVIDER_INPUT", path: "", message }];
}
