// What a gateway is asked before a flow comes to it, so that a slip in its address is told while nothing has happened.

import { type FlowStatus, GatewayError } from "@flowfusion/client";
import { FlowFusionError } from "@flowfusion/graph";
import type { Operation } from "../resource.ts";
import type { PropertyChange } from "../wire/diff.ts";
import { dryRun } from "./dry-run.ts";
import type { FlowInputs } from "./inputs.ts";
import type { FlowOperation } from "./operation.ts";
import type { FlowPlan } from "./plan.ts";
import { lossOf } from "./replacement.ts";
import { flowExists, type Target, targetOf } from "./target.ts";

/** A preview can do without the answer, and is not held up for long. */
const askMs = 5_000;

/** Warns in a preview of what would refuse a flow that is new. */
export async function tellObstacle(plan: FlowPlan, inputs: FlowInputs, operation: FlowOperation): Promise<void> {
  if (inputs.endpoint === undefined || inputs.token === undefined) return;
  const target = targetOf(inputs, { attemptsMax: 2 });
  try {
    const live = await ask(target, operation);
    if (live === undefined) return await tellRefusal(target, plan, inputs, operation);
    if (live.deployedFor !== operation.urn) operation.warn(flowExists(target, live, false).message);
    else operation.warn(await isOurs(live, inputs, operation));
  } catch (error) {
    if (!(error instanceof FlowFusionError)) throw error;
    operation.warn(`As things are an up would fail: ${error.message} [${error.code}]`);
  }
}

/** Nobody tells a provider whether a resource is made since it is to be replaced by name. */
async function isOurs(live: FlowStatus, inputs: FlowInputs, { shelf }: FlowOperation): Promise<string> {
  const loss = lossOf(inputs, await shelf.builtIns());
  return (
    `The flow runs already, deployed for this very resource, as generation ${live.generation}. Where an up was cut off, the next takes ` +
    `it over; where it is replaced with --replace, it is deleted and made again: it pauses in between, and ${loss}.`
  );
}

async function tellRefusal(
  target: Target,
  plan: FlowPlan,
  inputs: FlowInputs,
  operation: FlowOperation,
): Promise<void> {
  const outcome = await dryRun(target, plan, inputs, operation);
  if ("refusal" in outcome) operation.warn(`The gateway would refuse this flow: ${outcome.refusal}`);
  if ("unasked" in outcome) operation.warn(`The gateway could not be asked what it makes of this: ${outcome.unasked}`);
}

/**
 * A flow leaves its old gateway before it comes to the new one, so the new one has to answer first. Where that runs this very
 * flow already, it is the old gateway under another address, and nothing has to be replaced. Throws where it cannot be asked.
 */
export async function settleMove(
  changes: readonly PropertyChange[],
  {
    before,
    after,
    generation,
  }: { readonly before: FlowInputs; readonly after: FlowInputs; readonly generation: number },
  operation: Operation,
): Promise<readonly PropertyChange[]> {
  const moves = changes.some(({ path, replaces }) => replaces && path === "gateway.endpoint");
  if (!moves || after.endpoint === undefined || after.token === undefined) return changes;
  const target = targetOf(after);
  try {
    const live = await ask(target, operation);
    const isSame = live?.deployedFor === operation.urn && live.generation === generation && before.name === after.name;
    return isSame ? changes.map((change) => ({ ...change, replaces: false })) : changes;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new FlowFusionError(
      error.code,
      `The flow would leave ${before.endpoint} for ${after.endpoint}, which cannot be asked, so it stays where it is: ${error.message}`,
      { cause: error },
    );
  }
}

const ask = ({ client, name }: Target, { signal }: Operation): Promise<FlowStatus | undefined> =>
  client.getFlow(name, { signal, timeoutMs: askMs });
