// Drafts as the console uses them: drawn, fused by the gateway, tried on recorded tags, deployed like any artefact.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { FusePhase } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { type Digest, type GraphDocument, messageJson, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { eventually } from "@flowfusion/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

const run = promisify(execFile);
const catalog = await builtinCatalog();
const start = (options: Parameters<typeof LiveGateway.start>[0] = {}) =>
  LiveGateway.start({ builtInNodes: builtinCatalog, ...options });

const graphWith = (value: number, address: string): GraphDocument => ({
  nodes: {
    in: { type: "tag_input", props: { tags: ["#"] } },
    hot: { type: "filter", props: { op: ">", value } },
    mean: { type: "agg", props: { op: "avg", size: 10 } },
    out: { type: "nng", props: { address } },
  },
  wires: { "in.out -> hot.in": {}, "hot.pass -> out.in": {}, "in.out -> mean.in": {} },
});

/** Of the tests that deploy nothing. */
let idle: LiveGateway;
/** A draft of it that has no fault. */
let artefact: Digest;
beforeAll(async () => {
  idle = await start();
  ({ artefact } = await idle.client.fuse(graphWith(90, idle.receiver.address)));
});
afterAll(() => idle[Symbol.asyncDispose]());

test("a draft is fused to the bytes that a preview gives, phase by phase, and deployed on the same conditions as any artefact", async () => {
  await using live = await start();
  const { client } = live;
  const graph = graphWith(90, live.receiver.address);
  const phases: FusePhase[] = [];
  const fused = await client.fuse(graph, { onPhase: (phase) => phases.push(phase) });
  const elsewhere = await fuse(resolveGraph(parseGraph(graph), catalog), catalog);
  expect(fused).toMatchObject({ artefact: elsewhere.digest, sizeBytes: elsewhere.wasm.length, nodes: 4, wires: 3 });
  expect(Buffer.compare(await client.downloadArtefact(fused.artefact), elsewhere.wasm)).toBe(0);
  expect(phases.map(({ phase }) => phase)).toEqual(["check", "link", "optimise", "verify"]);
  expect(phases).toEqual(fused.phases);
  expect(phases.every(({ sizeBytes, ms }) => sizeBytes > 0 && ms >= 0)).toBe(true);

  expect(await client.dryRun(boiler, { artefact: fused.artefact })).toMatchObject({ artefact: fused.artefact });
  await client.deployFlow(boiler, { artefact: fused.artefact, expected: "absent" });
  live.pushValues(89, 91, 92);
  await eventually(() => expect(live.receiver.valuesFrom("boiler")).toEqual([91, 92]));
  const stale = client.deployFlow(boiler, { artefact: fused.artefact, expected: "absent" });
  await expect(stale).rejects.toMatchObject({ code: "FF_API_PRECONDITION_FAILED", status: 412 });
});

test("a draft whose phases somebody follows while the gateway ends is told to be cut short by that", async () => {
  await using live = await start();
  let closed: Promise<void> | undefined;
  const onPhase = () => {
    closed ??= live.gateway.close();
  };
  const fusing = live.client.fuse(graphWith(90, live.receiver.address), { onPhase });
  await expect(fusing).rejects.toMatchObject({ code: "FF_API_BUSY" });
  await closed;
});

test("without events the answer comes at the end, with the artefact's place", async () => {
  const body = JSON.stringify({ graph: graphWith(85, idle.receiver.address) });
  const response = await idle.request("POST", "/v1/artefacts", { body });
  expect(response.status).toBe(201);
  const fused = (await response.json()) as { artefact: string };
  expect(response.headers.get("location")).toBe(`/v1/artefacts/${fused.artefact}`);
});

test.each<readonly [what: string, graph: unknown, codes: readonly (readonly [code: string, path: string])[]]>([
  ["no graph", 7, [["FF_GRAPH_SHAPE", ""]]],
  ["no nodes", { nodes: {}, wires: {} }, [["FF_GRAPH_EMPTY", "nodes"]]],
  [
    "faults in several places",
    {
      nodes: {
        a: { type: "fitler" },
        b: { type: "filter", props: { op: "=>" } },
        c: { type: "expr", props: { expression: "1 +" } },
      },
      wires: { "b.pass -> c.nowhere": {} },
    },
    [
      ["FF_GRAPH_UNKNOWN_TYPE", "nodes.a.type"],
      ["FF_GRAPH_PROPERTY", "nodes.b.props.op"],
      ["FF_EXPR_SYNTAX", "nodes.c.props.expression"],
      ["FF_GRAPH_UNKNOWN_PORT", 'wires["b.pass -> c.nowhere"]'],
    ],
  ],
])("a draft with %s is refused with a path for each fault, and nothing is stored", async (_what, graph, codes) => {
  const refusal = await idle.client.fuse(graph as GraphDocument).catch((error: unknown) => error);
  const { status, diagnostics } = refusal as { status: number; diagnostics: { code: string; path: string }[] };
  expect(status).toBe(422);
  expect(diagnostics.map(({ code, path: place }) => [code, place])).toEqual(expect.arrayContaining([...codes]));
  const { items } = await idle.client.listFlows();
  expect(items).toEqual([]);
});

test("a draft may use a node type that was uploaded", async () => {
  await using live = await start();
  const { client } = live;
  const press = watNode("press", `(memory (export "memory") 2) ${passOn()}`);
  const document = live.flow({ type: "press" });
  const wires = Object.fromEntries(document.wires.map((wire) => [wire, {}]));
  const graph: GraphDocument = { nodes: document.nodes, wires };
  await expect(client.fuse(graph)).rejects.toMatchObject({ diagnostics: [{ code: "FF_GRAPH_UNKNOWN_TYPE" }] });
  await client.uploadModules([press]);
  await client.putNodeType("press", { module: press.digest, expected: "absent" });
  const { artefact } = await client.fuse(graph);
  await client.deployFlow(boiler, { artefact, expected: "absent" });
  live.pushValues(1, 2);
  await eventually(() => expect(live.receiver.valuesFrom("boiler")).toEqual([1, 2]));
});

test("a draft that takes too long is given up, and the gateway goes on", async () => {
  await using live = await start({ drafts: { jobMsMax: 1, nodeMsMax: 0 } });
  const graph = graphWith(90, live.receiver.address);
  await expect(live.client.fuse(graph)).rejects.toMatchObject({ code: "FF_DRAFT_FAILED", status: 422 });
  expect(await live.client.gateway()).toMatchObject({ flows: 0 });
});

test("a draft whose process has no memory left fails by itself", async () => {
  await using live = await start({ drafts: { heapMegabytesMax: 4 } });
  const graph = graphWith(90, live.receiver.address);
  await expect(live.client.fuse(graph)).rejects.toMatchObject({ code: "FF_DRAFT_FAILED" });
  expect(await live.client.gateway()).toMatchObject({ flows: 0 });
});

test("only so many drafts may wait; one that nobody waits for any more is not worked on", async () => {
  await using live = await start({ drafts: { waitingMax: 1 } });
  const graph = graphWith(90, live.receiver.address);
  const outcomes = await Promise.allSettled(Array.from({ length: 2 }, () => live.client.fuse(graph)));
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(1);
  expect(refused).toEqual(
    refused.map(() => ({ status: "rejected", reason: expect.objectContaining({ code: "FF_API_BUSY" }) })),
  );

  const left = new AbortController();
  const onPhase = () => left.abort();
  await expect(live.client.fuse(graph, { signal: left.signal, onPhase })).rejects.toThrow();
  // The one that left is out of the way at once.
  expect(await live.client.fuse(graph)).toMatchObject({ nodes: 4 });
});

test("a gateway that runs signed releases only takes no drafts, and says how to go about it", async () => {
  await using live = await start();
  const { stdout } = await run("openssl", ["genpkey", "-algorithm", "ed25519"]);
  const [key, publisher] = [path.join(live.dataDir, "key.pem"), path.join(live.dataDir, "publisher.pem")];
  await writeFile(key, stdout);
  await run("openssl", ["pkey", "-in", key, "-pubout", "-out", publisher]);
  await using strict = await start({ publisherKeyFiles: [publisher] });
  const refused = strict.client.fuse(graphWith(90, strict.receiver.address));
  await expect(refused).rejects.toMatchObject({ code: "FF_DRAFT_UNSIGNED", status: 409 });
});

test("what a draft would do is told on the tags that came in last, sink by sink", async () => {
  await using live = await start();
  const { client } = live;
  const before = await client.fuse(graphWith(90, live.receiver.address));
  const after = await client.fuse(graphWith(95, live.receiver.address));
  await client.deployFlow(boiler, { artefact: before.artefact, expected: "absent" });
  live.pushValues(89, 91, 96);
  await eventually(() => expect(live.receiver.valuesFrom("boiler")).toEqual([91, 96]));
  const comparison = await client.compareWithRunning(boiler, { artefact: after.artefact });
  expect(comparison).toMatchObject({
    ...{ updates: 3, recorded: 3, isEqual: false },
    sinks: [
      { node: "out", before: 2, after: 1, difference: { index: 0, before: { value: 91 }, after: { value: 96 } } },
    ],
  });
  const same = await client.compareWithRunning(boiler, { artefact: before.artefact });
  expect(same).toMatchObject({ isEqual: true, sinks: [{ node: "out", before: 2, after: 2 }] });
});

describe("a recording that somebody has", () => {
  /** Passes messages on; at 666 it never ends. */
  const stubborn = watNode(
    "stubborn",
    `(memory (export "memory") 1) ${passOn(
      "(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const 666)) (then (loop $ever (br $ever))))",
    )}`,
  );
  const lines = (...values: readonly number[]): Uint8Array<ArrayBuffer> => {
    const line = (value: number, index: number) =>
      messageJson({ topic: "n", timestampNs: BigInt(index + 1) * 1_000_000_000n, quality: 0, value });
    return new TextEncoder().encode(values.map(line).join("\n"));
  };

  test("is run through a draft beside the flow that runs, whatever the gateway recorded itself", async () => {
    await using live = await start();
    const { client } = live;
    const before = await client.fuse(graphWith(90, live.receiver.address));
    const after = await client.fuse(graphWith(95, live.receiver.address));
    await client.deployFlow(boiler, { artefact: before.artefact, expected: "absent" });
    const expected = {
      ...{ updates: 3, recorded: 3, isEqual: false },
      ...{ from: "1970-01-01T00:00:01.000000000Z", to: "1970-01-01T00:00:03.000000000Z" },
      sinks: [{ node: "out", before: 2, after: 1, difference: { index: 0, before: { value: 91 } } }],
      ...{ deadLettersBefore: { count: 0 }, deadLettersAfter: { count: 0 } },
    };
    const { artefact } = after;
    expect(await client.replay(boiler, { artefact, recording: lines(89, 91, 96) })).toMatchObject(expected);
    live.pushValues(89, 91, 96);
    await eventually(() => expect(live.receiver.valuesFrom("boiler")).toEqual([91, 96]));
    // As the gateway gives it out; its times are those of the test's updates.
    const recording = await client.recording();
    const { from, to, ...rest } = expected;
    expect(await client.replay(boiler, { artefact, recording })).toMatchObject(rest);
    expect((await client.getFlow(boiler))?.generation).toBe(1);
  });

  test("is run through a draft alone where nothing runs yet", async () => {
    const told = await idle.client.replay(boiler, { artefact, recording: lines(89, 91) });
    expect(told).toMatchObject({ updates: 2, isEqual: false, sinks: [{ node: "out", after: 1 }] });
    expect(told).not.toHaveProperty("deadLettersBefore");
    expect(told.sinks[0]).not.toHaveProperty("before");
  });

  test("tells which messages a draft would die of, within the limits that the flow has", async () => {
    await using live = await start();
    const { client } = live;
    await client.uploadModules([stubborn]);
    await client.putNodeType("stubborn", { module: stubborn.digest, expected: "absent" });
    const drawn = live.flow({ type: "stubborn" });
    const wires = Object.fromEntries(drawn.wires.map((wire) => [wire, {}]));
    const after = await client.fuse({ nodes: drawn.nodes, wires });
    const before = await client.fuse(graphWith(0, live.receiver.address));
    const options = { limits: { fuelBurst: 50_000, fuelPerMessage: 1_000 } };
    await client.deployFlow(boiler, { artefact: before.artefact, expected: "absent", options });
    const told = await client.replay(boiler, { artefact: after.artefact, recording: lines(1, 666, 2, 666, 3) });
    expect(told).toMatchObject({
      ...{ updates: 5, isEqual: false, deadLettersBefore: { count: 0 } },
      deadLettersAfter: { count: 2, first: { cause: "fuel", message: { value: 666 } } },
      sinks: [{ before: 5, after: 3, difference: { index: 1, before: { value: 666 }, after: { value: 2 } } }],
    });
    expect(told).not.toHaveProperty("trapAfter");
  });

  test.each<readonly [what: string, recording: Uint8Array<ArrayBuffer>, words: string]>([
    ["is no recording", new TextEncoder().encode("hello there"), "recording:1: "],
    ["is cut off", Uint8Array.of(200, 0, 0, 0, 1, 2), "recording:1: the file ends in the middle of a batch"],
    ["says it is longer than anything", Uint8Array.of(0, 255, 255, 255, 1, 2), "allowed"],
  ])("that %s is refused with its place", async (_what, recording, words) => {
    await expect(idle.client.replay(boiler, { artefact, recording })).rejects.toMatchObject({
      ...{ code: "FF_RECORDING_INVALID", status: 422 },
      message: expect.stringContaining(words),
    });
  });

  test("that is empty tells nothing, and one that is no body is refused", async () => {
    const path = `/v1/flows/boiler/replay?artefact=${artefact}`;
    const told = await idle.request("POST", path, { body: new Uint8Array() }, "application/octet-stream");
    expect([told.status, await told.json()]).toMatchObject([200, { updates: 0, recorded: 0 }]);
    const json = await idle.request("POST", path, { body: "{}" });
    expect([json.status, await json.json()]).toMatchObject([415, { code: "FF_API_MEDIA_TYPE" }]);
    const unknown = `/v1/flows/boiler/replay?artefact=sha256:${"0".repeat(64)}`;
    const missing = await idle.request("POST", unknown, { body: new Uint8Array(4) }, "application/octet-stream");
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: "FF_API_NOT_FOUND" }]);
    const body = new Uint8Array(16 * 1024 * 1024 + 1);
    const large = await idle.request("POST", path, { body }, "application/octet-stream");
    expect([large.status, await large.json()]).toMatchObject([413, { code: "FF_API_BODY_TOO_LARGE" }]);
  });
});
