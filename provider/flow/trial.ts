// What becomes of a version that was swapped in: the gateway tries it for a while, and goes back when it is worse than the one
// before. Followed as it happens; a connection that breaks is made anew.

import { authorText, type DeploymentEvent, type FlowStatus, GatewayError, withRetries } from "@flowfusion/client";
import { type ErrorCode, errorRegistry, FlowFusionError } from "@flowfusion/graph";
import type { Operation } from "../resource.ts";
import { patience, type Target } from "./target.ts";

/**
 * Waits for the end of the trial, and throws why the version did not stay, if it did not. Gives what could not be found out
 * about a version that runs.
 */
export async function awaitTrial(target: Target, status: FlowStatus, operation: Operation): Promise<string[]> {
  const { deployment, generation } = status;
  if (deployment === undefined) return [];
  try {
    const last = await follow(target, deployment, operation);
    if (last === undefined)
      return [
        `Stopped while generation ${generation} is on trial: the gateway decides by itself whether it stays, and the next up waits for that`,
      ];
    if (last.phase === "interrupted") return await afterRestart(target, status);
    if (last.phase !== "healthy") throw await didNotStay(target, last);
    return [];
  } catch (error) {
    if (error instanceof GatewayError && error.code === "FF_API_NOT_FOUND") return afterRestart(target, status);
    if (!(error instanceof GatewayError) || error.code !== "FF_GATEWAY_UNREACHABLE") throw error;
    return [`Generation ${generation} was swapped in, and whether it passed its trial is not known: ${error.message}`];
  }
}

/** The deploy of the version that runs, as far as the gateway remembers it; one that it went back to is on no trial. */
export async function deploymentOf({ client, name }: Target, { generation }: FlowStatus): Promise<string | undefined> {
  const { items } = await client.deployments({ limit: 200 });
  const broughtIt = (event: DeploymentEvent) => event.generation === generation && event.phase !== "rolled_back";
  return items.find(({ flow, events }) => flow === name && events.some(broughtIt))?.id;
}

/** The event that ends the deploy; undefined when the operation was stopped before. */
async function follow(
  { client }: Target,
  deployment: string,
  operation: Operation,
): Promise<DeploymentEvent | undefined> {
  let seen = 0;
  let swapped = "";
  return withRetries(patience, operation.signal, async () => {
    for await (const event of client.followDeployment(deployment, operation)) {
      if (event.number <= seen) continue;
      seen = event.number;
      if (event.swap !== undefined && event.phase === "deploying") swapped = `${swapText(event.swap)}, `;
      operation.report(event.swap === undefined ? `${swapped}${event.text}` : `${swapped}on its way`);
      if (event.phase !== "deploying" && event.phase !== "on_trial") return event;
    }
    if (operation.signal.aborted) return undefined;
    throw new GatewayError("FF_GATEWAY_UNREACHABLE", `${client.endpoint} ended the report of its deploy too early`, {
      endpoint: client.endpoint,
    });
  }).catch((error: unknown) => {
    if (operation.signal.aborted) return undefined;
    throw error;
  });
}

function swapText({ pauseMs, state: { kept, migrated } }: NonNullable<DeploymentEvent["swap"]>): string {
  // A flow that is new stands in nothing's place.
  if (pauseMs === 0) return "started";
  const loaded = kept.length + migrated.length;
  const state = loaded === 0 ? "" : `state loaded for ${loaded} ${loaded === 1 ? "node" : "nodes"}, `;
  return `${state}swapped in ${pauseMs.toFixed(1)} ms`;
}

async function didNotStay({ client, name }: Target, { phase, text, code }: DeploymentEvent): Promise<FlowFusionError> {
  const known: ErrorCode =
    code !== undefined && Object.hasOwn(errorRegistry, code) ? (code as ErrorCode) : "FF_DEPLOY_SUPERSEDED";
  if (phase !== "superseded")
    return new FlowFusionError(known, phase === "rolled_back" ? `The gateway went back: ${text}` : text);
  const live = await client.getFlow(name).catch(() => undefined);
  const now = live === undefined ? "" : `: generation ${live.generation}, deployed ${authorText(live)}`;
  return new FlowFusionError("FF_DEPLOY_SUPERSEDED", `${text}${now}`);
}

/** The gateway was started again, and does not remember the deploy: it runs what is recorded, without a trial. */
async function afterRestart({ client, name }: Target, { generation }: FlowStatus): Promise<string[]> {
  const live = await client.getFlow(name);
  if (live?.generation !== generation)
    throw new FlowFusionError(
      "FF_DEPLOY_SUPERSEDED",
      `Generation ${generation} was swapped in, the gateway was started again, and ${live === undefined ? "the flow is gone" : `generation ${live.generation} runs now, deployed ${authorText(live)}`}`,
    );
  return [
    `Generation ${generation} runs, but the gateway was started again before its trial was over, which judges it no more`,
  ];
}
