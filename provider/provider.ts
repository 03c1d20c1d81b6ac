// The methods of Pulumi's ResourceProvider: each reads its request, asks flow/ for the answer and writes it down.

import { FlowFusionError, parseFlowName } from "@flowfusion/graph";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import schema from "../schema.json" with { type: "json" };
import { checkFlow } from "./flow/check.ts";
import { diffFlow, type PropertyChange } from "./flow/diff.ts";
import { readInputs } from "./flow/inputs.ts";
import { ModuleShelf } from "./flow/modules.ts";
import {
  createFlow,
  deleteFlow,
  type FlowRecord,
  importTarget,
  type Operation,
  previewFlow,
  readFlow,
  updateFlow,
} from "./flow/resource.ts";
import { flowViews, type View, viewSteps } from "./flow/views.ts";
import { diffResponse } from "./wire/diff.ts";
import { EngineLog } from "./wire/engine.ts";
import { InitFailed, line } from "./wire/status.ts";
import { fromStruct, toStruct, type WireObject } from "./wire/values.ts";
import { oldViews, publishViews, viewTarget } from "./wire/views.ts";

export const flowToken = "flowfusion:index:Flow";

export class FlowProvider {
  readonly #shelf = new ModuleShelf();
  readonly #log = new EngineLog();
  readonly #stop = new AbortController();
  #supportsViews = false;

  async handshake(request: providerPb.ProviderHandshakeRequest): Promise<providerPb.ProviderHandshakeResponse> {
    this.#log.connect(request.getEngineAddress());
    this.#supportsViews = request.getSupportsViews();
    const response = new providerPb.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    response.setAcceptResources(true);
    return response;
  }

  async attach(request: pluginPb.PluginAttach): Promise<emptyPb.Empty> {
    this.#log.connect(request.getAddress());
    return new emptyPb.Empty();
  }

  async getPluginInfo(): Promise<pluginPb.PluginInfo> {
    const response = new pluginPb.PluginInfo();
    response.setVersion(schema.version);
    return response;
  }

  async getSchema(): Promise<providerPb.GetSchemaResponse> {
    const response = new providerPb.GetSchemaResponse();
    response.setSchema(JSON.stringify(schema));
    return response;
  }

  /** The provider has no configuration of its own: where the gateway is belongs to each flow. */
  async checkConfig(request: providerPb.CheckRequest): Promise<providerPb.CheckResponse> {
    const response = new providerPb.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }

  async diffConfig(): Promise<providerPb.DiffResponse> {
    const response = new providerPb.DiffResponse();
    response.setChanges(providerPb.DiffResponse.DiffChanges.DIFF_NONE);
    return response;
  }

  async configure(): Promise<providerPb.ConfigureResponse> {
    const response = new providerPb.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setAcceptresources(true);
    response.setSupportspreview(true);
    return response;
  }

  async check(request: providerPb.CheckRequest): Promise<providerPb.CheckResponse> {
    const { inputs, failures } = await checkFlow(fromStruct(request.getNews()), nameOf(request.getUrn()), this.#shelf);
    const response = new providerPb.CheckResponse();
    response.setInputs(toStruct(inputs));
    for (const diagnostic of failures) {
      // The path goes into the reason: the CLI does not know how to show a nested property.
      const failure = new providerPb.CheckFailure();
      failure.setReason(line(diagnostic));
      response.addFailures(failure);
    }
    return response;
  }

  async diff(request: providerPb.DiffRequest): Promise<providerPb.DiffResponse> {
    const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
    return diffResponse(await this.#changes(olds, fromStruct(request.getNews())));
  }

  async create(request: providerPb.CreateRequest): Promise<providerPb.CreateResponse> {
    const news = fromStruct(request.getProperties());
    const operation = this.#operation(request.getUrn());
    const response = new providerPb.CreateResponse();
    let made: FlowRecord | undefined;
    if (request.getPreview()) {
      response.setProperties(toStruct(await previewFlow(news, {}, operation)));
    } else {
      made = await createFlow(news, operation);
      response.setId(made.id);
      response.setProperties(toStruct(made.outputs));
    }
    await this.#publish(request, request.getUrn(), [], news, []);
    return healthy(made, response);
  }

  async update(request: providerPb.UpdateRequest): Promise<providerPb.UpdateResponse> {
    const news = fromStruct(request.getNews());
    const state = fromStruct(request.getOlds());
    const operation = this.#operation(request.getUrn());
    const response = new providerPb.UpdateResponse();
    let made: FlowRecord | undefined;
    if (request.getPreview()) {
      response.setProperties(toStruct(await previewFlow(news, state, operation)));
    } else {
      made = await updateFlow(news, state, operation);
      response.setProperties(toStruct(made.outputs));
    }
    const changes = await this.#changes(fromStruct(request.getOldInputs() ?? request.getOlds()), news);
    await this.#publish(request, request.getUrn(), oldViews(request), news, changes);
    return healthy(made, response);
  }

  async read(request: providerPb.ReadRequest): Promise<providerPb.ReadResponse> {
    const known = { inputs: fromStruct(request.getInputs()), state: fromStruct(request.getProperties()) };
    const isImport = Object.keys(known.inputs).length === 0 && Object.keys(known.state).length === 0;
    const target = isImport
      ? importTarget(request.getId(), process.env)
      : { name: parseFlowName(request.getId()), inputs: known.inputs };
    const old = { inputs: target.inputs, state: known.state };
    const found = await readFlow(target.name, old, this.#operation(request.getUrn()));
    const response = new providerPb.ReadResponse();
    const before = oldViews(request);
    if (found === undefined) {
      await this.#publishSteps(request, viewSteps(before, [], []));
      return response;
    }
    response.setId(found.id);
    response.setProperties(toStruct(found.outputs));
    response.setInputs(toStruct(found.inputs));
    if (!isImport) {
      const changes = await this.#changes(target.inputs, found.inputs);
      const next = flowViews(nameOf(request.getUrn()), readInputs(found.inputs));
      await this.#publishSteps(request, viewSteps(before, next, changes, "import"));
    }
    return healthy(found, response);
  }

  async delete(request: providerPb.DeleteRequest): Promise<emptyPb.Empty> {
    await deleteFlow(fromStruct(request.getProperties()), this.#operation(request.getUrn()));
    await this.#publishSteps(request, viewSteps(oldViews(request), [], []));
    return new emptyPb.Empty();
  }

  async cancel(): Promise<emptyPb.Empty> {
    this.#stop.abort();
    return new emptyPb.Empty();
  }

  #operation(urn: string): Operation {
    return {
      shelf: this.#shelf,
      signal: this.#stop.signal,
      report: (message) => this.#log.ephemeral(urn, message),
      tell: (message) => this.#log.info(urn, message),
      warn: (message) => this.#log.warning(urn, message),
    };
  }

  async #changes(olds: WireObject, news: WireObject): Promise<PropertyChange[]> {
    return diffFlow(readInputs(olds), readInputs(news), await this.#shelf.builtIns());
  }

  async #publish(
    request: Parameters<typeof viewTarget>[0],
    urn: string,
    before: readonly View[],
    news: WireObject,
    changes: readonly PropertyChange[],
  ): Promise<void> {
    const inputs = readInputs(news);
    // While the nodes are not known there is nothing to compare; each row that is there has to be accounted for.
    const isPending = inputs.unknowns.some(
      (steps) => steps.length === 1 && (steps[0] === "nodes" || steps[0] === "wires"),
    );
    const next = isPending ? before : flowViews(nameOf(urn), inputs);
    await this.#publishSteps(request, viewSteps(before, next, changes));
  }

  /** Views are told last: after they are, the operation must not fail any more. */
  async #publishSteps(request: Parameters<typeof viewTarget>[0], steps: ReturnType<typeof viewSteps>): Promise<void> {
    if (this.#supportsViews) await publishViews(viewTarget(request), steps);
  }
}

function healthy<Response>(record: FlowRecord | undefined, response: Response): Response {
  if (record !== undefined && record.problems.length > 0) throw new InitFailed(record);
  return response;
}

/** The resource's name, the last part of `urn:pulumi:stack::project::type::name`. A provider has one resource type. */
function nameOf(urn: string): string {
  const [, , type = "", ...name] = urn.split("::");
  if (type.split("$").at(-1) !== flowToken) {
    throw new FlowFusionError("FF_PROVIDER_INPUT", `"${type}" is no resource type of flowfusion; it has ${flowToken}`);
  }
  return name.join("::");
}
