// The Flow resource: nodes and wires in, a running Flow.wasm out.

import type { PropValue } from "@flowfusion/graph";
import * as pulumi from "@pulumi/pulumi";
import { requireObject } from "./arguments.ts";
import { authoredGraph, type WiredParts } from "./authored.ts";
import type { FlowOptions } from "./flow-options.ts";
import { type GatewayInput, gatewayInput, isOfType } from "./gateway.ts";
import type { FlowPorts, Nodes } from "./graph.ts";
import { describe, type NodeSpec, type Wire } from "./node.ts";
import { mistake } from "./place.ts";
import { sdkVersion } from "./version.ts";

/** What a flow consists of, and where it runs. A {@link graph} may be spread into it. */
export interface FlowArgs<N extends Nodes> {
  /**
   * The gateway that runs the flow; its token needs the role operator. Another gateway moves the flow, once it has answered:
   * it is deleted there and created here, without its state. Another address of the same gateway moves nothing.
   */
  gateway: GatewayInput;
  /** The flow's name on the gateway; the resource's name when absent. Changing it replaces the flow. */
  name?: pulumi.Input<string>;
  /**
   * The nodes by id: nodes, sub-flows made by {@link graph}, or objects of those. An id keeps its node's state over a swap; 1
   * to 63 of `a-z 0-9 _ -`, a letter first.
   */
  nodes: N;
  /** Draws the wires between the nodes' ports: `(n) => [n.temps.out.to(n.hot.in)]`. Their order does not matter. */
  wires: (nodes: FlowPorts<N>) => readonly Wire[];
  /** How the gateway runs the flow; its defaults when absent. */
  options?: pulumi.Input<FlowOptions>;
  /** How a preview tries a change. */
  preview?: pulumi.Input<FlowPreview>;
  /** The flow's place in a roll-out over several gateways; `FlowFleet` fills it in. */
  rollout?: pulumi.Input<FlowRollout>;
}

/** A flow's place in a roll-out. Nothing is deployed by it; it is in what is said of a deploy that fails. */
export interface FlowRollout {
  /** What the roll-out is called. */
  fleet: pulumi.Input<string>;
  /** What the gateway is called. */
  gateway: pulumi.Input<string>;
  /** The wave that the flow is in, from 1. */
  wave: pulumi.Input<number>;
  /** How many waves there are. */
  waves: pulumi.Input<number>;
  /** The gateways of the waves that follow. */
  waiting: pulumi.Input<pulumi.Input<string>[]>;
}

/** How a preview tries a change on the tag updates that the gateway recorded last. */
export interface FlowPreview {
  /** How many updates, the newest; 10,000 when absent, 0 to try nothing. */
  updates?: pulumi.Input<number>;
  /** How long to try, ms; 3,000 when absent. */
  timeLimitMs?: pulumi.Input<number>;
}

/** What became of the nodes' state in the last swap. */
export interface FlowState {
  /** Nodes whose state was carried over. */
  readonly kept: string[];
  /** Nodes that began anew, and why. */
  readonly reset: { readonly node: string; readonly why: string }[];
}

/**
 * A graph of nodes, fused into one WebAssembly module and run by a gateway. A change of nodes or wires swaps the
 * module while it runs, without losing a message; the preview names each node and wire that changes.
 *
 *     const flow = new ff.Flow("boiler", {
 *       gateway: { endpoint: "http://127.0.0.1:7480", token: config.requireSecret("token") },
 *       nodes: {
 *         temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
 *         hot: ff.filter({ op: ">", value: 90 }),
 *         alarms: ff.mqtt({ broker: "mqtt://127.0.0.1:1883", topic: "alarms/{topic}" }),
 *       },
 *       wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.alarms.in)],
 *     });
 *
 * A mistake in the nodes or wires ends the program with a `pulumi.RunError` that names the line; what only the provider can
 * judge, such as a property out of its bounds, the preview tells with the line, too.
 */
export class Flow<const N extends Nodes = Nodes> extends pulumi.CustomResource {
  /** The type of the resource. */
  static readonly token = "flowfusion:index:Flow";

  /** The flow's name on the gateway. */
  declare readonly name: pulumi.Output<string>;
  /** The nodes by id, those of sub-flows with the outer ids before them. */
  declare readonly nodes: pulumi.Output<{ [id: string]: { type: string; props: { [name: string]: PropValue } } }>;
  /** The wires by key, `source.output -> target.input`. */
  declare readonly wires: pulumi.Output<{ [key: string]: Record<string, never> }>;
  /** Digest of `Flow.wasm`, known in a preview already. */
  declare readonly digest: pulumi.Output<string>;
  /** Digest of the canonical graph. */
  declare readonly graphDigest: pulumi.Output<string>;
  /** Counts the deployments of this flow on the gateway. */
  declare readonly generation: pulumi.Output<number>;
  /** Size of `Flow.wasm`, bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /** What became of the nodes' state in the last swap. */
  declare readonly state: pulumi.Output<FlowState>;
  /** How long the flow took no input in the last swap, ms. */
  declare readonly swapPauseMs: pulumi.Output<number>;

  /**
   * @param name The resource's name, and the flow's unless `args.name` is set.
   * @param args The nodes, the wires between them, and the gateway to run on.
   */
  constructor(name: string, args: FlowArgs<N>, opts?: pulumi.CustomResourceOptions) {
    const { inputs, dependsOn } = flowInputs(name, args);
    const options = pulumi.mergeOptions({ ...flowOptions, dependsOn: [...dependsOn] }, opts ?? {});
    super(Flow.token, name, { ...inputs, ...rowsInput(options) }, options);
  }

  /** Whether a value is a Flow, even one made by another copy of this package. */
  static override isInstance(value: unknown): value is Flow {
    return isOfType(value, Flow.token);
  }
}

// A replaced flow keeps its name, so that the old one must go before the new one comes.
const flowOptions: pulumi.CustomResourceOptions = { version: sdkVersion, deleteBeforeReplace: true };

/**
 * Pulumi drops a resource with one of these options without asking the provider, and would leave the rows of its nodes and wires
 * behind in a state that it cannot read any more. So such a flow has no rows.
 */
const rowsInput = ({ retainOnDelete, deletedWith }: pulumi.CustomResourceOptions): pulumi.Inputs =>
  retainOnDelete === true || deletedWith !== undefined ? { __rows: "none" } : {};

interface FlowInputs {
  readonly inputs: pulumi.Inputs;
  /** What makes the nodes' types known to the gateway. */
  readonly dependsOn: readonly pulumi.Resource[];
}

function flowInputs<N extends Nodes>(name: string, args: FlowArgs<N>): FlowInputs {
  const where = `Flow "${name}"`;
  const { gateway, nodes, wires } = requireArgs(where, args);
  const access = gatewayInput(where, gateway);
  try {
    const authored = authoredGraph({ nodes, wires: wires as WiredParts["wires"] });
    const inputs = {
      name: args.name,
      gateway: access,
      nodes: Object.fromEntries([...authored.nodes].map(([id, { type, props }]) => [id, { type, props }])),
      wires: Object.fromEntries([...authored.wires.keys()].map((key) => [key, {}])),
      ...modulesOf(authored.nodes),
      ...(args.options === undefined ? {} : { options: args.options }),
      ...(args.preview === undefined ? {} : { preview: args.preview }),
      ...(args.rollout === undefined ? {} : { rollout: args.rollout }),
      // For the provider's errors alone, which takes it out of the inputs.
      __places: {
        nodes: Object.fromEntries([...authored.nodes].map(([id, { place }]) => [id, place])),
        wires: Object.fromEntries(authored.wires),
      },
      digest: undefined,
      graphDigest: undefined,
      generation: undefined,
      sizeBytes: undefined,
      state: undefined,
      swapPauseMs: undefined,
    };
    return { inputs, dependsOn: [...authored.nodes.values()].flatMap(({ resource }) => resource ?? []) };
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) throw new pulumi.RunError(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

function requireArgs<N extends Nodes>(where: string, args: FlowArgs<N>): FlowArgs<N> {
  requireObject(`${where}: the second argument`, args, "{ gateway, nodes, wires }");
  if (typeof args.nodes !== "object" || args.nodes === null || Array.isArray(args.nodes))
    throw mistake(`${where}: nodes is an object of nodes by id, ${describe(args.nodes)} given`);
  if (typeof args.wires !== "function")
    throw mistake(`${where}: wires is a function such as (n) => [n.a.out.to(n.b.in)], ${describe(args.wires)} given`);
  return args;
}

/** The custom modules that the nodes bring, by type. Two nodes of one type bring the same module. */
function modulesOf(nodes: ReadonlyMap<string, NodeSpec>): pulumi.Inputs {
  const modules = new Map<string, NodeSpec["module"]>();
  for (const [id, { type, module, place }] of nodes) {
    if (module === undefined) continue;
    if (modules.has(type) && modules.get(type) !== module)
      throw mistake(`nodes.${id}: another node brings a different module for the type "${type}"`, place);
    modules.set(type, module);
  }
  return modules.size === 0 ? {} : { modules: Object.fromEntries(modules) };
}
