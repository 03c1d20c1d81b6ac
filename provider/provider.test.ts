// The provider as the engine meets it, over gRPC: with an engine's status service that records what is published, and
// a gateway that answers as each test wants. What the real ones do together is in test/system.

import { rmSync } from "node:fs";
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FlowStatus } from "@flowfusion/client";
import { readArtefact } from "@flowfusion/fusion";
import { type Digest, type FlowName, graphDocument, sha256 } from "@flowfusion/graph";
import { credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { ResourceStatusService } from "@pulumi/pulumi/proto/resource_status_grpc_pb.js";
import statusPb from "@pulumi/pulumi/proto/resource_status_pb.js";
import rpcStatusPb from "@pulumi/pulumi/proto/status_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { flowToken, type RunningProvider, startProvider } from "./index.ts";
import { fromStruct, secret, toStruct, type WireObject } from "./wire/values.ts";

// With a cache of its own, so that one graph is fused once for all tests; before the provider is loaded.
const cacheFolder = vi.hoisted(() => {
  process.env.FLOWFUSION_FUSER_BUILD = "test";
  process.env.XDG_CACHE_HOME = `${process.env.TMPDIR ?? "/tmp"}/flowfusion-cache-${process.pid}`;
  return process.env.XDG_CACHE_HOME;
});

const urn = `urn:pulumi:dev::test::${flowToken}::boiler`;

/** A gateway of one flow. A handler of the test's own sees each request first and says whether it answered. */
class ScriptedGateway {
  readonly requests: string[] = [];
  intercept: (request: string, response: ServerResponse, apply: () => void) => boolean = () => false;
  flow: FlowStatus | undefined;
  #artefacts = new Map<string, Buffer>();
  #server!: HttpServer;

  async open(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const [name, digest] = [
      `${request.method} ${request.url?.replace(/sha256:.*/, "DIGEST")}`,
      request.url!.split("/").at(-1)!,
    ];
    this.requests.push(name);
    const deploy = () => this.#deploy(JSON.parse(body.toString()).artefact);
    if (this.intercept(name, response, deploy)) return;
    if (name.startsWith("PUT /v1/artefacts/")) {
      this.#artefacts.set(sha256(body), body);
      reply(response, 201, { digest: sha256(body), sizeBytes: body.length, graphDigest: sha256(body) });
    } else if (name.startsWith("PUT ")) {
      deploy();
      reply(response, 200, this.flow);
    } else if (name.startsWith("HEAD /v1/artefacts/")) {
      response.writeHead(this.#artefacts.has(digest) ? 200 : 404).end();
    } else if (name.startsWith("GET /v1/artefacts/")) {
      response.writeHead(200, { "content-type": "application/wasm" }).end(this.#artefacts.get(this.flow!.artefact));
    } else if (this.flow === undefined) problem(response, 404, "FF_API_NOT_FOUND", "no such flow");
    else if (request.method === "DELETE") {
      this.flow = undefined;
      response.writeHead(204).end();
    } else reply(response, 200, this.flow);
  }

  /** Puts another module in the flow's place, as if made of other node modules. */
  exchange(bytes: Buffer): void {
    const artefact = sha256(bytes);
    this.#artefacts.set(artefact, bytes);
    this.flow = { ...this.flow!, artefact, generation: this.flow!.generation + 1 };
  }

  #deploy(digest: Digest): void {
    const { graph } = readArtefact(new Uint8Array(this.#artefacts.get(digest)!));
    this.flow = {
      name: "boiler" as FlowName,
      generation: (this.flow?.generation ?? 0) + 1,
      artefact: digest,
      graphDigest: digest,
      graph: graphDocument(graph),
      options: {},
      condition: "running",
      deployedAt: "2026-01-01T00:00:00Z",
      deployedBy: "token",
      deployedVia: "pulumi",
      swap: { pauseMs: 0.5, stateBytes: 0, state: { kept: [], migrated: [], reset: [] } },
    };
  }
}

function reply(response: ServerResponse, code: number, body: unknown, type = "application/json"): void {
  response.writeHead(code, { "content-type": type }).end(typeof body === "string" ? body : JSON.stringify(body));
}

function problem(response: ServerResponse, code: number, name: string, detail: string, more: object = {}): void {
  const document = {
    type: "",
    title: "",
    status: code,
    code: name,
    detail,
    remedy: "",
    requestId: "1",
    diagnostics: [],
  };
  reply(response, code, { ...document, ...more }, "application/problem+json");
}

/** What an engine hears of rows: `2 flowfusion:index:Node boiler/hot` is a creation. */
class RecordingEngine {
  readonly steps: string[] = [];
  readonly #server = new Server();
  address = "";

  async open(): Promise<void> {
    this.#server.addService(ResourceStatusService, {
      publishViewSteps: (
        call: { request: statusPb.PublishViewStepsRequest },
        callback: (error: null, response: statusPb.PublishViewStepsResponse) => void,
      ) => {
        const names = Object.entries(statusPb.ViewStep.Op);
        for (const step of call.request.getStepsList()) {
          this.steps.push(`${names.find(([, op]) => op === step.getOp())![0]} ${step.getName()}`);
        }
        callback(null, new statusPb.PublishViewStepsResponse());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.address = `127.0.0.1:${port}`;
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

let gateway: ScriptedGateway;
let engine: RecordingEngine;
let provider: RunningProvider;
let client: ResourceProviderClient;

beforeEach(async () => {
  gateway = new ScriptedGateway();
  engine = new RecordingEngine();
  await Promise.all([gateway.open(), engine.open()]);
  provider = await startProvider();
  client = new ResourceProviderClient(`127.0.0.1:${provider.port}`, credentials.createInsecure());
  await handshake(true);
});

afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

afterEach(() => {
  client.close();
  provider.close();
  engine.close();
  gateway.close();
});

/** Calls a method of the client and gives its answer, or the error as a rejection. */
function call<Request, Response>(
  method: (request: Request, callback: (error: ServiceError | null, response: Response) => void) => unknown,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

async function handshake(supportsViews: boolean): Promise<void> {
  const request = new providerPb.ProviderHandshakeRequest();
  request.setSupportsViews(supportsViews);
  await call(client.handshake, request);
}

function inputs(threshold = 90): WireObject {
  return {
    name: "boiler",
    gateway: { endpoint: gateway.endpoint, token: secret("t") },
    nodes: {
      temps: { type: "tag_input", props: { tags: ["a"] } },
      hot: { type: "filter", props: { op: ">", value: threshold } },
    },
    wires: { "temps.out -> hot.in": {} },
  };
}

async function create(properties: WireObject, preview = false): Promise<{ id: string; outputs: WireObject }> {
  const request = new providerPb.CreateRequest();
  request.setUrn(urn);
  request.setProperties(toStruct(properties));
  request.setPreview(preview);
  request.setResourceStatusAddress(engine.address);
  request.setResourceStatusToken("token");
  const response = await call<providerPb.CreateRequest, providerPb.CreateResponse>(client.create, request);
  return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
}

async function update(state: WireObject, news: WireObject): Promise<WireObject> {
  const request = new providerPb.UpdateRequest();
  request.setId("boiler");
  request.setUrn(urn);
  request.setOlds(toStruct(state));
  request.setOldInputs(toStruct(inputs()));
  request.setNews(toStruct(news));
  const response = await call<providerPb.UpdateRequest, providerPb.UpdateResponse>(client.update, request);
  return fromStruct(response.getProperties());
}

async function read(id: string, old: { inputs?: WireObject; state?: WireObject }): Promise<providerPb.ReadResponse> {
  const request = new providerPb.ReadRequest();
  request.setId(id);
  request.setUrn(urn);
  if (old.inputs) request.setInputs(toStruct(old.inputs));
  if (old.state) request.setProperties(toStruct(old.state));
  request.setResourceStatusAddress(engine.address);
  request.setResourceStatusToken("token");
  return call(client.read, request);
}

const failure = (promise: Promise<unknown>): Promise<ServiceError> =>
  promise.then(
    () => expect.fail("it succeeded"),
    (error) => error,
  );

function initFailure(error: ServiceError): providerPb.ErrorResourceInitFailed.AsObject {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const [detail] = rpcStatusPb.Status.deserializeBinary(new Uint8Array(bytes as Buffer)).getDetailsList();
  return providerPb.ErrorResourceInitFailed.deserializeBinary(detail!.getValue_asU8()).toObject();
}

describe("rows", () => {
  test("are published once an operation has succeeded", async () => {
    await create(inputs());
    expect(engine.steps).toEqual(["CREATE boiler/hot", "CREATE boiler/temps", "CREATE boiler/temps.out->hot.in"]);
  });

  test("are published for a preview, which asks the gateway whether the flow could come, and makes none", async () => {
    const { outputs } = await create(inputs(), true);
    expect(engine.steps).toHaveLength(3);
    expect(outputs.digest).toMatch(/^sha256:/);
    expect(outputs.generation).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(gateway.requests.filter((request) => request.startsWith("PUT /v1/flows"))).toEqual([]);
  });

  test("are not published by an operation that fails", async () => {
    gateway.intercept = (name, response) => {
      if (!name.startsWith("PUT /v1/flows")) return false;
      problem(response, 422, "FF_DEPLOY_LIMITS", "too much");
      return true;
    };
    const error = await failure(create(inputs()));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.details).toContain("too much");
    expect(engine.steps).toEqual([]);
  });

  test("are kept from an engine that knows none", async () => {
    await handshake(false);
    await create(inputs());
    expect(engine.steps).toEqual([]);
  });

  test("that a refresh finds are imported, as a row created then would be kept nowhere", async () => {
    const { outputs } = await create(inputs());
    engine.steps.length = 0;
    await read("boiler", { inputs: inputs(), state: outputs });
    expect(engine.steps).toEqual(["IMPORT boiler/hot", "IMPORT boiler/temps", "IMPORT boiler/temps.out->hot.in"]);
  });
});

describe("a deploy whose answer is lost", () => {
  const onDeploy = (act: (response: ServerResponse, apply: () => void) => void): void => {
    gateway.intercept = (name, response, apply) => {
      if (!name.startsWith("PUT /v1/flows")) return false;
      act(response, apply);
      return true;
    };
  };

  test("counts as done when the gateway runs what was sent", async () => {
    onDeploy((response, apply) => {
      apply();
      response.destroy();
    });
    expect((await create(inputs())).outputs).toMatchObject({ generation: 1 });
  });

  test("counts as refused when the gateway runs what it ran before", async () => {
    onDeploy((response) => response.destroy());
    const error = await failure(create(inputs()));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.details).toContain("FF_GATEWAY_UNREACHABLE");
  });

  test("is reported as unknown when the gateway cannot be asked", async () => {
    onDeploy((response) => {
      response.destroy();
      gateway.close();
    });
    const error = await failure(create(inputs()));
    expect(error.code).toBe(status.UNKNOWN);
    expect(error.details).toContain("FF_PROVIDER_OUTCOME_UNKNOWN");
    expect(error.details).toContain("pulumi refresh");
  });
});

describe("cancelling", () => {
  test("before the swap stops the operation, and nothing was changed", async () => {
    gateway.intercept = (name) => {
      if (!name.startsWith("PUT /v1/artefacts")) return false;
      void call(client.cancel, new emptyPb.Empty());
      return true;
    };
    const error = await failure(create(inputs()));
    expect(error.code).toBe(status.CANCELLED);
    expect(gateway.flow).toBeUndefined();
    expect(engine.steps).toEqual([]);
  });

  test("during the swap lets it end, so that the state knows what runs", async () => {
    gateway.intercept = (name, response, apply) => {
      if (!name.startsWith("PUT /v1/flows")) return false;
      void call(client.cancel, new emptyPb.Empty()).then(() => {
        apply();
        reply(response, 200, gateway.flow);
      });
      return true;
    };
    expect((await create(inputs())).outputs).toMatchObject({ generation: 1 });
  });

  test("while a gateway is waited for ends a refresh, which forgets nothing", async () => {
    const { outputs } = await create(inputs());
    gateway.intercept = (name) => {
      if (name !== "GET /v1/flows/boiler") return false;
      void call(client.cancel, new emptyPb.Empty());
      return true;
    };
    expect((await failure(read("boiler", { inputs: inputs(), state: outputs }))).code).toBe(status.CANCELLED);
  });

  test("ends what comes after it, too, before anything is sent", async () => {
    await call(client.cancel, new emptyPb.Empty());
    expect((await failure(create(inputs()))).code).toBe(status.CANCELLED);
    expect(gateway.requests.filter((request) => request.startsWith("PUT"))).toEqual([]);
  });
});

describe("at the address of another gateway than the one that is meant", () => {
  const meant = (): WireObject => ({
    ...inputs(),
    gateway: { ...(inputs().gateway as WireObject), identity: "press-1" },
  });
  const answerAs = (id: string) => {
    gateway.requests.length = 0;
    gateway.intercept = (name, response) => {
      if (name !== "GET /v1/gateway") return false;
      reply(response, 200, { id });
      return true;
    };
  };

  test("creating, updating and reading send nothing, and say which gateway it is", async () => {
    answerAs("press-1");
    const { outputs } = await create(meant());
    answerAs("press-2");
    for (const operation of [
      () => create({ ...meant(), name: "oven" }),
      () => update(outputs, { ...meant(), nodes: inputs(95).nodes! }),
      () => read("boiler", { inputs: meant(), state: outputs }),
    ]) {
      const error = await failure(operation());
      expect(error.details).toContain("is the gateway press-2, press-1 is expected; nothing was sent");
      expect(error.details).toContain("FF_GATEWAY_OTHER");
    }
    expect(new Set(gateway.requests)).toEqual(new Set(["GET /v1/gateway"]));
    expect(gateway.flow).toMatchObject({ generation: 1 });
  });

  test("deleting leaves what is there alone, and succeeds, as nothing of the stack's is there", async () => {
    answerAs("press-1");
    const { outputs } = await create(meant());
    answerAs("press-2");
    const request = new providerPb.DeleteRequest();
    request.setId("boiler");
    request.setUrn(urn);
    request.setProperties(toStruct(outputs));
    await call(client.delete, request);
    expect(gateway.requests).toEqual(["GET /v1/gateway"]);
    expect(gateway.flow).toMatchObject({ generation: 1 });
  });
});

describe("reading", () => {
  test("a flow that is gone gives an empty id, and only when the gateway itself says so", async () => {
    const { outputs } = await create(inputs());
    gateway.flow = undefined;
    expect((await read("boiler", { inputs: inputs(), state: outputs })).getId()).toBe("");

    gateway.intercept = (_, response) => {
      reply(response, 404, "<h1>Not Found</h1>", "text/html");
      return true;
    };
    const error = await failure(read("boiler", { inputs: inputs(), state: outputs }));
    expect(error.details).toContain("FF_GATEWAY_ANSWER");
  });

  test("a flow as it was gives back the inputs as the state has them", async () => {
    const { outputs } = await create(inputs());
    const authored = { ...inputs(), wires: ["temps.out -> hot.in"] };
    expect(fromStruct((await read("boiler", { inputs: authored, state: outputs })).getInputs())).toEqual(authored);
  });

  test("a broken flow gives its state along with the reason", async () => {
    const { outputs } = await create(inputs());
    gateway.flow = { ...gateway.flow!, condition: "broken", reason: "node hot trapped 5 times" };
    const error = await failure(read("boiler", { inputs: inputs(), state: outputs }));
    const { id, reasonsList } = initFailure(error);
    expect({ id, reasonsList }).toEqual({
      id: "boiler",
      reasonsList: ["The flow does not run: node hot trapped 5 times"],
    });
  });

  test("the same graph made of other modules is named, and the next update puts it right", async () => {
    const { outputs } = await create(inputs());
    gateway.exchange(Buffer.from("another module"));
    const error = await failure(read("boiler", { inputs: inputs(), state: outputs }));
    const { reasonsList, properties } = initFailure(error);
    expect(reasonsList).toEqual([expect.stringContaining("made of other modules")]);
    const state = Object.fromEntries(properties!.fieldsMap.map(([name, value]) => [name, value.numberValue]));
    expect(state).toMatchObject({ generation: 2, sizeBytes: 14 });
    expect(await update({ ...outputs, generation: 2 }, inputs())).toMatchObject({
      generation: 3,
      digest: outputs.digest,
    });
  });

  test("for an import needs the token from the environment, and says so", async () => {
    const error = await failure(read(`${gateway.endpoint}/v1/flows/boiler`, {}));
    expect(error.details).toContain("FLOWFUSION_TOKEN");
  });
});

describe("updating", () => {
  test("another token alone deploys nothing", async () => {
    const { outputs } = await create(inputs());
    gateway.requests.length = 0;
    const news = { ...inputs(), gateway: { endpoint: gateway.endpoint, token: secret("u") } };
    expect(await update(outputs, news)).toMatchObject({ generation: 1, gateway: { token: secret("u") } });
    expect(gateway.requests).toEqual(["GET /v1/flows/boiler"]);
  });

  test("a flow that is gone is not made anew", async () => {
    const { outputs } = await create(inputs());
    gateway.flow = undefined;
    const error = await failure(update(outputs, inputs(95)));
    expect(error.code).toBe(status.ABORTED);
    expect(gateway.flow).toBeUndefined();
  });
});

test("a resource type that the provider does not have is refused by name", async () => {
  const request = new providerPb.CheckRequest();
  request.setUrn("urn:pulumi:dev::test::flowfusion:index:Pump::boiler");
  const error = await failure(call(client.check, request));
  expect(error.details).toContain('"flowfusion:index:Pump" is no resource type');
});

test("a component that the provider does not have is refused by name", async () => {
  const request = new providerPb.ConstructRequest().setType("flowfusion:index:FlowFlet");
  const error = await failure(call(client.construct, request));
  expect(error.details).toContain('"flowfusion:index:FlowFlet" is no component of flowfusion, did you mean');
});

test("methods that the provider has no use for answer that they are not implemented", async () => {
  const error = await failure(call(client.call, new providerPb.CallRequest()));
  expect(error.code).toBe(status.UNIMPLEMENTED);
  expect(error.metadata).toBeInstanceOf(Metadata);
});
