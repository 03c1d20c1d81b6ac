// The oracle of fusion: random graphs over all built-in nodes do the same node by node, fused in V8 as a gateway runs them,
// and fused in another engine, byte for byte, also where state is handed over in the middle and where fuel runs out.

import { availableParallelism } from "node:os";
import type { CanonicalGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { shapeOf } from "./artefact/shape.ts";
import { fuse } from "./fuse.ts";
import { FusedInstance } from "./host/fused-instance.ts";
import { defaultFlowLimits } from "./limits.ts";
import { meter } from "./meter/meter.ts";
import { ReferenceFlow } from "./reference/reference-flow.ts";
import { fuseHere } from "./testkit/fuse-here.ts";
import { encodeFrames, graphDocument, inputMessages, resolve } from "./testkit/random-flow.ts";
import { type Observation, runScenario, type Scenario } from "./testkit/scenario.ts";
import { type FuelledScenario, Wasmtime } from "./testkit/wasmtime.ts";

const isLong = process.env.FLOWFUSION_TEST_LONG === "1";
const graphsToTry = isLong ? 10_000 : 300;
/** One graph in so many is optimised, which takes longer than all else. */
const optimisedEvery = 10;
const scenariosPerGraph = 3;

const catalog = await builtinCatalog();
const wasmtime = new Wasmtime();
afterAll(() => wasmtime.stop());

/** Mostly about when the messages are from, now and then a clock that has gone wrong; it may go back. */
const timeNs = fc.oneof(
  { weight: 6, arbitrary: fc.nat(60).map((ms) => BigInt(ms) * 1_000_000n) },
  fc.constantFrom(2n ** 63n - 1n, 2n ** 64n - 1n),
);

/** Two parts: whatever is cut in the middle is handed over. */
function scenarioFor(graph: CanonicalGraph): fc.Arbitrary<Scenario> {
  const inputs = graph.nodes.filter(({ subscribes }) => subscribes).length;
  return fc.tuple(inputMessages, fc.nat(), timeNs, timeNs).map(([messages, cut, beforeNs, afterNs]) => {
    const at = messages.length === 0 ? 0 : cut % messages.length;
    const part = (from: number, to: number, nowNs: bigint) => ({
      frames: encodeFrames(messages.slice(from, to), inputs),
      nowNs,
    });
    return [part(0, at, beforeNs), part(at, messages.length, afterNs)];
  });
}

async function expectSameBehaviour(graph: CanonicalGraph, isOptimised: boolean, seed: number): Promise<void> {
  const fused = fuseHere(graph, catalog, isOptimised);
  const wasm = meter(fused, defaultFlowLimits);
  const shape = shapeOf(fused);
  const shared = new WebAssembly.Module(meter(shape.wasm, defaultFlowLimits));
  const whole = new WebAssembly.Module(wasm);
  const start = () => new FusedInstance(shared, defaultFlowLimits, shape.parts);
  const scenarios: FuelledScenario[] = [];
  const seen: Observation[][] = [];
  fc.assert(
    fc.property(scenarioFor(graph), (scenario) => {
      const expected = runScenario(() => new ReferenceFlow(graph, catalog), scenario);
      expect(runScenario(start, scenario)).toEqual(expected);
      scenarios.push({ fuel: defaultFlowLimits, parts: scenario });
      seen.push(expected);
    }),
    { seed, numRuns: scenariosPerGraph },
  );
  const scarce = { fuelPerMessage: 0, fuelBurst: 10 + (seed % 9_973) };
  scenarios.push({ fuel: scarce, parts: scenarios[0]!.parts });
  seen.push(runScenario(() => new FusedInstance(whole, scarce), scenarios[0]!.parts));
  expect(await wasmtime.run(wasm, scenarios, { engine: "unoptimised" })).toEqual(seen);
}

it(`${graphsToTry} random flows do the same unfused, fused, and fused in wasmtime`, {
  timeout: 4 * 3_600_000,
}, async () => {
  const seed = Number(process.env.FLOWFUSION_SEED ?? Date.now() % 2 ** 31);
  console.log(`random graphs: FLOWFUSION_SEED=${seed}`);
  const documents = fc.sample(graphDocument, { seed, numRuns: graphsToTry });
  const queue = documents.entries();
  let done = 0;
  const work = async () => {
    for (const [index, document] of queue) {
      const isOptimised = index % optimisedEvery === 0;
      await expectSameBehaviour(resolve(document, catalog), isOptimised, seed + index).catch((error: unknown) => {
        throw new Error(`graph ${index} of seed ${seed}: ${JSON.stringify(document)}\n${String(error)}`, {
          cause: error,
        });
      });
      done++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  expect(done).toBe(graphsToTry);
});

it("fusing here gives the bytes that fusing in the linker's process gives", async () => {
  for (const document of fc.sample(graphDocument, { seed: 5, numRuns: 3 })) {
    const graph = resolve(document, catalog);
    expect(Buffer.compare(fuseHere(graph, catalog, true), (await fuse(graph, catalog)).wasm)).toBe(0);
  }
});
