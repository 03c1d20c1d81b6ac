// What a NodeModule brings: a module that can be a node, of the ports that the program counts on.

import { type Diagnostic, FlowFusionError, type PortSpec } from "@flowfusion/graph";
import { checkAccess, normalAccess } from "../access.ts";
import { checkNames, failure } from "../checks.ts";
import { diagnosticsAt, type ModuleShelf } from "../flow/modules.ts";
import type { CheckedInputs } from "../resource.ts";
import { asAsset, isObject, isUnknown, reveal, unwrap, type WireObject, type WireValue } from "../wire/values.ts";

export const nodeModuleInputNames = ["gateway", "source", "type", "manifest"] as const;

/** `type` is filled in from the module, so that a diff can tell whether another type takes its place. */
export async function checkNodeModule(news: WireObject, shelf: ModuleShelf): Promise<CheckedInputs> {
  const { module, failures } = await readSource(news.source, shelf);
  const type = unwrap(news.type) ?? module?.manifest.name;
  return {
    inputs: { ...news, ...normalAccess(news.gateway), ...(type !== undefined && { type }) },
    failures: [
      ...checkNames(news, nodeModuleInputNames, "a NodeModule"),
      ...checkAccess(news.gateway),
      ...failures,
      ...(module === undefined ? [] : checkType(type, module.manifest.name)),
      ...(module === undefined ? [] : checkManifest(reveal(news.manifest ?? null), module.manifest)),
    ],
  };
}

async function readSource(given: WireValue | undefined, shelf: ModuleShelf) {
  const source = unwrap(given);
  if (isUnknown(source)) return { failures: [] };
  const asset = asAsset(source);
  if (asset === undefined)
    return { failures: [failure(["source"], "is the WebAssembly module or component as a FileAsset")] };
  try {
    return { module: await shelf.load(asset), failures: [] };
  } catch (error) {
    if (!(error instanceof FlowFusionError)) throw error;
    return { failures: diagnosticsAt("source", error) };
  }
}

function checkType(type: WireValue | undefined, name: string): Diagnostic[] {
  return type === name || isUnknown(type)
    ? []
    : [failure(["type"], `the module calls itself "${name}"; leave the type out, or give that`)];
}

/** The manifest that the program was written with, against that of the module. */
function checkManifest(
  declared: WireValue,
  module: { readonly name: string; readonly inputs: readonly PortSpec[]; readonly outputs: readonly PortSpec[] },
): Diagnostic[] {
  if (!isObject(declared)) return [];
  const { name } = declared;
  return [
    ...(name === undefined || name === module.name || isUnknown(name)
      ? []
      : [failure(["manifest", "name"], `is ${JSON.stringify(name)}, the module calls itself "${module.name}"`)]),
    ...(["inputs", "outputs"] as const).flatMap((side) => checkPorts(declared[side], module[side], side)),
  ];
}

function checkPorts(declared: WireValue | undefined, ports: readonly PortSpec[], side: string): Diagnostic[] {
  if (declared === undefined || isUnknown(declared)) return [];
  const spell = (name: unknown, type: unknown) => `${String(name)} (${String(type)})`;
  const found = ports.map(({ name, type }) => spell(name, type)).join(", ") || "none";
  const wanted =
    (Array.isArray(declared) ? declared : [])
      .map((port) => (isObject(port) ? spell(port.name, port.type) : "?"))
      .join(", ") || "none";
  return found === wanted ? [] : [failure(["manifest", side], `are ${wanted}, the module has ${found}`)];
}
