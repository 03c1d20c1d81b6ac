// Brings a fused flow onto its gateway: upload, swap, trial, each told in the resource's row.
//
// A flow changes in one request, which is bound to the generation that was seen. It is not aborted once sent; when its answer
// is lost, the gateway is asked what became of it, and it is sent again only when that was nothing. After it there is
// no way back but the gateway's own: whoever stops waiting finds the new version in the state.

import {
  defaultRetryPolicy,
  type ExpectedGeneration,
  type FlowStatus,
  GatewayError,
  withRetries,
} from "@flowfusion/client";
import type { FlowInputs } from "./inputs.ts";
import type { FlowOperation } from "./operation.ts";
import { type FlowPlan, kilobytes } from "./plan.ts";
import { changedMeanwhile, outcomeUnknown, type Target } from "./target.ts";
import { awaitTrial } from "./trial.ts";

export interface Deployed {
  readonly status: FlowStatus;
  /** What is not known of the version, which runs. */
  readonly problems: readonly string[];
}

export async function deploy(
  target: Target,
  plan: FlowPlan,
  inputs: FlowInputs,
  expected: ExpectedGeneration,
  operation: FlowOperation,
): Promise<Deployed> {
  const isNew = await bring(target, plan, inputs, operation);
  const size = kilobytes(plan.wasm.length);
  operation.report(isNew ? `uploaded ${size}, swapping` : `${size} are on the gateway already, swapping`);
  operation.signal.throwIfAborted();
  const status = await swap(target, plan, inputs, expected, operation);
  return { status, problems: await awaitTrial(target, status, operation) };
}

/**
 * Uploads what a deploy needs and the gateway has not, and tells whether the artefact was among it. Without a flow it does no
 * harm there.
 */
export async function bring(
  target: Target,
  plan: FlowPlan,
  inputs: FlowInputs,
  operation: FlowOperation,
): Promise<boolean> {
  const isNew = await bringArtefact(target, plan, operation);
  if (inputs.options.development) await uploadModules(target, plan, inputs, operation);
  return isNew;
}

async function bringArtefact({ client }: Target, { digest, wasm }: FlowPlan, { signal, report }: FlowOperation) {
  if (await client.hasArtefact(digest, { signal })) return false;
  report(`uploading ${kilobytes(wasm.length)}`);
  await client.uploadArtefact(wasm, { signal });
  return true;
}

async function uploadModules(
  { client }: Target,
  plan: FlowPlan,
  inputs: FlowInputs,
  operation: FlowOperation,
): Promise<void> {
  const { catalog } = await operation.shelf.catalogWith(inputs.modules);
  const used = new Set(plan.graph.nodes.map(({ type }) => type));
  const modules = [...catalog].flatMap(([type, module]) => (used.has(type) ? [module] : []));
  await client.uploadModules(modules, operation);
}

/** The one request that changes what runs. */
async function swap(
  target: Target,
  plan: FlowPlan,
  { options }: FlowInputs,
  expected: ExpectedGeneration,
  { signal, urn }: FlowOperation,
): Promise<FlowStatus> {
  const { client, name } = target;
  const isOurs = (live: FlowStatus | undefined): live is FlowStatus =>
    live?.artefact === plan.digest && live.generation > (expected === "absent" ? 0 : expected);
  return withRetries(defaultRetryPolicy, signal, async (attempt) => {
    try {
      return await client.deployFlow(name, { artefact: plan.digest, expected, options, resource: urn });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const isStale = error.code === "FF_API_PRECONDITION_FAILED";
      if (!isStale && error.code !== "FF_GATEWAY_UNREACHABLE") throw error;
      const live = await client.getFlow(name).catch((cause) => {
        throw isStale ? error : outcomeUnknown(target, "deploy", error, cause);
      });
      // A try before this one may have been heard after all.
      if (isOurs(live) && !(isStale && attempt === 1)) return live;
      if (isStale || (live?.generation ?? "absent") !== expected) throw changedMeanwhile(target, expected, live);
      throw error;
    }
  });
}
