// Where the rows of a resource are in the state. Their URNs have the resource's own type and name in them, and the engine does
// not take them along when an alias renames the resource: it fails when they are told of under the new name, and when they are
// not, they stay behind and break the state with the next destroy. So the place stands in the inputs, internal and not
// shown, and a rename is refused while there are rows. With FLOWFUSION_ROWS=off there are none: an up takes them away.
//
// Nor does the engine drop the rows of a resource that it drops without asking the provider, for `retainOnDelete` or `deletedWith`: they
// stay behind in a state that no command reads any more. A provider is not told of these options, so who registers such a resource
// says "none" in place of a place.

import type { Diagnostic } from "@flowfusion/graph";
import type { WireObject } from "./values.ts";

const key = "__rows";
const none = "none";
/** For the preview of an up that takes rows away, each of which it shows as a deletion. */
export const rowsGoText =
  "The rows of its nodes and wires go out of the state; that by itself changes nothing on the gateway.";

/** What to register a resource with, so that it has no rows. */
export const withoutRows: WireObject = { [key]: none };

/** The place as an input, or that there is none. */
export function rowsPlace(news: WireObject, urn: string, environment: NodeJS.ProcessEnv): WireObject {
  if (news[key] === none) return withoutRows;
  return environment.FLOWFUSION_ROWS === "off" ? {} : { [key]: placeOf(urn) };
}

/** Whether a resource with these inputs shows rows. */
export const hasRows = (inputs: WireObject | undefined, environment: NodeJS.ProcessEnv): boolean =>
  inputs?.[key] !== none && environment.FLOWFUSION_ROWS !== "off";

/** Rows that come because there were none yet come with the next change; rows that are no more wanted go at once. */
export function doesPlaceChange(olds: WireObject, news: WireObject): boolean {
  const before = placeIn(olds);
  return before !== undefined && before !== placeIn(news);
}

/** Whether there are rows, and are none after this. */
export const doRowsGo = (olds: WireObject, news: WireObject): boolean =>
  placeIn(olds) !== undefined && placeIn(news) === undefined;

/** Why a resource cannot have another place now. */
export function placeFailures(olds: WireObject, urn: string): Diagnostic[] {
  const before = placeIn(olds);
  if (before === undefined || before === placeOf(urn)) return [];
  const message =
    `the resource was ${before}, and Pulumi cannot rename it while the state has rows for its nodes and wires. ` +
    "Take the alias out, or name it as before with `pulumi state rename`; run `FLOWFUSION_ROWS=off pulumi up`, which touches nothing but " +
    "the rows; then rename it";
  return [{ code: "FF_PROVIDER_INPUT", path: "", message }];
}

/** The URN less stack and project. */
const placeOf = (urn: string): string => urn.split("::").slice(2).join("::");

const placeIn = ({ [key]: place }: WireObject): string | undefined =>
  typeof place === "string" && place !== none ? place : undefined;
