// The methods of Pulumi's ResourceProvider: each reads its request, asks the resource type that the URN names for the
// answer, and writes it down.

import { type Diagnostic, didYouMean, FlowFusionError } from "@flowfusion/graph";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import schema from "../schema.json" with { type: "json" };
import { ModuleShelf } from "./flow/modules.ts";
import { allFunctions, callFunction } from "./functions/index.ts";
import type { KnownResource, Operation, Resource, RowChange } from "./resource.ts";
import { allResources } from "./resources.ts";
import { diffResponse } from "./wire/diff.ts";
import { EngineLog } from "./wire/engine.ts";
import { takePlaces } from "./wire/places.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { doesPlaceChange, doRowsGo, hasRows, placeFailures, rowsGoText, rowsPlace } from "./wire/rows-place.ts";
import { InitFailed, line } from "./wire/status.ts";
import { fromStruct, toStruct, type WireObject } from "./wire/values.ts";
import { EngineViews, oldViews, viewTarget } from "./wire/views.ts";

/** A resource as a URN names it. */
interface Named {
  readonly urn: string;
  readonly name: string;
  readonly resource: Resource;
}

export class FlowFusionProvider {
  readonly #shelf = new ModuleShelf();
  readonly #resources = allResources(this.#shelf);
  readonly #functions = allFunctions(this.#shelf);
  readonly #log = new EngineLog();
  readonly #views = new EngineViews();
  readonly #stop = new AbortController();
  /** Resources that the SDK registered, which deletes one before another takes its place. Other programs may do it the other way round. */
  readonly #ofSdk = new Set<string>();
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
    const { resource, name } = this.#named(request);
    const { inputs: news, isOfSdk, locate } = takePlaces(fromStruct(request.getNews()));
    if (isOfSdk) this.#ofSdk.add(request.getUrn());
    const olds = fromStruct(request.getOlds());
    const { inputs, failures } = await resource.check(news, name, olds);
    const response = new providerPb.CheckResponse();
    const urn = request.getUrn();
    const place = resource.viewSteps === undefined ? {} : rowsPlace(news, urn, process.env);
    response.setInputs(toStruct({ ...inputs, ...place }));
    response.setFailuresList([...failures.map(locate), ...placeFailures(olds, urn)].map(failureOf));
    return response;
  }

  async diff(request: providerPb.DiffRequest): Promise<providerPb.DiffResponse> {
    const named = this.#named(request);
    const { resource } = named;
    const [olds, news] = [oldInputs(request), fromStruct(request.getNews())];
    const planned = await resource.diff(olds, news);
    const known = { state: fromStruct(request.getOlds()), news };
    const changes = planned.some(({ replaces }) => replaces)
      ? ((await resource.beforeReplace?.(planned, known, this.#operation(named))) ?? planned)
      : planned;
    return diffResponse(changes, resource.deleteBeforeReplace, doesPlaceChange(olds, news));
  }

  async create(request: providerPb.CreateRequest): Promise<providerPb.CreateResponse> {
    const named = this.#named(request);
    const inputs = fromStruct(request.getProperties());
    const response = new providerPb.CreateResponse();
    let made: ResourceRecord | undefined;
    if (request.getPreview()) {
      response.setProperties(toStruct(await named.resource.preview(inputs, {}, this.#operation(named))));
    } else {
      made = await named.resource.create(inputs, this.#operation(named));
      response.setId(made.id);
      response.setProperties(toStruct(made.outputs));
    }
    const mayHaveRows = made?.wasThere === true && !this.#ofSdk.has(named.urn);
    if (!mayHaveRows) await this.#publish(request, named, { before: [], inputs, changes: [] });
    return healthy(made, response);
  }

  async update(request: providerPb.UpdateRequest): Promise<providerPb.UpdateResponse> {
    const named = this.#named(request);
    const { resource } = named;
    const inputs = fromStruct(request.getNews());
    const state = fromStruct(request.getOlds());
    const response = new providerPb.UpdateResponse();
    let made: ResourceRecord | undefined;
    if (request.getPreview()) {
      const operation = this.#operation(named);
      response.setProperties(toStruct(await resource.preview(inputs, state, operation)));
      if (doRowsGo(oldInputs(request), inputs)) operation.tell(rowsGoText);
    } else {
      made = await resource.update(inputs, state, this.#operation(named));
      response.setProperties(toStruct(made.outputs));
    }
    const changes = await resource.diff(oldInputs(request), inputs);
    await this.#publish(request, named, { before: oldViews(request), inputs, changes });
    return healthy(made, response);
  }

  async read(request: providerPb.ReadRequest): Promise<providerPb.ReadResponse> {
    const named = this.#named(request);
    const { resource } = named;
    const known: KnownResource = {
      inputs: fromStruct(request.getInputs()),
      state: fromStruct(request.getProperties()),
    };
    requirePlace(known.inputs, named.urn);
    const isImport = Object.keys(known.inputs).length === 0 && Object.keys(known.state).length === 0;
    const target = isImport
      ? resource.importTarget(request.getId(), process.env)
      : { id: request.getId(), inputs: known.inputs };
    const old = { inputs: target.inputs, state: known.state };
    const found = await resource.read(target.id, old, this.#operation(named));
    const response = new providerPb.ReadResponse();
    const before = oldViews(request);
    if (found === undefined) {
      await this.#publish(request, named, { before, inputs: undefined, changes: [] });
      return response;
    }
    response.setId(found.id);
    response.setProperties(toStruct(found.outputs));
    response.setInputs(toStruct(found.inputs));
    if (!isImport) {
      const changes = await resource.diff(target.inputs, found.inputs);
      await this.#publish(request, named, { before, inputs: found.inputs, changes, found: "import" });
    }
    return healthy(found, response);
  }

  async delete(request: providerPb.DeleteRequest): Promise<emptyPb.Empty> {
    const named = this.#named(request);
    const operation = this.#operation(named);
    requirePlace(fromStruct(request.getOldInputs()), named.urn);
    try {
      await named.resource.delete(fromStruct(request.getProperties()), operation);
    } catch (error) {
      // At the address of another gateway there is nothing of ours to delete.
      if (!(error instanceof FlowFusionError) || error.code !== "FF_GATEWAY_OTHER") throw error;
      operation.warn(`Nothing was deleted: ${error.message}.`);
    }
    await this.#publish(request, named, { before: oldViews(request), inputs: undefined, changes: [] });
    return new emptyPb.Empty();
  }

  /** The resources that a component consists of. */
  async construct(request: providerPb.ConstructRequest): Promise<providerPb.ConstructResponse> {
    // Few programs have a fleet, and all wait for the provider to start.
    const { constructFleet, fleetToken } = await import("./fleet/index.ts");
    if (request.getType() !== fleetToken) throw unknownToken(request.getType(), "component", [fleetToken]);
    return constructFleet(request);
  }

  /** Resolves when the engine has all that operations have said so far. */
  told(): Promise<void> {
    return this.#log.arrived();
  }

  async invoke(request: providerPb.InvokeRequest): Promise<providerPb.InvokeResponse> {
    const token = request.getTok();
    const called = this.#functions.get(token);
    if (called === undefined) throw unknownToken(token, "function", [...this.#functions.keys()]);
    const { failures, result } = await callFunction(called, fromStruct(request.getArgs()), this.#stop.signal);
    const response = new providerPb.InvokeResponse();
    if (result !== undefined) response.setReturn(toStruct(result));
    response.setFailuresList(failures.map(failureOf));
    return response;
  }

  async cancel(): Promise<emptyPb.Empty> {
    this.#stop.abort();
    return new emptyPb.Empty();
  }

  /** `urn:pulumi:stack::project::type::name`; the type stands behind those of its parents. */
  #named(request: { getUrn(): string }): Named {
    const urn = request.getUrn();
    const [, , types = "", ...name] = urn.split("::");
    const token = types.split("$").at(-1)!;
    const resource = this.#resources.get(token);
    if (resource === undefined) throw unknownToken(token, "resource type", [...this.#resources.keys()]);
    return { urn, resource, name: name.join("::") };
  }

  #operation({ urn }: Named): Operation {
    return {
      urn,
      signal: this.#stop.signal,
      report: (message) => this.#log.ephemeral(urn, message),
      tell: (message) => this.#log.info(urn, message),
      warn: (message) => this.#log.warning(urn, message),
    };
  }

  /** Rows are told last: after they are, the operation must not fail any more. */
  async #publish(
    request: Parameters<typeof viewTarget>[0],
    { resource, name }: Named,
    rows: Omit<RowChange, "name" | "found"> & { readonly found?: RowChange["found"] },
  ): Promise<void> {
    if (!this.#supportsViews || resource.viewSteps === undefined) return;
    const told = hasRows(rows.inputs, process.env) ? rows : { ...rows, inputs: undefined };
    await this.#views.publish(viewTarget(request), resource.viewSteps({ name, found: "create", ...told }));
  }
}

/** The path goes into the reason: the CLI does not know how to show a nested property. */
function failureOf(diagnostic: Diagnostic): providerPb.CheckFailure {
  const failure = new providerPb.CheckFailure();
  failure.setReason(line(diagnostic));
  return failure;
}

/** For calls that cannot answer with failures. */
function requirePlace(inputs: WireObject, urn: string): void {
  for (const { code, message } of placeFailures(inputs, urn)) throw new FlowFusionError(code, message);
}

function unknownToken(token: string, what: string, known: readonly string[]): FlowFusionError {
  const hint = didYouMean(token, known) || `; it has ${known.join(", ")}`;
  return new FlowFusionError("FF_PROVIDER_INPUT", `"${token}" is no ${what} of flowfusion${hint}`);
}

function oldInputs(request: providerPb.DiffRequest | providerPb.UpdateRequest): WireObject {
  return fromStruct(request.getOldInputs() ?? request.getOlds());
}

function healthy<Response>(record: ResourceRecord | undefined, response: Response): Response {
  if (record !== undefined && record.problems.length > 0) throw new InitFailed(record);
  return response;
}
