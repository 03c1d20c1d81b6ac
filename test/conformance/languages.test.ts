// The same node in every language, built from its source: each passes the same table, and all of them in one flow beside
// built-in nodes do fused what they do unfused.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultFlowLimits, FusedInstance, fuse, meter, ReferenceFlow, readModule } from "@flowfusion/fusion";
import { runScenario, Wasmtime } from "@flowfusion/fusion/testkit";
import {
  type CanonicalGraph,
  encodeMessage,
  type MessageValue,
  type ModuleCatalog,
  type NodeModule,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { languageNames } from "@flowfusion/nodekit-toolchains";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, flowfusion } from "./flowfusion.ts";

const examples = path.join(import.meta.dirname, "../../examples/nodes");
const buildMsMax = 900_000;

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-languages-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const builds = new Map<string, Promise<string>>();

/** Path of a language's module; built once. */
function built(language: string): Promise<string> {
  const known = builds.get(language);
  if (known) return known;
  const output = path.join(scratch, `${language}.wasm`);
  const building = build(path.join(examples, language), output).then(() => output);
  builds.set(language, building);
  return building;
}

const moduleOf = async (language: string): Promise<NodeModule> => readModule(await readFile(await built(language)));

describe.each(languageNames)("the example node in %s", (language) => {
  test("is built from source and passes its table", { timeout: buildMsMax }, async () => {
    const wasm = await built(language);
    const ended = await flowfusion(["node", "test", path.join(examples, language), "--module", wasm, "--json"]);
    expect(ended.stderr).toBe("");
    expect(JSON.parse(ended.stdout)).toMatchObject({ passed: 7, failed: 0 });
  });

  test("is accepted, and within the memory that a flow gives it", { timeout: buildMsMax }, async () => {
    const { code, stdout } = await flowfusion(["inspect", await built(language), "--json"]);
    expect(code).toBe(0);
    const { refusals, contents, linksWasiShim } = JSON.parse(stdout);
    expect(refusals).toEqual([]);
    expect(linksWasiShim).toBe(language === "go" ? true : undefined);
    expect(contents.memories[0].minimumPages).toBeLessThanOrEqual(language === "go" ? 64 : 4);
  });

  test("has the manifest and the table of the others", async () => {
    const read = async (of: string, file: string) => JSON.parse(await readFile(path.join(examples, of, file), "utf8"));
    const { name, ...manifest } = await read(language, "manifest.json");
    const { name: _, ...expected } = await read("c", "manifest.json");
    expect(name).toMatch(/^moving_average_/);
    expect(manifest).toEqual(expected);
    expect(await read(language, "node.test.json")).toEqual(await read("c", "node.test.json"));
  });
});

describe("all languages in one flow, beside built-in nodes", () => {
  let catalog: ModuleCatalog;
  let graph: CanonicalGraph;
  let metered: Uint8Array<ArrayBuffer>;
  let fused: WebAssembly.Module;

  beforeAll(async () => {
    const modules = await Promise.all(languageNames.map(moduleOf));
    catalog = new Map([
      ...(await builtinCatalog()),
      ...modules.map((module) => [module.manifest.name, module] as const),
    ]);
    graph = resolveGraph(parseGraph(chain(modules.map(({ manifest }) => manifest.name))), catalog);
    const { wasm } = await fuse(graph, catalog);
    metered = meter(wasm, defaultFlowLimits);
    fused = new WebAssembly.Module(metered);
  }, buildMsMax);

  const started = () =>
    [new FusedInstance(fused, defaultFlowLimits), new ReferenceFlow(graph, catalog)].map((flow) => {
      flow.configure();
      return flow;
    });

  test("gives fused what it gives unfused, also over a restart with the other's state", () => {
    const seed = Date.now() % 2 ** 31;
    const value: fc.Arbitrary<MessageValue> = fc.oneof(
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.boolean(),
      fc.string(),
      fc.constant(null),
    );
    const batch = fc.array(fc.record({ value, topic: fc.string({ maxLength: 40 }) }), { maxLength: 12 });
    fc.assert(
      fc.property(batch, batch, (before, after) => {
        const [first, second] = started() as [FusedInstance, ReferenceFlow];
        expect(hexOf(first, before)).toBe(hexOf(second, before));
        const states = [first, second].map((flow) => Buffer.from(flow.saveState()));
        expect(states[0]!.equals(states[1]!)).toBe(true);
        const [third, fourth] = started() as [FusedInstance, ReferenceFlow];
        third.loadState(states[1]!);
        fourth.loadState(states[0]!);
        expect(hexOf(third, after)).toBe(hexOf(fourth, after));
      }),
      { seed, numRuns: process.env.FLOWFUSION_TEST_LONG === "1" ? 500 : 25 },
    );
  });

  test("gives in wasmtime what it gives in V8, before and after a restart", { timeout: buildMsMax }, async () => {
    const parts = [0, 1].map((half) => ({
      frames: framesOf(Array.from({ length: 50 }, (_, index) => ({ value: Math.sin(index + half), topic: "plant/1" }))),
      nowNs: 5n,
    }));
    const seen = runScenario(() => new FusedInstance(fused, defaultFlowLimits), parts);
    expect(seen).toHaveLength(3);
    const wasmtime = new Wasmtime();
    try {
      expect(await wasmtime.run(metered, [{ fuel: defaultFlowLimits, parts }])).toEqual([seen]);
    } finally {
      await wasmtime.stop();
    }
  });

  test("is the same bytes every time it is fused", async () => {
    const [first, second] = [await fuse(graph, catalog), await fuse(graph, new Map([...catalog].reverse()))];
    expect(first.digest).toBe(second.digest);
  });

  test("goes on for many messages within the default limits", () => {
    const [flow] = started() as [FusedInstance, ReferenceFlow];
    const many = Array.from({ length: 1_000 }, (_, index) => ({ value: Math.sin(index), topic: "plant/line1/temp" }));
    for (let round = 0; round < 20; round++) expect(hexOf(flow, many)).not.toBe("");
    expect(flow.nodeCounters().every(({ messagesIn }) => messagesIn === 20_000)).toBe(true);
  });
});

/** `tag_input` → each node in turn, a `scale` between → `file`. */
function chain(types: readonly string[]): unknown {
  const nodes: Record<string, unknown> = {
    in: { type: "tag_input", props: { tags: ["#"] } },
    out: { type: "file", props: { path: "out.jsonl" } },
  };
  const wires: string[] = [];
  let last = "in.out";
  for (const [index, type] of types.entries()) {
    nodes[`scale${index}`] = { type: "scale", props: { factor: 1.5, offset: index } };
    nodes[`mean${index}`] = { type, props: { size: index + 2, ...(index % 2 === 0 && { topic: `mean/${index}` }) } };
    wires.push(`${last} -> scale${index}.in`, `scale${index}.out -> mean${index}.in`);
    last = `mean${index}.out`;
  }
  return { nodes, wires: [...wires, `${last} -> out.in`] };
}

type Batch = readonly { value: MessageValue; topic: string }[];

function framesOf(batch: Batch): Uint8Array {
  const frames = batch.map(({ value, topic }, index) => {
    const message = encodeMessage({ topic, timestampNs: BigInt(index), quality: 0, value });
    return Buffer.concat([new Uint8Array(Uint32Array.of(0, message.length).buffer), message]);
  });
  return Buffer.concat(frames);
}

function hexOf(flow: FusedInstance | ReferenceFlow, batch: Batch): string {
  flow.execute(framesOf(batch));
  return Buffer.from(flow.takeOutbox()).toString("hex");
}
