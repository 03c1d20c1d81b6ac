// What a fleet declared in any language consists of: the inputs of one Flow a gateway, and the waves. Pure.

import { type Diagnostic, dealOut, FlowFusionError, isFlowName, type Wave, wavesDefault } from "@flowfusion/graph";
import { checkNames, failure } from "../checks.ts";
import { line } from "../wire/status.ts";
import {
  isObject,
  isSecret,
  isUnknown,
  reveal,
  secret,
  unknownsOf,
  unwrap,
  type WireObject,
  type WireValue,
} from "../wire/values.ts";

export const fleetToken = "flowfusion:index:FlowFleet";

/** What the flows take over as it is. */
const shared = ["name", "wires", "modules", "options", "preview"] as const;

/** The inputs that a fleet has; a test holds schema.json to this list. */
export const fleetInputNames = ["gateways", "waves", "overrides", "nodes", ...shared] as const;

export interface FleetPlan {
  /** The gateways' names, wave by wave. */
  readonly waves: readonly (readonly string[])[];
  /** The inputs of the Flow on each gateway. */
  readonly flows: ReadonlyMap<string, WireObject>;
}

/** Throws a FlowFusionError that tells all that is wrong with the inputs. */
export function planFleet(fleet: string, inputs: WireObject): FleetPlan {
  const gateways = unwrap(inputs.gateways);
  const nodes = unwrap(inputs.nodes);
  const overrides = unwrap(inputs.overrides) ?? {};
  const problems = [
    ...checkNames(inputs, fleetInputNames, "a FlowFleet"),
    ...checkGateways(gateways),
    ...checkNodes(nodes, overrides),
    ...checkOverrides(overrides, gateways, nodes),
  ];
  // The engine keeps no order of keys.
  const names = isObject(gateways) ? Object.keys(gateways).sort() : [];
  const waves = dealt(names, inputs.waves, problems);
  if (problems.length > 0) {
    const told = problems.map((problem) => `\n  ${line(problem)}`).join("");
    throw new FlowFusionError("FF_PROVIDER_INPUT", `FlowFleet "${fleet}" cannot be made:${told}`);
  }
  const rest = Object.fromEntries(shared.flatMap((key) => (inputs[key] === undefined ? [] : [[key, inputs[key]]])));
  const flows = waves.flatMap((wave, index) =>
    wave.map((gateway): [string, WireObject] => {
      const waiting = waves.slice(index + 1).flat();
      const rollout = { fleet, gateway, wave: index + 1, waves: waves.length, waiting };
      const own = isObject(nodes) ? overridden(nodes, entryOf(overrides, gateway)) : (nodes ?? null);
      const marked = likewise(inputs.nodes, own);
      const access = likewise(inputs.gateways, entryOf(gateways, gateway) ?? null);
      return [gateway, { name: fleet, ...rest, nodes: marked, gateway: access, rollout }];
    }),
  );
  return { waves, flows: new Map(flows) };
}

function checkGateways(gateways: WireValue | undefined): Diagnostic[] {
  if (isUnknown(gateways))
    return [failure(["gateways"], "the gateways' names are not known yet; a preview needs them, so write them down")];
  if (!isObject(gateways)) return [failure(["gateways"], "an object of gateways by name expected")];
  return Object.keys(gateways)
    .filter((name) => !isFlowName(name))
    .map((name) => failure(["gateways", name], "a name is 1 to 63 of a-z, 0-9, _ and -, a letter first"));
}

function checkNodes(nodes: WireValue | undefined, overrides: WireValue): Diagnostic[] {
  if (isUnknown(nodes)) {
    const hasNone = isObject(overrides) && Object.keys(overrides).length === 0;
    return hasNone ? [] : [failure(["nodes"], "the nodes are not known yet; overrides need their ids")];
  }
  return isObject(nodes) ? [] : [failure(["nodes"], "an object of nodes by id expected")];
}

function checkOverrides(
  overrides: WireValue,
  gateways: WireValue | undefined,
  nodes: WireValue | undefined,
): Diagnostic[] {
  if (!isObject(overrides)) return [failure(["overrides"], "an object by gateway, node and property expected")];
  return Object.entries(overrides).flatMap(([gateway, marked]) => {
    const at = ["overrides", gateway];
    const byNode = unwrap(marked);
    const missing =
      isObject(gateways) && !Object.hasOwn(gateways, gateway) ? [failure(at, noSuch("gateway", gateways))] : [];
    if (!isObject(byNode)) return [...missing, failure(at, "an object by node and property expected")];
    const wrong = Object.entries(byNode).flatMap(([node, props]) => {
      if (isObject(nodes) && !Object.hasOwn(nodes, node)) return [failure([...at, node], noSuch("node", nodes))];
      return isObject(unwrap(props)) ? [] : [failure([...at, node], "an object of properties expected")];
    });
    return [...missing, ...wrong];
  });
}

const noSuch = (what: string, known: WireObject): string =>
  `the fleet has no such ${what}; it has ${Object.keys(known).join(", ") || "none"}`;

function dealt(gateways: readonly string[], given: WireValue | undefined, problems: Diagnostic[]): string[][] {
  const waves = reveal(given ?? null) ?? wavesDefault;
  if (unknownsOf(waves as WireValue).length > 0) {
    problems.push(failure(["waves"], "the waves are not known yet; a preview needs them, so write them down"));
    return [];
  }
  try {
    return dealOut(gateways, waves as readonly Wave[]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    problems.push({ code: "FF_PROVIDER_INPUT", path: "", message: error.message });
    return [];
  }
}

/** The nodes with the properties that are other on a gateway, each where it is. */
function overridden(nodes: WireObject, overrides: WireValue | undefined): WireObject {
  const byNode = unwrap(overrides) ?? {};
  if (!isObject(byNode)) return nodes;
  const changed = Object.entries(byNode).map(([id, changes]): [string, WireValue] => {
    const node = unwrap(nodes[id]);
    const [props, own] = [isObject(node) ? unwrap(node.props) : {}, unwrap(changes)];
    const merged = { ...(isObject(props) ? props : {}), ...(isObject(own) ? own : {}) };
    return [id, isObject(node) ? { ...node, props: merged } : (node ?? null)];
  });
  return { ...nodes, ...Object.fromEntries(changed) };
}

const entryOf = (value: WireValue | undefined, key: string): WireValue | undefined =>
  isObject(value) ? value[key] : undefined;

/** Marks a value as secret where what it was taken out of is. */
const likewise = (whole: WireValue | undefined, part: WireValue): WireValue => (isSecret(whole) ? secret(part) : part);
