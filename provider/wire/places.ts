// Where in the user's program nodes and wires were written. The SDK sends it along with the inputs, so that a problem can be
// told with its line; it is no part of the flow, so Check takes it out, and neither the state nor a diff ever sees it.

import type { Diagnostic } from "@flowfusion/graph";
import { isWithin, propertyPath } from "./path.ts";
import { isObject, type WireObject } from "./values.ts";

const placesKey = "__places";

/** The inputs without places, and what puts the places into diagnostics. */
export function takePlaces(news: WireObject): {
  readonly inputs: WireObject;
  /** Whether the SDK sent them. */
  readonly isOfSdk: boolean;
  locate(diagnostic: Diagnostic): Diagnostic;
} {
  const { [placesKey]: given, ...inputs } = news;
  const places = isObject(given) ? given : {};
  const known = (["nodes", "wires"] as const).flatMap((side) =>
    Object.entries(isObject(places[side]) ? places[side] : {}).flatMap(([key, place]) =>
      typeof place === "string" ? [{ path: propertyPath([side, key]), place }] : [],
    ),
  );
  const locate = (diagnostic: Diagnostic): Diagnostic => {
    const place = known.find(({ path }) => isWithin(diagnostic.path, path))?.place;
    return place === undefined ? diagnostic : { ...diagnostic, message: `${diagnostic.message} (${place})` };
  };
  return { inputs, isOfSdk: given !== undefined, locate };
}
