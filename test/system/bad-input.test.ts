// Everything that can be wrong with what a user or a driver gives, through the door that it would come in by: refused
// with a code and a place, and nothing has changed; the flow that ran still runs.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient, type GatewayError } from "@flowfusion/client";
import { type FlowName, parseFlowName, sha256 } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { dialPush, greeting, type PushSocket } from "@flowfusion/transport";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { badModules } from "./bad-modules.ts";
import { type Document, fuseDocument, passing, Receiver } from "./flows.ts";
import { eventually, flowfusion, GatewayProcess } from "./gateway-process.ts";

const plant: FlowName = parseFlowName("plant");
let folder: string;
let gateway: GatewayProcess;
let receiver: Receiver;
let driver: PushSocket;
let runs: unknown;
let fused: Awaited<ReturnType<typeof fuseDocument>>;
let sent = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-bad-input-"));
  [gateway, receiver] = await Promise.all([GatewayProcess.start(), Receiver.start()]);
  fused = await fuseDocument(passing(receiver.address));
  const { digest } = await gateway.client.uploadArtefact(fused.wasm);
  await gateway.client.deployFlow(plant, { artefact: digest, expected: "absent" });
  driver = dialPush({ address: gateway.ingest });
});

afterAll(async () => {
  await driver.close();
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  runs = await gateway.client.listFlows();
});

afterEach(async () => {
  expect(await gateway.client.listFlows()).toEqual(runs);
  await expectStillProcessing();
});

async function expectStillProcessing(): Promise<void> {
  const updates = [{ tag: "a", timestampNs: BigInt(++sent), quality: 0 as const, value: sent }];
  driver.send(encodeTagUpdateBatch({ source: "test", updates }));
  await eventually(() => expect(receiver.updates.at(-1)?.value).toBe(sent));
  expect(receiver.updates).toHaveLength(sent);
}

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

const refusalOf = (call: Promise<unknown>): Promise<GatewayError> =>
  call.then(
    () => expect.unreachable("it was accepted"),
    (error: unknown) => error as GatewayError,
  );

describe.each(badModules)("a node module with $title", ({ wasm, code, says }) => {
  test("is shown by inspect with the reason", async () => {
    const file = await fileOf("node.wasm", wasm);
    const { code: exitCode, stdout } = await flowfusion("inspect", file, "--json");
    expect(exitCode).toBe(1);
    const { refusals } = JSON.parse(stdout) as { refusals: { code: string; message: string; path: string }[] };
    const found = refusals.find((refusal) => refusal.code === code);
    expect(`${found?.path}: ${found?.message}`).toContain(says);
  });

  test("is refused by fuse, which names the file", async () => {
    const file = await fileOf("node.wasm", wasm);
    const graph = await fileOf("graph.json", JSON.stringify(passing(receiver.address)));
    const { code: exitCode, stderr } = await flowfusion(
      "fuse",
      graph,
      "--module",
      file,
      "-o",
      path.join(folder, "out"),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain(file);
    expect(stderr).toContain(code);
    expect(stderr).toContain(says);
  });

  test("is refused by the gateway as an artefact", async () => {
    const { code: refused } = await refusalOf(gateway.client.uploadArtefact(wasm));
    expect(refused).toMatch(/^FF_(ARTEFACT|MODULE)_/);
  });
});

describe("a graph", () => {
  const base = passing("tcp://127.0.0.1:1", ["a", "scale", "out"], ["b", "scale", "out"]);
  const withNode = (id: string, node: Document["nodes"][string]) => ({ ...base, nodes: { ...base.nodes, [id]: node } });
  const withWire = (wire: string) => ({ ...base, wires: [...base.wires, wire] });
  const cases: [title: string, graph: object, code: string, place: string, says: string][] = [
    ["a cycle", withWire("b.out -> a.in"), "FF_GRAPH_CYCLE", "wires", "a"],
    [
      "a port that does not exist",
      withWire("a.exit -> b.in"),
      "FF_GRAPH_UNKNOWN_PORT",
      'wires["a.exit -> b.in"]',
      "exit",
    ],
    ["a node that does not exist", withWire("a.out -> c.in"), "FF_GRAPH_UNKNOWN_NODE", 'wires["a.out -> c.in"]', "c"],
    ["a type that does not exist", withNode("a", { type: "scael" }), "FF_GRAPH_UNKNOWN_TYPE", "nodes.a.type", "scael"],
    [
      "a property of the wrong type",
      withNode("a", { type: "scale", props: { factor: "two" } }),
      "FF_GRAPH_PROPERTY",
      "nodes.a.props.factor",
      "number",
    ],
    ["no graph at all", ["nodes"], "FF_GRAPH_SYNTAX", "", "expected"],
  ];
  test.each(cases)("with %s is refused by fuse, with the place", async (_title, graph, code, place, says) => {
    const file = await fileOf("graph.json", JSON.stringify(graph));
    const output = path.join(folder, "never.wasm");
    const { code: exitCode, stderr } = await flowfusion("fuse", file, "-o", output);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(place);
    expect(stderr).toContain(says);
  });

  test("that is no JSON is refused by fuse, which names the file", async () => {
    const file = await fileOf("graph.json", "{ nodes: }");
    const { code, stderr } = await flowfusion("fuse", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/graph\.json: is no JSON.*FF_CLI_FILE/s);
  });
});

describe("a request", () => {
  test("of 100 MB is refused, with both sizes", async () => {
    const body = new Uint8Array(100_000_000);
    const route = `/v1/artefacts/${sha256(body)}`;
    const response = await gateway.request("PUT", route, { body, headers: { "content-type": "application/wasm" } });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      code: "FF_API_BODY_TOO_LARGE",
      detail: expect.stringMatching(/100000000 bytes, \d+ allowed/),
    });
  });

  test("with a wrong token is refused", async () => {
    const stranger = new GatewayClient({ endpoint: gateway.url, token: `${gateway.token}x` });
    const calls = [
      stranger.listFlows(),
      stranger.uploadArtefact(fused.wasm),
      stranger.deleteFlow(plant, { expected: 1 }),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toMatchObject({ status: 401, code: "FF_API_UNAUTHORIZED" });
    }
  });

  test("that was made for an older generation is refused, with the one that runs", async () => {
    const calls = [
      gateway.client.deployFlow(plant, { artefact: fused.digest, expected: 7 }),
      gateway.client.deployFlow(plant, { artefact: fused.digest, expected: "absent" }),
      gateway.client.deleteFlow(plant, { expected: 7 }),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toMatchObject({ status: 412, code: "FF_API_PRECONDITION_FAILED", current: { generation: 1 } });
      expect(refusal.message).toContain("flow plant");
    }
  });

  test("that deploys what cannot run is refused in the step that failed", async () => {
    const outside = await fuseDocument({
      nodes: { in: { type: "tag_input", props: { tags: ["#"] } }, log: { type: "file", props: { path: "../../x" } } },
      wires: ["in.out -> log.in"],
    });
    const { digest } = await gateway.client.uploadArtefact(outside.wasm);
    const refusal = await refusalOf(gateway.client.deployFlow(plant, { artefact: digest, expected: 1 }));
    expect(refusal).toMatchObject({ code: "FF_DEPLOY_SINK", step: "swap" });
    expect(refusal.message).toContain('nodes.log: path "../../x"');
    const unknown = sha256(new Uint8Array(1));
    expect(await refusalOf(gateway.client.deployFlow(plant, { artefact: unknown, expected: 1 }))).toMatchObject({
      code: "FF_DEPLOY_ARTEFACT_UNKNOWN",
      step: "read",
    });
  });
});

describe("a driver", () => {
  test("that sends malformed protobuf keeps its connection, and is counted", async () => {
    const { connections, refused } = (await gateway.client.gateway()).ingest;
    driver.send(Buffer.from("this is no protobuf"));
    await eventually(async () => {
      const { ingest } = await gateway.client.gateway();
      expect(ingest).toMatchObject({ connections, refused: { malformed: (refused.malformed ?? 0) + 1 } });
    });
  });

  test("that announces a frame of 2 GB is cut off, and the others go on", async () => {
    const { hostname, port } = new URL(gateway.ingest.replace("tcp:", "http:"));
    const socket = connect(Number(port), hostname);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(2n ** 31n);
    socket.on("error", () => {}).resume();
    socket.write(Buffer.concat([greeting("push"), length]));
    await closed;
    expect((await gateway.client.gateway()).ingest).toMatchObject({ connections: 1, refused: { too_large: 1 } });
  });
});
