// Diagnostics, by the place on the canvas that they are about: a node and a field of its form, a wire, or the flow.

import type { Diagnostic } from "@flowfusion/graph";
import { splitPath } from "@flowfusion/graph";
import type { Place } from "./values.ts";

export interface Problem {
  readonly code: Diagnostic["code"];
  readonly message: string;
  readonly node?: string;
  /** Steps from the node's properties; empty when it is about all of them. Absent when it is about something else. */
  readonly place?: Place;
  /** As `wireKey` spells it. */
  readonly wire?: string;
}

export function problemOf({ code, path, message }: Diagnostic): Problem {
  const [area, name, part, ...place] = splitPath(path);
  const what = { code, message };
  if (typeof name !== "string") return what;
  if (area === "wires") return { ...what, wire: name };
  if (area !== "nodes") return what;
  return part === "props" ? { ...what, node: name, place } : { ...what, node: name };
}

/** The places of two problems, or of a problem and a field. */
export const isSamePlace = (a: Place, b: Place): boolean =>
  a.length === b.length && a.every((step, index) => step === b[index]);
