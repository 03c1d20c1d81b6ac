// Drafts as the console uses them: drawn, fused by the gateway, tried on recorded tags, deployed like any artefact.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { FusePhase } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { type GraphDocument, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test, vi } from "vitest";
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
  await vi.waitFor(() => expect(live.receiver.valuesFrom("boiler")).toEqual([91, 92]));
  const stale = client.deployFlow(boiler, { artefact: fused.artefact, expected: "absent" });
  await expect(stale).rejects.toMatchObject({ code: "FF_API_PRECONDITION_FAILED", status: 412 });
});

test("without events the answer comes at the end, with the artefact's place", async () => {
  await using live = await start();
  const body = JSON.stringify({ graph: graphWith(90, live.receiver.address) });
  const response = await live.request("POST", "/v1/artefacts", { body });
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
  await using live = await start();
  const refusal = await live.client.fuse(graph as GraphDocument).catch((error: unknown) => error);
  const { status, diagnostics } = refusal as { status: number; diagnostics: { code: string; path: string }[] };
  expect(status).toBe(422);
  expect(diagnostics.map(({ code, path: place }) => [code, place])).toEqual(expect.arrayContaining([...codes]));
  const { items } = await live.client.listFlows();
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
  await vi.waitFor(() => expect(live.receiver.valuesFrom("boiler")).toEqual([1, 2]));
});

test("a draft that takes too long is given up, and the gateway goes on", async () => {
  await using live = await start({ drafts: { jobMsMax: 1 } });
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
  await vi.waitFor(() => expect(live.receiver.valuesFrom("boiler")).toEqual([91, 96]));
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
