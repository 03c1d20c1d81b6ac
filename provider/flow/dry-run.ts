// What the gateway makes of a planned change, asked before it happens: whether it would take it, and what would become of
// the state that the flow has now. The artefact goes into the gateway's store for that, where it does no harm.

import { type GatewayClient, GatewayError, type StateReport } from "@flowfusion/client";
import { FlowFusionError, type FlowName } from "@flowfusion/graph";
import type { FlowInputs } from "./inputs.ts";
import type { FlowPlan } from "./plan.ts";

export type DryRunOutcome =
  | { readonly state: StateReport; readonly stateBytes: number }
  /** Why the gateway would not take the change. */
  | { readonly refusal: string };

/** Undefined where the gateway cannot be asked; an up will tell why. */
export async function dryRun(
  client: GatewayClient,
  name: FlowName,
  { wasm, digest }: FlowPlan,
  { options }: FlowInputs,
  signal: AbortSignal,
): Promise<DryRunOutcome | undefined> {
  try {
    await client.uploadArtefact(wasm, { signal });
    const { state, stateBytes } = await client.dryRun(name, { artefact: digest, options }, { signal });
    return { state, stateBytes };
  } catch (error) {
    if (error instanceof GatewayError && error.step !== undefined)
      return { refusal: `${error.message} [${error.code}]` };
    if (error instanceof FlowFusionError) return undefined;
    throw error;
  }
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
