// A node whose state changed its form, as the contract tells authors to do it: the version stands first in the state, and a
// newer node reads what an older one wrote.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  defaultFlowLimits,
  FusedInstance,
  fuse,
  loadModule,
  ReferenceFlow,
  type RunningFlow,
  stateImpact,
} from "@flowfusion/fusion";
import { decodeMessage, encodeMessage, type NodeModule, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNode } from "./index.ts";

const head = `import { emit, Message, StateReader, StateWriter } from "@flowfusion/nodekit-assemblyscript/assembly";`;

/** Adds up what comes. */
const version1 = `${head}
let sum: f64 = 0;
export function handle(port: u32, message: Message): void {
  sum += message.number;
  message.setNumber(sum);
  emit(0, message);
}
export function saveState(state: StateWriter): void { state.u64(1); state.f64(sum); }
export function loadState(state: StateReader): void {
  if (state.u64() != 1) state.fail();
  else sum = state.f64();
}`;

/** Counts as well. It cannot know how many came before, so the count goes on from what it is told: none. */
const version2 = `${head}
let sum: f64 = 0;
let count: u64 = 0;
export function handle(port: u32, message: Message): void {
  sum += message.number;
  count++;
  message.setNumber(sum * 1000 + <f64>count);
  emit(0, message);
}
export function saveState(state: StateWriter): void { state.u64(2); state.f64(sum); state.u64(count); }
export function loadState(state: StateReader): void {
  const version = state.u64();
  if (version != 1 && version != 2) { state.fail(); return; }
  sum = state.f64();
  count = version == 1 ? 0 : state.u64();
}`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-state-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function moduleOf(source: string, stateVersion: number, acceptsStateFrom?: number): Promise<NodeModule> {
  const sourcePath = path.join(folder, "node.ts");
  await writeFile(sourcePath, source);
  const manifest = JSON.stringify({
    ...{ contract: 1, name: "sum", version: `${stateVersion}.0.0`, doc: "Adds up.", stateVersion, acceptsStateFrom },
    inputs: [{ name: "in", type: "tag" }],
    outputs: [{ name: "out", type: "tag" }],
    props: { type: "object" },
  });
  return loadModule(await buildNode({ sourcePath, manifest }));
}

/** The same graph with this version of the node, as a gateway would start it, and node by node. */
async function flowsWith(module: NodeModule) {
  const catalog = new Map([...(await builtinCatalog()), ["sum", module] as const]);
  const document = {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      total: { type: "sum" },
      out: { type: "file", props: { path: "out.jsonl" } },
    },
    wires: ["in.out -> total.in", "total.out -> out.in"],
  };
  const graph = resolveGraph(parseGraph(document), catalog);
  const { wasm } = await fuse(graph, catalog);
  const program = new WebAssembly.Module(Uint8Array.from(wasm));
  const started = (flow: RunningFlow) => {
    flow.configure();
    return flow;
  };
  return {
    graph,
    fused: () => started(new FusedInstance(program, defaultFlowLimits)),
    reference: () => started(new ReferenceFlow(graph, catalog)),
  };
}

function answer(flow: RunningFlow, value: number): unknown {
  const message = encodeMessage({ topic: "t", timestampNs: 1n, quality: 0, value });
  flow.execute(Buffer.concat([new Uint8Array(Uint32Array.of(0, message.length).buffer), message]));
  return decodeMessage(flow.takeOutbox(), 8).value;
}

describe.each(["fused", "reference"] as const)("a %s flow", (kind) => {
  it("goes on in a newer node that accepts the older version's state", async () => {
    const [older, newer] = [
      await flowsWith(await moduleOf(version1, 1)),
      await flowsWith(await moduleOf(version2, 2, 1)),
    ];
    const before = older[kind]();
    expect([answer(before, 5), answer(before, 7)]).toEqual([5, 12]);
    const after = newer[kind]();
    after.loadState(before.saveState());
    expect(answer(after, 1)).toBe(13_001);
    expect(stateImpact(older.graph, newer.graph)).toEqual({
      kept: [],
      migrated: [{ node: "total", fromVersion: 1, toVersion: 2 }],
      reset: [],
    });

    const again = newer[kind]();
    again.loadState(after.saveState());
    expect(answer(again, 1)).toBe(14_002);
  });

  it("begins anew where the manifest does not accept it, and where the version went back", async () => {
    const [older, newer] = [await flowsWith(await moduleOf(version1, 1)), await flowsWith(await moduleOf(version2, 2))];
    for (const [from, to, first] of [
      [older, newer, 1_001],
      [newer, older, 1],
    ] as const) {
      const before = from[kind]();
      answer(before, 5);
      const after = to[kind]();
      after.loadState(before.saveState());
      expect(answer(after, 1)).toBe(first);
      expect(stateImpact(from.graph, to.graph).reset).toMatchObject([{ node: "total" }]);
    }
  });

  it("refuses the swap when the node does not know the version that stands in the state", async () => {
    const claims = await flowsWith(await moduleOf(version1.replace("state.u64(1)", "state.u64(7)"), 1));
    const newer = await flowsWith(await moduleOf(version2, 2, 1));
    const state = claims[kind]().saveState();
    expect(() => newer[kind]().loadState(state)).toThrow(
      expect.objectContaining({
        code: "FF_FLOW_STATE_REFUSED",
        message: "total: the state has another length than this version of the node writes",
      }),
    );
  });
});
