import { execFile } from "node:child_process";
import path from "node:path";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { benchCanvas } from "./canvas/bench.ts";
import { benchConsole } from "./console/bench.ts";
import { benchDurable } from "./durable/bench.ts";
import { benchE2e } from "./e2e/bench.ts";
import { benchFairness } from "./fairness/bench.ts";
import { benchFlow } from "./flow/bench.ts";
import { benchFlows } from "./flows/bench.ts";
import { benchFuse } from "./fuse/bench.ts";
import { measureInterleaved } from "./measure.ts";
import { benchNodes } from "./nodes/bench.ts";
import { benchPackages } from "./packages/bench.ts";
import { benchPreview } from "./preview/bench.ts";
import { tableOf } from "./report.ts";
import { benchMemory, benchRestart } from "./restart/bench.ts";
import { benchRouter } from "./router/bench.ts";
import { benchSoak, soakFaults } from "./soak/bench.ts";
import { benchSwap } from "./swap/bench.ts";

const briefly = { repetitions: 2, sliceMs: 2, warmUpMs: 4 };

/** The values at `keys`, which must all be finite and above zero. */
function expectFigures(result: object, keys: readonly string[]): void {
  const figures = keys.map((key) => [key, (result as { readonly [key: string]: unknown })[key]] as const);
  expect(figures.filter(([, value]) => !(typeof value === "number" && Number.isFinite(value) && value > 0))).toEqual(
    [],
  );
}

test("the flow benchmark gives a figure for every way, after all ways gave the same results", async () => {
  const result = await benchFlow(briefly);
  const ways = ["fusedMetered", "fused", "singleTag", "withCopies", "unfused", "closures", "handInlined"];
  expectFigures(
    result,
    ways.map((way) => `${way}Ns`),
  );
  expectFigures(result.medianNs, ways);
  expectFigures(result, ["fusedMeteredOverClosures", "unfusedOverFusedMetered", "shareAllTheWay", "noise"]);
  expect(result.shareAllTheWay).toBeGreaterThan(0.5);
});

test("the router benchmark gives both figures, after both gave the same updates", async () => {
  expectFigures(await benchRouter(briefly), ["routerNs", "protobufjsNs", "protobufjsOverRouter", "bytesPerTag"]);
});

test("the end-to-end benchmark gives every figure and loses nothing", async () => {
  const result = await benchE2e({
    warmUpMs: 50,
    saturatedMs: 300,
    steadyMs: 500,
    steadyRate: 2_000,
    warmUpFrames: 2,
    stages: briefly,
  });
  const rates = ["LargeBatches", "BatchesOf50", "AllPassed"].map((load) => `tagsPerSecond${load}`);
  const times = ["socketToSinkQueue", "flowExec", "endToEnd"].flatMap((what) => [`${what}P50Us`, `${what}P99Us`]);
  expectFigures(result, [...rates, ...times, "gatewayRssMb", "sent", "received"]);
  expectFigures(result.nsPerTag, ["total", "frames", "router"]);
  // A difference, which in so short a run may be less than the noise of both.
  expect(result.nsPerTag.execute).toEqual(expect.any(Number));
  expect(result.lost).toBe(0);
});

test("the console benchmark gives the gateway's time with and without a page", async () => {
  const result = await benchConsole({
    ...{ rate: 2_000, calmRate: 200, rounds: { live: 1, flows: 1, gateway: 1, calm: 1 } },
    ...{ sliceMs: 200, warmUpMs: 100 },
  });
  expectFigures(result, ["closedCpuMsPerS"]);
  for (const { all, control } of [result.live, result.flows, result.gateway, result.calm]) {
    for (const { msPerS, percent, low, high } of [all, control]) {
      expect([msPerS, low, percent, high].map(Number.isFinite)).toEqual([true, true, true, true]);
      expect(low).toBeLessThanOrEqual(percent);
      expect(percent).toBeLessThanOrEqual(high);
    }
  }
});

test("the canvas benchmark counts frames over a large flow and over an empty one", async () => {
  const result = await benchCanvas({ rounds: 1, moves: 20 });
  expect([result.nodes, result.wires]).toEqual([300, 400]);
  for (const canvas of [result.empty, result.whole, result.near]) {
    expectFigures(canvas, ["framesPerS", "frameP95Ms", "mainMsPerFrame", "ratio"]);
  }
});

test("the fairness benchmark gives times beside each neighbour, on one thread and on two", async () => {
  const result = await benchFairness({ rounds: 1, phaseMs: 300, rate: 1_000 });
  expect(Object.keys(result.oneThread)).toEqual(["idle", "endless", "deep", "growing", "hungry"]);
  expect(Object.keys(result.twoThreads)).toEqual(["idle", "hungry"]);
  for (const beside of [result.oneThread, result.twoThreads].flatMap((threads) => Object.values(threads))) {
    expectFigures(beside, ["p50Us", "p99Us", "p99OverIdle"]);
  }
});

test("the benchmark of many flows serves all of them", async () => {
  const result = await benchFlows({ programs: 2, flowsPerProgram: 3, batch: 100, warmUpMs: 200, measuredMs: 500 });
  expectFigures(result, ["deliveriesPerSecond", "deliveriesPerCpuSecond", "leastServed", "mostServed", "rssMb"]);
  expect(result.flows).toBe(6);
});

test("a soak accounts for every update over swaps, driver restarts and outages", async () => {
  const lines: string[] = [];
  const result = await benchSoak({ durationMs: 9_000, roundMs: 3_000, rate: 5_000 }, (line) => lines.push(line));
  expectFigures(result, ["sent", "received", "mqttIn", "mqttSent", "rssMbLastThird", "outages", "swaps"]);
  const faults = { lost: 0, doubledOrLate: 0, mqttUnaccounted: 0, mqttQueued: 0, traps: 0 };
  expect(result).toMatchObject(faults);
  expect(lines).toEqual(
    [1, 2, 3].map((round) => expect.stringMatching(`^round ${round} of 3: [\\d,]+ updates sent, \\d+ MB$`)),
  );
  const bad = { ...result, lost: 7, doubledOrLate: 2, rssGrowth: 0.25 };
  expect(soakFaults({ ...result, rssGrowth: 0 })).toEqual([]);
  expect(soakFaults(bad)).toEqual([
    "7 updates did not arrive",
    "2 updates arrived twice or out of order",
    "memory grew by 25 %",
  ]);
});

test("fifty swaps at 20,000 updates a second lose, double and reorder nothing", async () => {
  const result = await benchSwap({ swaps: 50, rate: 20_000, tags: 100, warmUpUpdates: 10_000 });
  expectFigures(result, ["pauseP50Ms", "pauseP99Ms", "deployP50Ms", "stateBytesMin", "sent"]);
  expect(result).toMatchObject({ swaps: 50, lost: 0, doubled: 0, outOfOrder: 0, droppedByDriver: 0, traps: 0 });
});

test("the restart benchmark gives the time from a start to all flows running, beside a gateway without flows", async () => {
  const result = await benchRestart({ flows: 12, shapes: 4, repetitions: 1 });
  expectFigures(result, ["bestMs", "medianMs", "bestCpuMs", "bestMsWithoutFlows"]);
});

test("the memory benchmark gives what a gateway takes, empty, with one flow, started, fed and busy, and what a request takes", async () => {
  const result = await benchMemory({ flows: 12, shapes: 4, updates: 3 });
  const figures = ["WithoutFlows", "WithOneFlow", "Started", "Fed", "Busy"].map((when) => `rssMb${when}`);
  expectFigures(result, [...figures, "cpuMsPerRequest", "cpuUsPerUpdateBusy"]);
});

test("the benchmark of durable sinks gives what a message costs and what the gateway takes, for each durability", async () => {
  const { memory, written, synced } = await benchDurable({ flows: 3, warmUpReadings: 1, readings: 2 });
  for (const figures of [memory, written, synced]) expectFigures(figures, ["cpuUsPerMessage", "rssMb"]);
});

test("the benchmark of packages gives the size of each, and a provider that starts in a few times what Node.js takes", async () => {
  const { packages, ...result } = await benchPackages({ starts: 3 });
  const names = ["@flowfusion/provider", "@flowfusion/sdk", "@flowfusion/testing", "flowfusion"];
  expect(Object.keys(packages).sort()).toEqual(names);
  for (const figures of Object.values(packages)) expectFigures(figures, ["packedKb", "unpackedKb", "files"]);
  expectFigures(result, ["providerStartBestMs", "providerStartMedianMs", "nodeStartBestMs"]);
  expect(result.providerOverNode).toBeLessThan(12);
});

test("contenders take turns, and each is charged for its tags", () => {
  const order: string[] = [];
  const contender = (name: string, tagsPerRun: number) => ({
    name,
    tagsPerRun,
    run() {
      if (order.at(-1) !== name) order.push(name);
      for (let i = 0; i < 1e5; i++) Math.sqrt(i);
    },
  });
  const timings = measureInterleaved([contender("a", 1), contender("b", 1000)], briefly);
  expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect(timings.a!.bestNs).toBeGreaterThan(timings.b!.bestNs);
  expect(timings.a!.medianNs).toBeGreaterThanOrEqual(timings.a!.bestNs);
});

test("the nodes benchmark gives a figure for every built-in node, emissions included", async () => {
  const { nodes } = await benchNodes({ repetitions: 2, sliceMs: 1, warmUpMs: 1 });
  const between = [...(await builtinCatalog()).values()].filter(
    ({ manifest }) => !manifest.subscribes && !manifest.delivers,
  );
  expect(Object.keys(nodes)).toEqual(["none", ...between.map(({ manifest }) => manifest.name)]);
  for (const figures of Object.values(nodes)) expectFigures(figures, ["fusedNs", "meteredNs"]);
  expect(nodes.none!.emitted).toBe(1);
  expect(nodes.filter!.emitted).toBe(1);
  expect(nodes.fan_out!.emitted).toBeGreaterThan(1);
});

test("fusing takes time in proportion to the nodes, and none to speak of from the cache", async () => {
  const result = await benchFuse({ nodes: [8, 25, 100], repetitions: 3, hasGo: false });
  expectFigures(result, ["coldMs", "fromCacheMs", "linearity"]);
  // Were it quadratic, it would be 4.
  expect(result.linearity).toBeLessThan(3);
  expect(result.warm["8nodes"]!.ms / result.fromCacheMs).toBeGreaterThan(5);
});

test("the preview benchmark gives a figure for each step that people wait for", async () => {
  const result = await benchPreview({ flows: 2, nodesPerFlow: 4, starts: 1 });
  const steps = [
    "providerStart",
    "empty",
    "trivial",
    "firstPreview",
    "firstPreviewAgain",
    "up",
    "unchanged",
    "changed",
    "changedAgain",
  ];
  expectFigures(
    result,
    steps.map((step) => `${step}Ms`),
  );
});

test("a table has one line a figure, aligned", () => {
  expect(tableOf({ bench: "x", medianNs: { fused: 1.5 }, perSecond: 1234567 })).toBe(
    ["bench           x\n", "medianNs.fused  1.5\n", "perSecond       1,234,567\n"].join(""),
  );
});

function runMain(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const script = path.join(import.meta.dirname, "main.ts");
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test.each([
  ["without a name", [], "name one benchmark"],
  ["with a name that is none", ["flaw"], "there is no benchmark flaw"],
  ["with two names", ["flow", "e2e"], "name one benchmark"],
  ["with no time to soak", ["soak", "--minutes", "0"], "--minutes 0"],
  ["with an unknown option", ["flow", "--fast"], "--fast"],
])("the command %s ends with code 2 and says why", async (_, args, why) => {
  const { code, stdout, stderr } = await runMain(...args);
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(why)]);
});

test("the command's help names every benchmark", async () => {
  const { code, stdout } = await runMain("--help");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ flow .* nodes .* fuse .* router .* e2e .* swap /s)]);
});
