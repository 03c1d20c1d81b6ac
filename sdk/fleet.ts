// One flow on many gateways. A change reaches them in waves: a wave begins when every flow of the one before runs its new
// version and has passed its trial, since that is when Pulumi counts a Flow as updated. A wave that fails stops the rest.

import { dealOut, isFlowName, type Wave, wavesDefault } from "@flowfusion/graph";
import * as pulumi from "@pulumi/pulumi";
import { Flow, type FlowArgs } from "./flow.ts";
import type { GatewayInput } from "./gateway.ts";
import { type AnyGraph, type Graph, isGraph, isNodeSpec, type Nodes } from "./graph.ts";
import { describe, type NodeSpec } from "./node.ts";
import { mistake } from "./place.ts";

/** Gateways by name. */
export type FleetGateways = { readonly [gateway: string]: GatewayInput };

/** Properties that are other than in the fleet's nodes, by node and property; those of a sub-flow's nodes below its id. */
export type NodeOverrides<N> = {
  readonly [Id in keyof N]?: N[Id] extends NodeSpec
    ? { readonly [property: string]: unknown }
    : N[Id] extends Graph<infer M, infer _, infer __>
      ? NodeOverrides<M>
      : NodeOverrides<N[Id]>;
};

/** What a fleet consists of: what a flow does, less the gateway, plus the gateways and the order in which they follow. */
export interface FlowFleetArgs<N extends Nodes, G extends FleetGateways>
  extends Omit<FlowArgs<N>, "gateway" | "rollout"> {
  /**
   * The gateways by name: 1 to 63 of `a-z 0-9 _ -`, a letter first. One that is added gets the flow, one that is taken away
   * loses it.
   */
  gateways: G;
  /**
   * Which gateways each wave has: a number of them, in the order of `gateways`; a share of all, such as `"25%"`; or names. What
   * is left over is the last wave. `[1]`, one gateway and then the rest, when absent. Name the first where the
   * gateways come from the stack's configuration, which sorts its keys: `[["pilot"], "25%"]`.
   */
  waves?: readonly Wave[];
  /** Properties that are different on some gateways: `{ north: { hot: { value: 95 } } }`. */
  overrides?: { readonly [K in keyof G]?: NodeOverrides<N> };
}

/**
 * One flow on many gateways, changed in waves with a health gate between them: a wave begins when all flows of the wave
 * before have passed their trial (`options.healthGateMs`). When one fails, its gateway goes back to the version before, the
 * up ends with the wave, the gateway, the node and the cause, and the waves behind it are not touched. The flows of earlier
 * waves keep the new version; the next up goes on where this one stopped, or takes the change back.
 */
export class FlowFleet<
  const N extends Nodes = Nodes,
  const G extends FleetGateways = FleetGateways,
> extends pulumi.ComponentResource {
  static readonly token = "flowfusion:index:FlowFleet";

  /** The flow on each gateway, by the gateway's name. Their resources are called `fleet/gateway`. */
  readonly flows: { readonly [K in keyof G]: Flow };
  /** The gateways' names, wave by wave. */
  readonly waves: readonly (readonly string[])[];

  /**
   * @param name The fleet's name, and the flow's on every gateway unless `args.name` is set.
   * @param args The gateways, the waves, and the flow.
   */
  constructor(name: string, args: FlowFleetArgs<N, G>, opts?: pulumi.ComponentResourceOptions) {
    super(FlowFleet.token, name, {}, opts);
    const where = `FlowFleet "${name}"`;
    const { gateways, waves, overrides: given = {}, ...flow } = requireArgs(where, args);
    const overrides: { readonly [gateway: string]: object | undefined } = given;
    this.waves = named(where, () => dealOut(Object.keys(gateways), waves ?? wavesDefault));
    const flows: Record<string, Flow> = {};
    // A flow has to know of these itself.
    const { retainOnDelete, deletedWith } = opts ?? {};
    const dropped = {
      ...(retainOnDelete !== undefined && { retainOnDelete }),
      ...(deletedWith !== undefined && { deletedWith }),
    };
    let before: Flow[] = [];
    for (const [index, wave] of this.waves.entries()) {
      const waiting = this.waves.slice(index + 1).flat();
      const current = wave.map((gateway) => {
        const rollout = { fleet: name, gateway, wave: index + 1, waves: this.waves.length, waiting };
        const nodes = named(where, () => overridden(flow.nodes, overrides[gateway] ?? {}, `overrides.${gateway}`) as N);
        const flowArgs = { ...flow, name: flow.name ?? name, nodes, gateway: gateways[gateway]!, rollout };
        flows[gateway] = new Flow(`${name}/${gateway}`, flowArgs, { ...dropped, parent: this, dependsOn: before });
        return flows[gateway];
      });
      before = current;
    }
    this.flows = flows as { readonly [K in keyof G]: Flow };
    this.registerOutputs({ waves: this.waves });
  }
}

/** Throws a RunError for a node that there is not. */
function overridden(nodes: Nodes, overrides: object, path: string): Nodes {
  const result: Record<string, Nodes[string]> = { ...nodes };
  for (const [id, changes] of Object.entries(overrides)) {
    if (changes === undefined) continue;
    const node = Object.hasOwn(nodes, id) ? nodes[id] : undefined;
    if (node === undefined) throw new pulumi.RunError(unknown(`${path}.${id}`, "node", "flow", nodes));
    if (!isRecord(changes))
      throw new pulumi.RunError(`${path}.${id} is an object of properties, ${describe(changes)} given`);
    result[id] = changed(node, changes, `${path}.${id}`);
  }
  return result;
}

function changed(node: NodeSpec | AnyGraph | Nodes, changes: object, path: string): Nodes[string] {
  if (isNodeSpec(node)) return { ...node, props: { ...node.props, ...changes } };
  return isGraph(node)
    ? { ...node, nodes: overridden(node.nodes, changes, path) }
    : overridden(node as Nodes, changes, path);
}

/** The mistakes that the compiler would have caught, for programs in plain JavaScript and for gateways from a configuration. */
function requireArgs<N extends Nodes, G extends FleetGateways>(
  where: string,
  args: FlowFleetArgs<N, G>,
): FlowFleetArgs<N, G> {
  const fail = (what: string): never => {
    throw mistake(`${where}: ${what}`);
  };
  if (!isRecord(args)) fail(`the second argument is { gateways, nodes, wires }, ${describe(args)} given`);
  const { gateways, nodes, overrides = {} } = args;
  if (!isRecord(gateways)) fail(`gateways is an object of gateways by name, ${describe(gateways)} given`);
  if (!isRecord(nodes)) fail(`nodes is an object of nodes by id, ${describe(nodes)} given`);
  if (!isRecord(overrides)) fail(`overrides is an object by gateway, node and property, ${describe(overrides)} given`);
  const wrong = Object.keys(gateways).find((gateway) => !isFlowName(gateway));
  if (wrong !== undefined)
    fail(`gateways["${wrong}"]: a name has 1 to 63 of a-z, 0-9, _ and -, beginning with a letter`);
  for (const [gateway, byNode] of Object.entries<unknown>(overrides)) {
    if (!Object.hasOwn(gateways, gateway)) fail(unknown(`overrides.${gateway}`, "gateway", "fleet", gateways));
    if (!isRecord(byNode)) fail(`overrides.${gateway} is an object by node and property, ${describe(byNode)} given`);
  }
  return args;
}

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const unknown = (path: string, what: string, owner: string, known: object): string =>
  `${path}: the ${owner} has no such ${what}; it has ${Object.keys(known).join(", ") || "none"}`;

function named<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isMistake = error instanceof TypeError || pulumi.RunError.isInstance(error);
    if (isMistake) throw mistake(`${where}: ${(error as Error).message}`);
    throw error;
  }
}
