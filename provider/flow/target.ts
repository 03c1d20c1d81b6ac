// Where a flow is, and what is said when it is not what the stack knows.

import {
  authorText,
  defaultRetryPolicy,
  type ExpectedGeneration,
  type FlowStatus,
  type GatewayClient,
  type GatewayError,
  type RetryPolicy,
} from "@flowfusion/client";
import { FlowFusionError, type FlowName, parseFlowName } from "@flowfusion/graph";
import { clientOf } from "../access.ts";
import type { FlowInputs } from "./inputs.ts";

/** A flow's place: a gateway, and a name there. */
export interface Target {
  readonly client: GatewayClient;
  readonly name: FlowName;
}

/** A gateway that is just being started again is waited for. A preview does not, as it can do without. */
export const patience: RetryPolicy = { ...defaultRetryPolicy, attemptsMax: 6 };

export const targetOf = (inputs: FlowInputs, retry: Partial<RetryPolicy> = {}): Target => ({
  client: clientOf(inputs, retry),
  name: parseFlowName(inputs.name ?? ""),
});

/** `isOurs`: this very resource put it in place, by an up whose end the state does not know. */
export function flowExists({ client, name }: Target, live: FlowStatus, isOurs: boolean): FlowFusionError {
  const why = isOurs
    ? ". It was deployed for this very resource, but runs something else than the program says, so it is not taken over unasked"
    : live.deployedFor !== undefined
      ? ` for another resource, ${live.deployedFor}`
      : "";
  return new FlowFusionError(
    "FF_PROVIDER_FLOW_EXISTS",
    `The gateway at ${client.endpoint} has a flow "${name}" already, deployed ${authorText(live)}${why}. ` +
      `Take it over with \`pulumi import flowfusion:index:Flow <resource> ${client.endpoint}/v1/flows/${name}\`, or give this one another name.`,
  );
}

export function changedMeanwhile(
  { client, name }: Target,
  known: ExpectedGeneration,
  live: FlowStatus | undefined,
): FlowFusionError {
  const state = known === "absent" ? "was not there yet" : `was at generation ${known}`;
  const now =
    live === undefined
      ? "it is gone now"
      : `it is at generation ${live.generation} now, deployed ${authorText(live)}${noteOf(live)}`;
  return new FlowFusionError(
    "FF_PROVIDER_FLOW_CHANGED",
    `The flow "${name}" at ${client.endpoint} changed since the stack last saw it: it ${state}, ${now}. ` +
      "Nothing was changed. Run `pulumi refresh` to see what is different, then decide.",
  );
}

export function outcomeUnknown({ name }: Target, what: string, error: GatewayError, cause: unknown): FlowFusionError {
  return new FlowFusionError(
    "FF_PROVIDER_OUTCOME_UNKNOWN",
    `The ${what} of "${name}" was sent, its answer was lost, and the gateway cannot be asked what became of it: ${error.message}. ` +
      "Run `pulumi refresh` when the gateway is back.",
    { cause },
  );
}

/** Why the gateway itself went back to it. */
const noteOf = ({ note }: FlowStatus): string => (note === undefined ? "" : ` (${note})`);
