// The life of a Flow: create, read, update and delete against a gateway. What is deployed is decided here; how Pulumi
// asks and is answered is not known here.
//
// Nothing is ever half applied: an artefact without a flow does no harm, and a flow changes in one request. What the gateway
// runs is compared by content: a version that is what the state knows, or what is wanted, is nobody's change, whatever its
// generation. So an up that was cut off goes on with the next one, and a version that the gateway put back is no drift.

import { authorText, changeText, type FlowStatus, GatewayError, withRetries } from "@flowfusion/client";
import { counted } from "@flowfusion/graph";
import type { KnownResource, Operation } from "../resource.ts";
import type { ResourceRecord } from "../wire/record.ts";
import type { WireObject } from "../wire/values.ts";
import { tellObstacle } from "./ahead.ts";
import { tellChange, tellCreation } from "./change-report.ts";
import { type Deployed, deploy } from "./deploy.ts";
import { diffFlow, diffOptions } from "./diff.ts";
import { type FlowInputs, readInputs } from "./inputs.ts";
import type { FlowOperation } from "./operation.ts";
import { deployedOutputs, keptOutputs, plannedOutputs, readOutputs } from "./outputs.ts";
import { type FlowPlan, kilobytes, planFlow } from "./plan.ts";
import { inRollout, stopped } from "./rollout.ts";
import { changedMeanwhile, flowExists, patience, type Target, targetOf } from "./target.ts";
import { awaitTrial, deploymentOf } from "./trial.ts";

export async function previewFlow(news: WireObject, state: WireObject, operation: FlowOperation): Promise<WireObject> {
  const inputs = readInputs(news);
  const plan = await fuseFlow(inputs, operation);
  const isSame = plan !== undefined && plan.digest === state.digest && sameOptions(inputs, readInputs(state));
  if (plan !== undefined && state.digest !== undefined && !isSame) {
    const before = readInputs(state);
    const isMoved = before.endpoint !== inputs.endpoint || before.name !== inputs.name;
    const isReached = !isMoved && inputs.endpoint !== undefined && inputs.token !== undefined;
    const runs = isReached ? targetOf(inputs) : undefined;
    await tellChange({ plan, news: inputs, before, state, runs }, operation);
  } else if (plan !== undefined && state.digest === undefined) {
    tellCreation(plan, operation);
    await tellObstacle(plan, inputs, operation);
  }
  return { ...news, ...(isSame ? keptOutputs(state) : plannedOutputs(plan)) };
}

export async function createFlow(news: WireObject, operation: FlowOperation): Promise<ResourceRecord> {
  const inputs = readInputs(news);
  return inRollout(inputs.rollout, async () => {
    const target = targetOf(inputs, patience);
    const plan = await fuseKnown(inputs, operation);
    const live = await target.client.getFlow(target.name, operation);
    if (live === undefined)
      return deployed(news, inputs, plan, await deploy(target, plan, inputs, "absent", operation));
    const isOurs = live.deployedVia === "pulumi" && live.deployedFor === operation.urn;
    const isWanted = live.artefact === plan.digest && sameOptions(live, inputs);
    if (!isOurs || !isWanted) throw flowExists(target, live, isOurs);
    operation.tell(
      `Taken over: the flow was made for this very resource already, as generation ${live.generation} at ${live.deployedAt}.`,
    );
    operation.takenOver.add(placeOf(target, operation));
    const taken = deployed(news, inputs, plan, await takeUp(target, live, operation));
    return { ...taken, wasThere: true };
  });
}

export async function updateFlow(
  news: WireObject,
  state: WireObject,
  operation: FlowOperation,
): Promise<ResourceRecord> {
  const inputs = readInputs(news);
  return inRollout(inputs.rollout, async () => {
    const target = targetOf(inputs, patience);
    const plan = await fuseKnown(inputs, operation);
    const live = await target.client.getFlow(target.name, operation);
    const known = Number(state.generation);
    if (live === undefined) throw changedMeanwhile(target, known, live);
    const isWanted = live.artefact === plan.digest && sameOptions(live, inputs) && live.condition === "running";
    if (isWanted && live.generation === known && live.trialUntil === undefined)
      return record(news, keptOutputs(state), live);
    if (isWanted) return deployed(news, inputs, plan, await takeUp(target, live, operation));
    if (live.generation !== known && !isKnown(live, state, operation)) throw changedMeanwhile(target, known, live);
    return deployed(news, inputs, plan, await deploy(target, plan, inputs, live.generation, operation));
  });
}

/** Goes on with a deploy whose end nobody has seen. */
async function takeUp(target: Target, live: FlowStatus, operation: FlowOperation): Promise<Deployed> {
  operation.report(`runs already, as generation ${live.generation}`);
  const deployment = await deploymentOf(target, live);
  const status = { ...live, ...(deployment !== undefined && { deployment }) };
  return { status, problems: await awaitTrial(target, status, operation) };
}

/** Undefined only when the gateway itself says that there is no such flow. */
export async function readFlow(
  id: string,
  old: KnownResource,
  operation: FlowOperation,
): Promise<ResourceRecord | undefined> {
  const oldInputs = readInputs(old.inputs);
  const target = targetOf({ ...oldInputs, name: id }, patience);
  const live = await target.client.getFlow(target.name, operation);
  if (live === undefined) return undefined;
  const seen: WireObject = {
    ...old.inputs,
    name: id,
    nodes: live.graph.nodes as WireObject,
    wires: live.graph.wires as WireObject,
    ...(isEmpty(live.options) && old.inputs.options === undefined ? {} : { options: live.options as WireObject }),
  };
  // Where nothing differs, the state's own spelling stays, so that a refresh of what is as it was changes nothing.
  const changes = diffFlow(oldInputs, readInputs(seen), await operation.shelf.builtIns());
  const inputs = changes.length === 0 ? old.inputs : seen;
  const isOurs = old.state.digest === undefined || old.state.digest === live.artefact;
  const sizeBytes =
    isOurs && typeof old.state.sizeBytes === "number" ? old.state.sizeBytes : await sizeOf(target, live, operation);
  const result = record(inputs, readOutputs(old.state, live, sizeBytes), live);
  if (isOurs) return { ...result, problems: [...result.problems, ...trialText(live)] };
  if (changes.length > 0) {
    operation.warn(
      changeText(
        live,
        changes.map(({ path }) => path),
      ),
    );
    return result;
  }
  const stranger =
    `The gateway runs the declared graph, but made of other modules: ${live.artefact} in place of ${String(old.state.digest)}, ` +
    `deployed ${authorText(live)}. The next up deploys what is declared.`;
  return { ...result, problems: [...result.problems, stranger] };
}

/** Whoever reads a version that is on trial has not seen its end; so it stays marked, and the next up waits for that. */
const trialText = ({ generation, trialUntil }: FlowStatus): string[] =>
  trialUntil === undefined
    ? []
    : [
        `Generation ${generation} is on trial until ${trialUntil} at the latest: the gateway decides by itself whether it stays, and the next up waits for that`,
      ];

/** Where an up replaces a resource before it deletes it, the flow of both is one, and runs on. */
const placeOf = ({ client, name }: Target, { urn }: Operation): string => [urn, client.endpoint, name].join("\n");

export async function deleteFlow(
  state: WireObject,
  operation: Operation & Pick<FlowOperation, "takenOver">,
): Promise<void> {
  // Tried again as a whole: each try looks first at what is there.
  const target = targetOf(readInputs(state), { attemptsMax: 1 });
  if (operation.takenOver.has(placeOf(target, operation))) return;
  const { client, name } = target;
  const known = Number(state.generation);
  await withRetries(patience, operation.signal, async () => {
    const live = await client.getFlow(name, operation);
    if (live === undefined) return;
    if (live.generation !== known && !isKnown(live, state, operation)) throw changedMeanwhile(target, known, live);
    try {
      await client.deleteFlow(name, { expected: live.generation });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (error.code === "FF_API_NOT_FOUND") return;
      if (error.code !== "FF_API_PRECONDITION_FAILED") throw error;
      throw changedMeanwhile(target, known, await client.getFlow(name));
    }
  });
}

async function fuseFlow(inputs: FlowInputs, operation: FlowOperation): Promise<FlowPlan | undefined> {
  if (inputs.unknowns.length === 0) operation.report("fusing");
  const beganMs = performance.now();
  const plan = await planFlow(inputs, operation.shelf);
  operation.signal.throwIfAborted();
  if (plan !== undefined) {
    const how = plan.isCached ? "from the cache" : `in ${((performance.now() - beganMs) / 1000).toFixed(1)} s`;
    operation.report(`fused ${counted(plan.graph.nodes.length, "node")} ${how}, ${kilobytes(plan.wasm.length)}`);
  }
  return plan;
}

async function fuseKnown(inputs: FlowInputs, operation: FlowOperation): Promise<FlowPlan> {
  const plan = await fuseFlow(inputs, operation);
  if (plan === undefined) throw new Error("an up was asked for while inputs are not known");
  return plan;
}

function deployed(
  news: WireObject,
  { rollout }: FlowInputs,
  plan: FlowPlan,
  { status, problems }: Deployed,
): ResourceRecord {
  const made = record(news, deployedOutputs(plan, status), status);
  const all = [...made.problems, ...problems];
  return { ...made, problems: rollout === undefined ? all : all.map((problem) => stopped(rollout, problem)) };
}

function record(inputs: WireObject, outputs: WireObject, status: FlowStatus): ResourceRecord {
  const problems =
    status.condition === "broken" ? [`The flow does not run: ${status.reason ?? "no reason given"}`] : [];
  return { id: status.name, inputs, outputs: { ...inputs, ...outputs }, problems };
}

async function sizeOf({ client }: Target, live: FlowStatus, operation: FlowOperation): Promise<number> {
  return (await client.downloadArtefact(live.artefact, operation)).length;
}

/** Whether what runs is what the state holds, or what the gateway has put back in the place of this very resource's version. */
function isKnown(live: FlowStatus, state: WireObject, { urn }: Operation): boolean {
  const { deployedVia, generation, managed } = live;
  const isPutBack = deployedVia === "gateway" && managed?.resource === urn && managed.generation === generation - 1;
  return isPutBack || (live.artefact === state.digest && sameOptions(live, readInputs(state)));
}

const sameOptions = (one: Pick<FlowInputs, "options">, other: Pick<FlowInputs, "options">): boolean =>
  diffOptions(one.options, other.options).length === 0;

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;
