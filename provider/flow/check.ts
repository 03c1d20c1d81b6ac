// Judges a Flow's inputs and brings them into their normal form: every default explicit, wires as a map, the token a
// secret. All failures come back at once; what is not known yet is not judged.

import {
  type Diagnostic,
  FlowFusionError,
  graphDocument,
  isFlowName,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import type { CheckedInputs } from "../resource.ts";
import { isWithin, propertyPath } from "../wire/path.ts";
import {
  asAsset,
  isObject,
  isSecret,
  isUnknown,
  replaceUnknowns,
  reveal,
  type Step,
  secret,
  unknownsOf,
  unwrap,
  type WireObject,
  type WireValue,
  walk,
} from "../wire/values.ts";
import { withDefaults } from "./diff.ts";
import { type FlowInputs, flowInputNames, readInputs } from "./inputs.ts";
import type { ModuleShelf } from "./modules.ts";
import { readRollout } from "./rollout.ts";

/** `defaultName` is the resource's own name. */
export async function checkFlow(news: WireObject, defaultName: string, shelf: ModuleShelf): Promise<CheckedInputs> {
  const named = { ...news, name: news.name ?? defaultName };
  const shape = [...checkNames(news), ...checkGateway(news.gateway), ...checkName(named.name, news.name === undefined)];
  const flow = [
    ...checkSecrets(news),
    ...checkModuleInputs(news.modules),
    ...checkOptions(news.options),
    ...checkPreview(news.preview),
    ...checkRollout(news.rollout),
  ];
  const inputs = readInputs(named);
  const { catalog, failures } = await shelf.catalogWith(inputs.modules);
  const graph = checkGraph(inputs, catalog);
  return {
    inputs: { ...named, ...normalGateway(news.gateway), ...normalDocument(inputs, catalog) },
    failures: [...shape, ...flow, ...failures, ...graph],
  };
}

function checkNames(news: WireObject): Diagnostic[] {
  const known: readonly string[] = flowInputNames;
  return Object.keys(news)
    .filter((name) => !known.includes(name) && !name.startsWith("__"))
    .map((name) => failure([name], `a Flow has no such input; it has ${known.join(", ")}`));
}

function checkGateway(given: WireValue | undefined): Diagnostic[] {
  if (isUnknown(unwrap(given))) return [];
  const gateway = unwrap(given);
  if (!isObject(gateway)) return [failure(["gateway"], "is { endpoint, token }: where the gateway is, and the way in")];
  const endpoint = unwrap(gateway.endpoint);
  const token = unwrap(gateway.token);
  return [
    ...(isUnknown(endpoint) || isHttpUrl(endpoint)
      ? []
      : [failure(["gateway", "endpoint"], "is the gateway's URL, for example http://127.0.0.1:7480")]),
    ...(typeof token === "string" && token !== ""
      ? []
      : [
          failure(
            ["gateway", "token"],
            "is a token of the gateway, for example the one that it printed at its first start",
          ),
        ]),
    ...checkTrust(gateway),
  ];
}

const trustFields = ["ca", "fingerprint", "clientCert", "clientKey"] as const;

function checkTrust(gateway: WireObject): Diagnostic[] {
  const given = trustFields.filter((name) => unwrap(gateway[name]) !== undefined && unwrap(gateway[name]) !== null);
  const endpoint = unwrap(gateway.endpoint);
  const isPlain = typeof endpoint === "string" && endpoint.startsWith("http:");
  return given.flatMap((name) => {
    const value = unwrap(gateway[name]);
    const path = ["gateway", name];
    if (isUnknown(value)) return [];
    if (typeof value !== "string" || value === "") return [failure(path, "is text")];
    if (isPlain) return [failure(path, `is of no use, as the endpoint ${endpoint} is not https`)];
    if (name === "fingerprint" && !/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(value))
      return [failure(path, "is 64 hexadecimal digits, as the sha256 of a certificate has")];
    const other = { clientCert: "clientKey", clientKey: "clientCert" }[name as "clientCert"];
    return other !== undefined && !given.includes(other as "clientKey")
      ? [failure(path, `needs ${other} as well`)]
      : [];
  });
}

function isHttpUrl(value: WireValue | undefined): boolean {
  return typeof value === "string" && ["http:", "https:"].includes(URL.parse(value)?.protocol ?? "");
}

function checkName(given: WireValue | undefined, isDefault: boolean): Diagnostic[] {
  const name = unwrap(given);
  if (isUnknown(name) || (typeof name === "string" && isFlowName(name))) return [];
  const remedy = isDefault ? "; the resource's name is no flow name, so give one" : "";
  return [failure(["name"], `is 1 to 63 of a-z, 0-9, _ and -, a letter first${remedy}`)];
}

/** What is in a graph is in Flow.wasm, in clear text, on the gateway and wherever it is copied to. */
function checkSecrets(news: WireObject): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const key of ["nodes", "wires", "options"] as const) {
    walk(news[key] ?? null, (value, steps) => {
      if (!isSecret(value)) return true;
      const message =
        "is a secret, and what nodes hold can be read from Flow.wasm; if it may be read, wrap it in pulumi.unsecret()";
      found.push({ code: "FF_PROVIDER_SECRET", path: propertyPath([key, ...steps]), message });
      return false;
    });
  }
  return found;
}

function checkModuleInputs(given: WireValue | undefined): Diagnostic[] {
  const modules = unwrap(given) ?? {};
  if (isUnknown(modules)) return [];
  if (!isObject(modules)) return [failure(["modules"], "is an object of assets by node type")];
  return Object.entries(modules)
    .filter(([, value]) => !isUnknown(unwrap(value)) && asAsset(unwrap(value)) === undefined)
    .map(([type]) => failure(["modules", type], "is the WebAssembly module as a FileAsset"));
}

const limitNames: readonly string[] = ["fuelPerMessage", "fuelBurst", "maxPagesPerMemory"];

function checkOptions(given: WireValue | undefined): Diagnostic[] {
  const options = reveal(given ?? {});
  if (isUnknown(options)) return [];
  if (!isObject(options)) return [failure(["options"], "is an object such as { limits: { fuelPerMessage: 100000 } }")];
  return Object.entries(options).flatMap(([name, value]) => {
    if (isUnknown(value)) return [];
    switch (name) {
      case "limits":
        return checkNumbers([name], value, limitNames, isLimit, "is a whole number above 0");
      case "healthThresholds":
        return checkNumbers([name], value, thresholdNames, isThreshold, "is a number, 0 or more");
      case "healthGateMs":
        return isGateMs(value) ? [] : [failure(["options", name], "is a whole number of ms, 0 to 600000")];
      case "development":
        return typeof value === "boolean" ? [] : [failure(["options", name], "is true or false")];
      default:
        return [failure(["options", name], `is not known; options has ${optionNames.join(", ")}`)];
    }
  });
}

const optionNames = ["limits", "healthGateMs", "healthThresholds", "development"];
const thresholdNames = ["trapsMax", "droppedShareMax", "outputRatioMin", "latencyFactorMax"];
const isLimit = (value: WireValue): boolean => typeof value === "number" && Number.isSafeInteger(value) && value > 0;
const isThreshold = (value: WireValue): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isGateMs = (value: WireValue): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= 600_000;

function checkNumbers(
  [group]: readonly [string],
  given: WireValue,
  names: readonly string[],
  isGood: (value: WireValue) => boolean,
  demand: string,
): Diagnostic[] {
  if (!isObject(given)) return [failure(["options", group], `has ${names.join(", ")}`)];
  return Object.entries(given).flatMap(([name, value]) => {
    if (!names.includes(name))
      return [failure(["options", group, name], `is not known; ${group} has ${names.join(", ")}`)];
    return isUnknown(value) || isGood(value) ? [] : [failure(["options", group, name], demand)];
  });
}

const previewLeast: { readonly [name: string]: number } = { updates: 0, timeLimitMs: 1 };

function checkPreview(given: WireValue | undefined): Diagnostic[] {
  const preview = reveal(given ?? {});
  if (isUnknown(preview)) return [];
  if (!isObject(preview)) return [failure(["preview"], "is an object such as { updates: 10000, timeLimitMs: 3000 }")];
  return Object.entries(preview).flatMap(([name, value]) => {
    const least = previewLeast[name];
    if (least === undefined)
      return [failure(["preview", name], `is not known; preview has ${Object.keys(previewLeast).join(", ")}`)];
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

/**
 * What the graph's own rules say, less what hangs on parts that are not known yet: a rule may tie one property to
 * another, so only what is wrong whatever those parts turn out to be is a failure.
 */
function checkGraph(inputs: FlowInputs, catalog: ModuleCatalog): readonly Diagnostic[] {
  const pending = inputs.unknowns.map(propertyPath);
  if (pending.length === 0) return graphProblems(inputs.document, catalog);
  const [first = [], ...others] = standIns.map((standIn) =>
    graphProblems(replaceUnknowns(inputs.document, standIn), catalog),
  );
  return first.filter(
    ({ code, path }) =>
      !pending.some((outer) => isWithin(path, outer)) &&
      others.every((problems) => problems.some((other) => other.code === code && other.path === path)),
  );
}

/** One value of each kind, to stand for what is not known. */
const standIns: readonly WireValue[] = ["text", 1, true, [], {}];

function graphProblems(document: WireValue, catalog: ModuleCatalog): readonly Diagnostic[] {
  try {
    resolveGraph(parseGraph(document), catalog);
    return [];
  } catch (error) {
    if (error instanceof FlowFusionError && error.diagnostics.length > 0) return error.diagnostics;
    throw error;
  }
}

/** Token and key are secrets whether or not they came as such; the rest only when the whole did. */
function normalGateway(given: WireValue | undefined): WireObject {
  const gateway = unwrap(given);
  if (!isObject(gateway)) return {};
  const fields = Object.entries({ endpoint: null, token: null, ...gateway }).map(([name, value]) => {
    const isHidden = isSecret(given) || name === "token" || name === "clientKey";
    return [name, isHidden && value !== null ? secret(unwrap(value) ?? null) : value] as const;
  });
  return { gateway: Object.fromEntries(fields) as WireObject };
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
    wires: Array.isArray(wires) ? Object.fromEntries(wires.map((wire) => [String(wire), {}])) : wires,
  };
}

function normalNode(node: WireValue, catalog: ModuleCatalog): WireValue {
  if (!isObject(node) || typeof node.type !== "string") return node;
  const props = node.props ?? {};
  return isObject(props) ? { ...node, props: withDefaults(node.type, props, catalog) } : node;
}

function mapValues(object: WireObject, map: (value: WireValue) => WireValue): WireObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

function failure(steps: readonly Step[], message: string): Diagnostic {
  return { code: "FF_PROVIDER_INPUT", path: propertyPath(steps), message };
}
