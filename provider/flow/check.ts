// Judges a Flow's inputs and brings them into their normal form: every default explicit, wires as a map, the token a
// secret. All failures come back at once; what is not known yet is not judged.

import {
  type Diagnostic,
  FlowFusionError,
  graphDocument,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { checkAccess, normalAccess } from "../access.ts";
import { checkName, checkNames, checkReadable, failure, problemsInAnyCase } from "../checks.ts";
import type { CheckedInputs } from "../resource.ts";
import {
  asAsset,
  isObject,
  isUnknown,
  reveal,
  unknownsOf,
  unknownValue,
  unwrap,
  type WireObject,
  type WireValue,
} from "../wire/values.ts";
import { withDefaults } from "./diff.ts";
import { type FlowInputs, flowInputNames, readInputs } from "./inputs.ts";
import type { ModuleShelf } from "./modules.ts";
import { checkOptions, withGatewayOptions } from "./options.ts";
import { readRollout } from "./rollout.ts";

/** `defaultName` is the resource's own name. */
export async function checkFlow(news: WireObject, defaultName: string, shelf: ModuleShelf): Promise<CheckedInputs> {
  const named = { ...news, ...withGatewayOptions(news), name: news.name ?? defaultName };
  const shape = [
    ...checkNames(news, flowInputNames, "a Flow"),
    ...checkAccess(news.gateway),
    ...checkName(named.name, news.name === undefined),
  ];
  const flow = [
    // What is in a graph is in Flow.wasm, in clear text, on the gateway and wherever it is copied to.
    ...checkReadable(news, ["nodes", "wires", "options"], "what nodes hold can be read from Flow.wasm"),
    ...checkModuleInputs(news.modules),
    ...checkOptions(news.options, ["options"]),
    ...checkPreview(news.preview),
    ...checkRollout(news.rollout),
  ];
  const inputs = readInputs(named);
  const { catalog, failures } = await shelf.catalogWith(inputs.modules);
  const graph = checkGraph(inputs, catalog);
  return {
    inputs: { ...named, ...normalAccess(news.gateway), ...normalDocument(inputs, catalog) },
    failures: [...shape, ...flow, ...failures, ...graph],
  };
}

function checkModuleInputs(given: WireValue | undefined): Diagnostic[] {
  const modules = unwrap(given) ?? {};
  if (isUnknown(modules)) return [];
  if (!isObject(modules)) return [failure(["modules"], "is an object of assets by node type")];
  return Object.entries(modules)
    .filter(([, value]) => !isUnknown(unwrap(value)) && asAsset(unwrap(value)) === undefined)
    .map(([type]) => failure(["modules", type], "is the WebAssembly module as a FileAsset"));
}

const previewLeast: ReadonlyMap<string, number> = new Map([
  ["updates", 0],
  ["timeLimitMs", 1],
]);

function checkPreview(given: WireValue | undefined): Diagnostic[] {
  const preview = reveal(given ?? {});
  if (isUnknown(preview)) return [];
  if (!isObject(preview)) return [failure(["preview"], "is an object such as { updates: 10000, timeLimitMs: 3000 }")];
  return Object.entries(preview).flatMap(([name, value]) => {
    const least = previewLeast.get(name);
    if (least === undefined)
      return [failure(["preview", name], `is not known; preview has ${[...previewLeast.keys()].join(", ")}`)];
    const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= least;
    return isCount || isUnknown(value) ? [] : [failure(["preview", name], `is a whole number, ${least} or more`)];
  });
}

function checkRollout(given: WireValue | undefined): Diagnostic[] {
  const isGood = given === undefined || unknownsOf(given).length > 0 || readRollout(given) !== undefined;
  return isGood
    ? []
    : [failure(["rollout"], "is { fleet, gateway, wave, waves, waiting }, as a FlowFleet fills it in")];
}

/** What the graph's own rules say, as far as it is known. */
function checkGraph({ document }: FlowInputs, catalog: ModuleCatalog): readonly Diagnostic[] {
  return problemsInAnyCase({ ...document }, [], (known) => graphProblems(known, catalog));
}

function graphProblems(document: WireValue, catalog: ModuleCatalog): readonly Diagnostic[] {
  try {
    resolveGraph(parseGraph(document), catalog);
    return [];
  } catch (error) {
    if (error instanceof FlowFusionError && error.diagnostics.length > 0) return error.diagnostics;
    throw error;
  }
}

function normalDocument(inputs: FlowInputs, catalog: ModuleCatalog): WireObject {
  const { nodes, wires } = inputs.document;
  try {
    return { ...graphDocument(resolveGraph(parseGraph(inputs.document), catalog)) } as WireObject;
  } catch (error) {
    if (!(error instanceof FlowFusionError)) throw error;
  }
  // Not all is known yet, or not all is right: as far as it goes, so that a preview shows the defaults too.
  return {
    nodes: isObject(nodes) ? mapValues(nodes, (node) => normalNode(node, catalog)) : nodes,
    wires: Array.isArray(wires) ? normalWires(wires) : wires,
  };
}

/** A wire that is not known yet has no key, so that the wires are not known as a whole. */
const normalWires = (wires: readonly WireValue[]): WireValue =>
  wires.some(isUnknown) ? unknownValue : Object.fromEntries(wires.map((wire) => [String(wire), {}]));

function normalNode(node: WireValue, catalog: ModuleCatalog): WireValue {
  if (!isObject(node) || typeof node.type !== "string") return node;
  const props = node.props ?? {};
  return isObject(props) ? { ...node, props: withDefaults(node.type, props, catalog) } : node;
}

function mapValues(object: WireObject, map: (value: WireValue) => WireValue): WireObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
