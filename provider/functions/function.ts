// What the provider asks of a function that a program calls. Each stands in a file of its own; index.ts lists them.

import type { Diagnostic } from "@flowfusion/graph";
import { clientOf, knownText, readAccess } from "../access.ts";
import { failure } from "../checks.ts";
import { reveal, type WireObject } from "../wire/values.ts";

export interface ProviderFunction {
  /** `flowfusion:index:getFlow`. */
  readonly token: string;
  readonly argumentNames: readonly string[];
  /** All that is wrong with the arguments. */
  check(given: WireObject): readonly Diagnostic[];
  /** Arguments without secret marks; nothing that is given back is a secret. */
  call(given: WireObject, signal: AbortSignal): Promise<WireObject>;
}

export const clientFor = (given: WireObject) => clientOf(readAccess(given.gateway));

export const checkFlowName = ({ name }: WireObject): Diagnostic[] =>
  knownText(reveal(name ?? null)) === undefined ? [failure(["name"], "is the flow's name on the gateway")] : [];

/** Only what is there: a missing field is absent, not null. */
export function present(fields: { readonly [name: string]: unknown }): WireObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as WireObject;
}
