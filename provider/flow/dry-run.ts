// What the gateway makes of a planned change, asked before it happens: whether it would take it, and what would become of
// the state that the flow has now. The artefact goes into the gateway's store for that, where it does no harm.

import { GatewayError, type StateReport } from "@flowfusion/client";
import { FlowFusionError } from "@flowfusion/graph";
import { bring } from "./deploy.ts";
import type { FlowInputs } from "./inputs.ts";
import type { FlowOperation } from "./operation.ts";
import type { FlowPlan } from "./plan.ts";
import type { Target } from "./target.ts";

export type DryRunOutcome =
  | { readonly state: StateReport; readonly stateBytes: number }
  /** Why the gateway would not take the change. */
  | { readonly refusal: string }
  /** Why it could not be asked. */
  | { readonly unasked: string }
  /** Connections that the gateway has to be given before it can tell, which the same up does. */
  | { readonly awaited: readonly string[] };

/** What a deploy would be refused for before its first step, such as a release that nobody signed. */
const refused = 422;

export async function dryRun(
  target: Target,
  plan: FlowPlan,
  inputs: FlowInputs,
  operation: FlowOperation,
): Promise<DryRunOutcome> {
  const { client, name } = target;
  const { connections, signal } = operation;
  try {
    await bring(target, plan, inputs, operation);
    const { options } = inputs;
    const { state, stateBytes } = await client.dryRun(name, { artefact: plan.digest, options }, { signal });
    return { state, stateBytes };
  } catch (error) {
    const missing = error instanceof GatewayError ? missingConnections(error, plan) : [];
    if (missing.length > 0 && missing.every((sink) => connections.has(client.endpoint, sink.connection, sink.kind)))
      return { awaited: [...new Set(missing.map(({ connection }) => connection))] };
    if (error instanceof GatewayError && (error.step !== undefined || error.status === refused))
      return { refusal: `${error.message} [${error.code}]` };
    if (error instanceof FlowFusionError) return { unasked: `${error.message} [${error.code}]` };
    throw error;
  }
}

/** The connections that a refusal is about; none when it is about something else as well. */
function missingConnections({ diagnostics }: GatewayError, { graph }: FlowPlan) {
  const sinks = graph.nodes.flatMap(({ id, delivers, props: { connection } }) =>
    delivers !== undefined && typeof connection === "string" ? [{ id, kind: delivers.to, connection }] : [],
  );
  const named = diagnostics.map(({ code, path }) =>
    code === "FF_DEPLOY_CONNECTION" ? sinks.find(({ id }) => path === `nodes.${id}.props.connection`) : undefined,
  );
  return named.every((sink) => sink !== undefined) ? named : [];
}

/** The states that go on, as a line; empty where there are none. */
export function keptLine({ kept, migrated }: StateReport, stateBytes: number): string {
  const names = [
    ...kept,
    ...migrated.map(({ node, fromVersion, toVersion }) => `${node} (from version ${fromVersion} to ${toVersion})`),
  ];
  return names.length === 0
    ? ""
    : `State that goes on: ${names.join(", ")}; ${stateBytes.toLocaleString("en")} bytes now.`;
}
