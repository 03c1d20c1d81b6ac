// The functions that there are. Nothing else names them: provider.ts finds each call's function here by its token.

import { checkNames } from "../checks.ts";
import type { ModuleShelf } from "../flow/modules.ts";
import { isUnknown, reveal, type WireObject } from "../wire/values.ts";
import type { ProviderFunction } from "./function.ts";
import { getDrift } from "./get-drift.ts";
import { getFlow } from "./get-flow.ts";
import { getGateway } from "./get-gateway.ts";
import { getNodeCatalog } from "./get-node-catalog.ts";

/** By token. */
export function allFunctions(shelf: ModuleShelf): ReadonlyMap<string, ProviderFunction> {
  const all = [getGateway, getFlow, getNodeCatalog(shelf), getDrift(shelf)];
  return new Map(all.map((one): [string, ProviderFunction] => [one.token, one]));
}

/** Failures of the arguments, or what the function gives. */
export async function callFunction(one: ProviderFunction, given: WireObject, signal: AbortSignal) {
  const plain = reveal(given) as WireObject;
  const known = Object.fromEntries(Object.entries(plain).filter(([, value]) => !isUnknown(value)));
  const failures = [...checkNames(plain, one.argumentNames, one.token.split(":").at(-1)!), ...one.check(known)];
  return failures.length > 0 ? { failures, result: undefined } : { failures, result: await one.call(known, signal) };
}
