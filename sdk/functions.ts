// What a program asks gateways: what they are, what runs on them, what there is to draw with, what drifted.
// Each in two forms, as usual with Pulumi: `getX` for plain values, and `getXOutput` for outputs of resources.

import type { PortType, PropValue } from "@flowfusion/graph";
import * as pulumi from "@pulumi/pulumi";
import { type GatewayAccess, type GatewayInput, gatewayInput } from "./gateway.ts";
import type { NodeModulePort } from "./node-module.ts";
import { sdkVersion } from "./version.ts";

/** Where a gateway is, in plain values. */
export type PlainAccess = pulumi.Unwrap<GatewayAccess>;

/** What a gateway says of itself. */
export interface GetGatewayResult {
  /** The gateway's id, drawn when its data folder was made. */
  readonly identity: string;
  /** Version of its software. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Where drivers push tag updates to. */
  readonly addresses: string[];
  /** How many flows it has. */
  readonly flows: number;
  /** What it grants to flows. */
  readonly limits: {
    readonly artefactBytesMax: number;
    readonly fuelPerMessage: number;
    readonly fuelBurst: number;
    readonly maxPagesPerMemory: number;
  };
  /** Whether its data folder takes writes. */
  readonly isWritable: boolean;
}

/** Which version of a flow runs, how it does, and who deployed it. */
interface RunningVersion {
  readonly name: string;
  /** Digest of `Flow.wasm`. */
  readonly digest: string;
  readonly generation: number;
  /** `broken`: it did not start, or its circuit breaker is open; `stopping`: it is being deleted. `reason` says why. */
  readonly condition: "running" | "restarting" | "broken" | "stopping";
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly deployedAt: string;
  readonly deployedBy: string;
}

type Nodes = {
  readonly [id: string]: { readonly type: string; readonly props: { readonly [name: string]: PropValue } };
};

/** What runs under a name. */
export interface GetFlowResult extends RunningVersion {
  /** Digest of the canonical graph. */
  readonly graphDigest: string;
  readonly nodes: Nodes;
  /** With `source.output -> target.input` as the key. */
  readonly wires: { readonly [key: string]: Record<string, never> };
  /** How the gateway runs it; its defaults where a field is absent. */
  readonly options: { readonly [name: string]: PropValue };
}

/** A node type that flows may be made of. */
export interface NodeTypeInfo {
  /** What a node's `type` says. */
  readonly name: string;
  readonly version: string;
  readonly doc: string;
  readonly source: "built-in" | "uploaded";
  /** sha256 of its module. */
  readonly digest: string;
  readonly inputs: readonly (NodeModulePort & { readonly type: PortType })[];
  readonly outputs: readonly (NodeModulePort & { readonly type: PortType })[];
  /** JSON Schema of its properties. */
  readonly props: { readonly [keyword: string]: PropValue };
}

/** Where a running flow differs from what was declared. */
export interface GetDriftResult extends Partial<RunningVersion> {
  readonly name: string;
  /** Whether the gateway has such a flow. */
  readonly exists: boolean;
  readonly hasDrift: boolean;
  /** Each place that differs, from what was declared to what runs; empty where only the modules differ. */
  readonly changes: readonly { readonly path: string; readonly kind: "add" | "delete" | "update" }[];
}

/** The flow as it was declared: outputs of a Flow, of this stack or, through a StackReference, of another. */
interface DriftArgs<Gateway> {
  gateway: Gateway;
  name: string;
  nodes: Nodes;
  wires: { readonly [key: string]: Record<string, never> };
  /** The digest that was deployed; when given, the same graph made of other modules counts as drift too. */
  digest?: string;
}

/** Tells what a gateway says of itself. Fails when it does not answer. */
export const getGateway = (args: { gateway: PlainAccess }, opts?: pulumi.InvokeOptions): Promise<GetGatewayResult> =>
  call("getGateway", args, opts);

/** As {@link getGateway}, for outputs. */
export const getGatewayOutput = (
  args: { gateway: GatewayInput },
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetGatewayResult> => callOutput("getGateway", args, opts);

/** Tells what runs under a name, whoever deployed it. Fails when the gateway has no such flow. */
export const getFlow = (
  args: { gateway: PlainAccess; name: string },
  opts?: pulumi.InvokeOptions,
): Promise<GetFlowResult> => call("getFlow", args, opts);

/** As {@link getFlow}, for outputs. */
export const getFlowOutput = (
  args: { gateway: GatewayInput; name: pulumi.Input<string> },
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetFlowResult> => callOutput("getFlow", args, opts);

/** Lists the node types that flows may be made of: a gateway's, or those that the provider brings when none is named. */
export const getNodeCatalog = (
  args: { gateway?: PlainAccess } = {},
  opts?: pulumi.InvokeOptions,
): Promise<{ readonly types: readonly NodeTypeInfo[] }> => call("getNodeCatalog", args, opts);

/** As {@link getNodeCatalog}, for outputs. */
export const getNodeCatalogOutput = (
  args: { gateway?: GatewayInput } = {},
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<{ readonly types: readonly NodeTypeInfo[] }> => callOutput("getNodeCatalog", args, opts);

/**
 * Compares what runs with what was declared. In the program that deploys the flow there is never a difference behind the
 * up; use it in a program that watches others.
 *
 * @example
 *     const line = new pulumi.StackReference("plant/line-1/prod");
 *     const drift = ff.getDriftOutput({
 *       gateway: plant,
 *       name: "alarms",
 *       nodes: line.getOutput("nodes"),
 *       wires: line.getOutput("wires"),
 *     });
 */
export const getDriftOutput = (
  args: {
    [Name in keyof DriftArgs<GatewayInput>]: Name extends "gateway"
      ? GatewayInput
      : pulumi.Input<DriftArgs<never>[Name]>;
  },
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetDriftResult> => callOutput("getDrift", args, opts);

/** As {@link getDriftOutput}, for plain values. */
export const getDrift = (args: DriftArgs<PlainAccess>, opts?: pulumi.InvokeOptions): Promise<GetDriftResult> =>
  call("getDrift", args, opts);

function call<Result>(name: string, args: object, opts: pulumi.InvokeOptions = {}): Promise<Result> {
  return pulumi.runtime.invoke(`flowfusion:index:${name}`, { ...args }, { version: sdkVersion, ...opts });
}

function callOutput<Result>(
  name: string,
  { gateway, ...others }: { readonly gateway?: GatewayInput },
  opts: pulumi.InvokeOutputOptions = {},
): pulumi.Output<Result> {
  const place = gateway === undefined ? {} : { gateway: gatewayInput(name, gateway) };
  const args = { ...place, ...others };
  return pulumi.runtime.invokeOutput(`flowfusion:index:${name}`, args, { version: sdkVersion, ...opts });
}
