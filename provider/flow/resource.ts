// The life of a Flow: create, read, update and delete against a gateway. What is deployed is decided here; how Pulumi
// asks and is answered is not known here.
//
// Nothing is ever half applied: an artefact without a flow does no harm, and a flow changes in one request, which is
// bound to the generation that the state knows. That request is not aborted once sent; when its answer is lost, the
// gateway is asked what became of it.

import { type ExpectedGeneration, type FlowStatus, GatewayClient, GatewayError } from "@flowfusion/client";
import { FlowFusionError, type FlowName, parseFlowName } from "@flowfusion/graph";
import type { KnownResource, Operation, ResourceRecord } from "../resource.ts";
import { secret, type WireObject } from "../wire/values.ts";
import { tellChange } from "./change-report.ts";
import { diffFlow, diffOptions } from "./diff.ts";
import { type FlowInputs, readInputs } from "./inputs.ts";
import type { ModuleShelf } from "./modules.ts";
import { deployedOutputs, keptOutputs, plannedOutputs, readOutputs } from "./outputs.ts";
import { type FlowPlan, kilobytes, planFlow } from "./plan.ts";

export interface FlowOperation extends Operation {
  readonly shelf: ModuleShelf;
}

export async function previewFlow(news: WireObject, state: WireObject, operation: FlowOperation): Promise<WireObject> {
  const plan = await fuseFlow(readInputs(news), operation);
  const isSame = plan !== undefined && plan.digest === state.digest && sameOptions(news, state);
  if (plan !== undefined && state.digest !== undefined && !isSame) {
    const [inputs, before] = [readInputs(news), readInputs(state)];
    const isMoved = before.endpoint !== inputs.endpoint || before.name !== inputs.name;
    const isReached = !isMoved && inputs.endpoint !== undefined && inputs.token !== undefined;
    const runs = isReached ? { client: clientOf(inputs), name: flowName(inputs) } : undefined;
    await tellChange({ plan, news: inputs, before, state, runs }, operation);
  }
  return { ...news, ...(isSame ? keptOutputs(state) : plannedOutputs(plan)) };
}

export async function createFlow(news: WireObject, operation: FlowOperation): Promise<ResourceRecord> {
  const inputs = readInputs(news);
  const name = flowName(inputs);
  const client = clientOf(inputs);
  const plan = await fuseKnown(inputs, operation);
  const live = await client.getFlow(name, operation);
  if (live !== undefined) {
    throw new FlowFusionError(
      "FF_PROVIDER_FLOW_EXISTS",
      `The gateway at ${client.endpoint} has a flow "${name}" already, deployed ${whoAndWhen(live)}. ` +
        `Take it over with \`pulumi import flowfusion:index:Flow <resource> ${client.endpoint}/v1/flows/${name}\`, or give this one another name.`,
    );
  }
  const status = await deploy(client, name, plan, inputs, "absent", operation);
  return record(name, news, deployedOutputs(plan, status), status);
}

export async function updateFlow(
  news: WireObject,
  state: WireObject,
  operation: FlowOperation,
): Promise<ResourceRecord> {
  const inputs = readInputs(news);
  const name = flowName(inputs);
  const client = clientOf(inputs);
  const plan = await fuseKnown(inputs, operation);
  const live = await client.getFlow(name, operation);
  const known = Number(state.generation);
  if (live === undefined || live.generation !== known) throw changedMeanwhile(client, name, known, live);
  const isSame = live.artefact === plan.digest && sameOptions(news, state) && live.condition === "running";
  if (isSame) return record(name, news, keptOutputs(state), live);
  const status = await deploy(client, name, plan, inputs, known, operation);
  return record(name, news, deployedOutputs(plan, status), status);
}

/** Undefined only when the gateway itself says that there is no such flow. */
export async function readFlow(
  id: string,
  old: KnownResource,
  operation: FlowOperation,
): Promise<ResourceRecord | undefined> {
  const name = parseFlowName(id);
  const oldInputs = readInputs(old.inputs);
  const client = clientOf(oldInputs);
  const live = await client.getFlow(name, operation);
  if (live === undefined) return undefined;
  const seen: WireObject = {
    ...old.inputs,
    name,
    nodes: live.graph.nodes as WireObject,
    wires: live.graph.wires as WireObject,
    ...(isEmpty(live.options) && old.inputs.options === undefined ? {} : { options: live.options as WireObject }),
  };
  // Where nothing differs, the state's own spelling stays, so that a refresh of what is as it was changes nothing.
  const changes = diffFlow(oldInputs, readInputs(seen), await operation.shelf.builtIns());
  const inputs = changes.length === 0 ? old.inputs : seen;
  const isOurs = old.state.digest === undefined || old.state.digest === live.artefact;
  const sizeBytes =
    isOurs && typeof old.state.sizeBytes === "number" ? old.state.sizeBytes : await sizeOf(client, live, operation);
  const result = record(name, inputs, readOutputs(old.state, live, sizeBytes), live);
  if (isOurs) return result;
  if (changes.length > 0) {
    const paths = changes.map(({ path }) => path).join(", ");
    operation.warn(`Changed ${whoAndWhen(live)}, generation ${live.generation}: ${paths}.`);
    return result;
  }
  const stranger =
    `The gateway runs the declared graph, but made of other modules: ${live.artefact} in place of ${String(old.state.digest)}, ` +
    `deployed ${whoAndWhen(live)}. The next up deploys what is declared.`;
  return { ...result, problems: [...result.problems, stranger] };
}

export async function deleteFlow(state: WireObject, operation: Operation): Promise<void> {
  const inputs = readInputs(state);
  const client = clientOf(inputs);
  const name = flowName(inputs);
  try {
    await client.deleteFlow(name, { expected: Number(state.generation) }, operation);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "FF_API_NOT_FOUND") return;
    const live = isStale(error) ? await client.getFlow(name, operation) : undefined;
    if (isStale(error) && live === undefined) return;
    throw live === undefined ? error : changedMeanwhile(client, name, Number(state.generation), live);
  }
}

async function deploy(
  client: GatewayClient,
  name: FlowName,
  plan: FlowPlan,
  inputs: FlowInputs,
  expected: ExpectedGeneration,
  operation: FlowOperation,
): Promise<FlowStatus> {
  await client.uploadArtefact(plan.wasm, operation);
  if (inputs.options.development) {
    const { catalog } = await operation.shelf.catalogWith(inputs.modules);
    const used = new Set(plan.graph.nodes.map(({ type }) => type));
    await client.uploadModules(
      [...catalog].flatMap(([type, module]) => (used.has(type) ? [module] : [])),
      operation,
    );
  }
  operation.report(`uploaded ${kilobytes(plan.wasm.length)}, swapping`);
  operation.signal.throwIfAborted();
  const status = await swap(client, name, plan, inputs, expected);
  operation.report(
    status.swap === undefined || expected === "absent"
      ? `runs as generation ${status.generation}`
      : `swapped in ${status.swap.pauseMs.toFixed(1)} ms, ${status.swap.state.kept.length + status.swap.state.migrated.length} states kept`,
  );
  await onTrial(client, status, operation);
  return status;
}

/** Waits for what the gateway makes of the new version, and throws why it was rolled back, if it was. */
async function onTrial(client: GatewayClient, { deployment }: FlowStatus, operation: FlowOperation): Promise<void> {
  if (deployment === undefined) return;
  for await (const { phase, text, code } of client.followDeployment(deployment, operation)) {
    if (phase === "on_trial") operation.report(text);
    if (code === "FF_DEPLOY_UNHEALTHY") throw new FlowFusionError(code, `The gateway went back: ${text}`);
  }
}

/** The one request that changes what runs; from here on there is no abort. */
async function swap(
  client: GatewayClient,
  name: FlowName,
  plan: FlowPlan,
  inputs: FlowInputs,
  expected: ExpectedGeneration,
): Promise<FlowStatus> {
  try {
    return await client.deployFlow(name, { artefact: plan.digest, expected, options: inputs.options });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (isStale(error)) throw changedMeanwhile(client, name, expected, await client.getFlow(name));
    if (error.code !== "FF_GATEWAY_UNREACHABLE") throw error;
    const live = await client.getFlow(name).catch((cause) => {
      throw outcomeUnknown(name, error, cause);
    });
    const before = expected === "absent" ? 0 : expected;
    if (live !== undefined && live.generation > before && live.artefact === plan.digest) return live;
    throw error;
  }
}

async function fuseFlow(inputs: FlowInputs, operation: FlowOperation): Promise<FlowPlan | undefined> {
  if (inputs.unknowns.length === 0) operation.report("fusing");
  const plan = await planFlow(inputs, operation.shelf);
  operation.signal.throwIfAborted();
  if (plan !== undefined) operation.report(`fused ${plan.graph.nodes.length} nodes → ${kilobytes(plan.wasm.length)}`);
  return plan;
}

async function fuseKnown(inputs: FlowInputs, operation: FlowOperation): Promise<FlowPlan> {
  const plan = await fuseFlow(inputs, operation);
  if (plan === undefined) throw new Error("an up was asked for while inputs are not known");
  return plan;
}

function record(name: FlowName, inputs: WireObject, outputs: WireObject, status: FlowStatus): ResourceRecord {
  const problems =
    status.condition === "broken" ? [`The flow does not run: ${status.reason ?? "no reason given"}`] : [];
  return { id: name, inputs, outputs: { ...inputs, ...outputs }, problems };
}

async function sizeOf(client: GatewayClient, live: FlowStatus, operation: FlowOperation): Promise<number> {
  return (await client.downloadArtefact(live.artefact, operation)).length;
}

function clientOf({ endpoint, token, trust }: FlowInputs): GatewayClient {
  if (endpoint === undefined || token === undefined) throw noGateway();
  return new GatewayClient({ endpoint, token, tls: trust, tool: "pulumi" });
}

function flowName({ name }: FlowInputs): FlowName {
  return parseFlowName(name ?? "");
}

function sameOptions(news: WireObject, state: WireObject): boolean {
  return diffOptions(readInputs(state).options, readInputs(news).options).length === 0;
}

const isStale = (error: GatewayError): boolean => error.code === "FF_API_PRECONDITION_FAILED";
const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

function changedMeanwhile(
  client: GatewayClient,
  name: FlowName,
  known: ExpectedGeneration,
  live: FlowStatus | undefined,
): FlowFusionError {
  const state = known === "absent" ? "was not there yet" : `was at generation ${known}`;
  const now =
    live === undefined ? "it is gone now" : `it is at generation ${live.generation} now, deployed ${whoAndWhen(live)}`;
  return new FlowFusionError(
    "FF_PROVIDER_FLOW_CHANGED",
    `The flow "${name}" at ${client.endpoint} changed since the stack last saw it: it ${state}, ${now}. ` +
      "Nothing was changed. Run `pulumi refresh` to see what is different, then decide.",
  );
}

function outcomeUnknown(name: FlowName, error: GatewayError, cause: unknown): FlowFusionError {
  return new FlowFusionError(
    "FF_PROVIDER_OUTCOME_UNKNOWN",
    `The deploy of "${name}" was sent, its answer was lost, and the gateway cannot be asked what became of it: ${error.message}. ` +
      "Run `pulumi refresh` when the gateway is back.",
    { cause },
  );
}

function noGateway(): FlowFusionError {
  return new FlowFusionError(
    "FF_PROVIDER_GATEWAY",
    "The state does not say which gateway the flow is on. To import, give the flow's URL as the id " +
      "(http://127.0.0.1:7480/v1/flows/boiler) and the token in FLOWFUSION_TOKEN.",
  );
}

/** What an import knows: the flow's URL as the id, and the token in the environment. */
export function importTarget(id: string, environment: NodeJS.ProcessEnv): { id: string; inputs: WireObject } {
  const url = /^(https?:\/\/.+?)\/v1\/flows\/([^/]+)$/.exec(id);
  const endpoint = url?.[1] ?? environment.FLOWFUSION_ENDPOINT;
  const token = environment.FLOWFUSION_TOKEN;
  if (endpoint === undefined || token === undefined) throw noGateway();
  const name = parseFlowName(url?.[2] ?? id);
  return { id: name, inputs: { gateway: { endpoint, token: secret(token) }, name } };
}

/** "in the console by ann at 2026-01-01T00:00:00Z". */
function whoAndWhen({ deployedVia, deployedBy, deployedAt }: FlowStatus): string {
  const places: { readonly [Via in FlowStatus["deployedVia"]]?: string } = {
    console: "in the console ",
    cli: "with flowfusion ",
    pulumi: "with Pulumi ",
  };
  return `${places[deployedVia] ?? ""}by ${deployedBy} at ${deployedAt}`;
}
