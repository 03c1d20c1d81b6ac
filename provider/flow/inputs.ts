// The inputs of a Flow resource, taken out of Pulumi's wire form. Reading is lenient, since it also sees the states of
// older versions; check.ts is where inputs are judged.

import type { FlowOptions } from "@flowfusion/client";
import { type GatewayAccess, knownText, readAccess } from "../access.ts";
import {
  type Asset,
  asAsset,
  isObject,
  reveal,
  type Step,
  unknownsOf,
  unwrap,
  type WireObject,
  type WireValue,
} from "../wire/values.ts";
import { type Rollout, readRollout } from "./rollout.ts";

/** The inputs that a Flow has; a test holds schema.json and the SDK to this list. */
export const flowInputNames = [
  "gateway",
  "name",
  "nodes",
  "wires",
  "modules",
  "options",
  "preview",
  "rollout",
] as const;

/** How a preview tries a change. */
export interface BehaviourOptions {
  /** How many recorded updates to try, the newest; 0 for none. */
  readonly updates: number;
  /** How long to try, ms. */
  readonly timeLimitMs: number;
}

const defaultBehaviourOptions: BehaviourOptions = { updates: 10_000, timeLimitMs: 3_000 };

export interface FlowInputs extends GatewayAccess {
  /** Undefined while not known. */
  readonly name: string | undefined;
  /** The authored graph, unknown values inside. */
  readonly document: { readonly nodes: WireValue; readonly wires: WireValue };
  /** Custom modules by node type. */
  readonly modules: ReadonlyMap<string, Asset>;
  readonly options: FlowOptions;
  readonly behaviour: BehaviourOptions;
  readonly rollout: Rollout | undefined;
  /** Ways to the parts of `document`, `modules` and `options` that are not known yet. */
  readonly unknowns: readonly (readonly Step[])[];
}

export function readInputs(wire: WireObject): FlowInputs {
  const flow = {
    nodes: reveal(wire.nodes ?? {}),
    wires: reveal(wire.wires ?? {}),
    modules: reveal(wire.modules ?? {}),
    options: reveal(wire.options ?? {}),
  };
  const { nodes, wires, modules, options } = flow;
  return {
    ...readAccess(wire.gateway),
    name: knownText(unwrap(wire.name)),
    document: { nodes, wires },
    modules: isObject(modules) ? readModules(modules) : new Map(),
    options: isObject(options) ? (options as FlowOptions) : {},
    behaviour: readBehaviour(reveal(wire.preview ?? {})),
    rollout: readRollout(wire.rollout),
    unknowns: unknownsOf(flow),
  };
}

function readBehaviour(preview: WireValue): BehaviourOptions {
  const { updates, timeLimitMs } = isObject(preview) ? preview : {};
  return {
    updates: typeof updates === "number" ? updates : defaultBehaviourOptions.updates,
    timeLimitMs: typeof timeLimitMs === "number" ? timeLimitMs : defaultBehaviourOptions.timeLimitMs,
  };
}

function readModules(modules: WireObject): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const [type, value] of Object.entries(modules)) {
    const asset = asAsset(value);
    if (asset !== undefined) assets.set(type, asset);
  }
  return assets;
}
