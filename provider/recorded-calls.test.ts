// What the Pulumi CLI asked during the life of a flow, asked again, and the answers held to those of then. The recording is made by
// test/system/record-calls.ts with the real CLI; names such as `$digest1` in it stand for values that are different each time.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningProvider, startProvider } from "./index.ts";
import { fromStruct, type Struct, toStruct, type WireObject } from "./wire/values.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

interface Run {
  readonly title: string;
  readonly calls: readonly {
    readonly method: keyof typeof messages;
    readonly request: { readonly [key: string]: Json };
    readonly response: Json;
  }[];
}

const file = path.join(import.meta.dirname, "recorded/life-of-a-flow.json");
const runs = JSON.parse(await readFile(file, "utf8")) as readonly Run[];
const token = "recorded-test-token-0123456789abcdef0123456789abcdef";

/** What is different each time, by the name in the recording. */
const bound = new Map<string, Json>();
let dataDir: string;
let gateway: Gateway;
let provider: RunningProvider;
let client: ResourceProviderClient;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-recorded-"));
  gateway = await startGateway({ dataDir, token, ingest: [], healthGateMs: 0, log: { level: "silent" } });
  provider = await startProvider();
  client = new ResourceProviderClient(`127.0.0.1:${provider.port}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  provider.close();
  await gateway.close();
  await rm(dataDir, { recursive: true, force: true });
});

const messages = {
  Check: { request: () => new providerPb.CheckRequest(), response: checkJson },
  Diff: { request: () => new providerPb.DiffRequest(), response: diffJson },
  Create: { request: () => new providerPb.CreateRequest(), response: recordJson },
  Update: { request: () => new providerPb.UpdateRequest(), response: recordJson },
  Read: { request: () => new providerPb.ReadRequest(), response: recordJson },
  Delete: { request: () => new providerPb.DeleteRequest(), response: () => ({}) },
};

describe.each(runs)("$title", ({ calls }) => {
  test("is answered as it was", async () => {
    expect(calls.length).toBeGreaterThan(0);
    for (const { method, request, response } of calls) {
      const answer = await ask(method, fill(messages[method].request(), substituted(request) as typeof request));
      const json = messages[method].response(answer as never) as Json;
      bind(response, json);
      expect(json, method).toEqual(substituted(response));
    }
  });
});

test("the recording has each kind of call", () => {
  const methods = runs.flatMap(({ calls }) => calls.map(({ method }) => method));
  expect([...new Set(methods)].sort()).toEqual(Object.keys(messages).sort());
});

function ask(method: keyof typeof messages, request: unknown): Promise<unknown> {
  const call = client[method.toLowerCase() as "check"] as unknown as (
    request: unknown,
    callback: (error: ServiceError | null, response: unknown) => void,
  ) => void;
  return new Promise((resolve, reject) => {
    call.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

const structs = new Set(["olds", "news", "oldInputs", "properties", "inputs"]);

/** Sets the fields of a request by their names in JSON. */
function fill<Request extends object>(message: Request, json: { readonly [key: string]: Json }): Request {
  const fields = message as { readonly [setter: string]: (value: unknown) => void };
  for (const [key, value] of Object.entries(json)) {
    const name = `${key[0]!.toUpperCase()}${key.slice(1)}`;
    if (structs.has(key)) fields[`set${name}`]!.call(message, toStruct(value as WireObject));
    else if (key === "oldViews") fields.setOldViewsList!.call(message, (value as readonly WireObject[]).map(viewOf));
    else fields[`set${name}`]!.call(message, value);
  }
  return message;
}

function viewOf({ type, name, inputs, outputs }: WireObject): providerPb.View {
  const view = new providerPb.View();
  view.setType(String(type));
  view.setName(String(name));
  view.setInputs(toStruct(inputs as WireObject));
  view.setOutputs(toStruct(outputs as WireObject));
  return view;
}

/** As the CLI writes an answer: without what is empty. */
const present = (fields: { readonly [key: string]: unknown }): object =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== "" && value !== false && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );

function checkJson(answer: providerPb.CheckResponse): object {
  return present({
    inputs: fromStruct(answer.getInputs()),
    failures: answer.getFailuresList().map((failure) => failure.toObject()),
  });
}

function diffJson(answer: providerPb.DiffResponse): object {
  const nameIn = (names: object, value: number) => Object.entries(names).find(([, other]) => other === value)![0];
  const details = answer.getDetaileddiffMap().toArray() as unknown as [string, unknown][];
  const detailedDiff = details.map(([key]) => {
    const diff = answer.getDetaileddiffMap().get(key)!;
    return [
      key,
      present({ kind: nameIn(providerPb.PropertyDiff.Kind, diff.getKind()), inputDiff: diff.getInputdiff() }),
    ];
  });
  return present({
    changes: nameIn(providerPb.DiffResponse.DiffChanges, answer.getChanges()),
    replaces: answer.getReplacesList(),
    deleteBeforeReplace: answer.getDeletebeforereplace(),
    diffs: answer.getDiffsList(),
    detailedDiff: detailedDiff.length === 0 ? undefined : Object.fromEntries(detailedDiff),
    hasDetailedDiff: answer.getHasdetaileddiff(),
  });
}

function recordJson(answer: {
  getId?(): string;
  getProperties(): Struct | undefined;
  getInputs?(): Struct | undefined;
}): object {
  const inputs = answer.getInputs?.();
  return present({
    id: answer.getId?.(),
    properties: fromStruct(answer.getProperties()),
    inputs: inputs && fromStruct(inputs),
  });
}

/** Learns what the names in a recorded answer stand for this time; one that is known already keeps its value. */
function bind(recorded: Json, actual: Json): void {
  if (typeof recorded === "string") {
    if (isName(recorded) && !bound.has(recorded)) bound.set(recorded, actual);
  } else if (typeof recorded === "object" && recorded !== null && typeof actual === "object" && actual !== null) {
    for (const [key, value] of Object.entries(recorded)) bind(value, (actual as { [key: string]: Json })[key] ?? null);
  }
}

function substituted(recorded: Json): Json {
  if (typeof recorded === "string") {
    return isName(recorded) ? (bound.get(recorded) ?? null) : recorded.replaceAll("http://gateway.test", gateway.url);
  }
  if (Array.isArray(recorded)) return recorded.map(substituted);
  if (typeof recorded !== "object" || recorded === null) return recorded;
  return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, substituted(value)]));
}

const isName = (text: string): boolean => /^\$\w+\d$/.test(text);
