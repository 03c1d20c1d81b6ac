// getFlow: what runs under a name, whoever deployed it.

import type { FlowStatus, GatewayClient } from "@flowfusion/client";
import { FlowFusionError, parseFlowName } from "@flowfusion/graph";
import { checkAccess } from "../access.ts";
import type { WireObject } from "../wire/values.ts";
import { checkFlowName, clientFor, type ProviderFunction, present } from "./function.ts";

export const getFlow: ProviderFunction = {
  token: "flowfusion:index:getFlow",
  argumentNames: ["gateway", "name"],
  check: (given) => [...checkAccess(given.gateway), ...checkFlowName(given)],
  async call(given, signal) {
    const client = clientFor(given);
    const flow = await runningFlow(client, given, signal);
    if (flow === undefined) {
      const message = `The gateway at ${client.endpoint} has no flow "${String(given.name)}".`;
      throw new FlowFusionError("FF_API_NOT_FOUND", message);
    }
    const { nodes, wires } = flow.graph;
    return present({ ...versionOf(flow), ...{ nodes, wires, options: flow.options, graphDigest: flow.graphDigest } });
  },
};

export function runningFlow(
  client: GatewayClient,
  { name }: WireObject,
  signal: AbortSignal,
): Promise<FlowStatus | undefined> {
  return client.getFlow(parseFlowName(String(name)), { signal });
}

/** Which version runs, how it does, and who deployed it. */
export function versionOf({ name, artefact, generation, condition, reason, deployedAt, deployedBy }: FlowStatus) {
  return { ...{ name, digest: artefact, generation, condition, reason }, ...{ deployedAt, deployedBy } };
}
