import { availableParallelism } from "node:os";
import type { CanonicalGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse } from "./fuse.ts";
import { FusedInstance } from "./host/fused-instance.ts";
import type { RunningFlow } from "./host/running-flow.ts";
import { defaultFlowLimits } from "./limits.ts";
import { meter } from "./meter/meter.ts";
import { ReferenceFlow } from "./reference/reference-flow.ts";
import { encodeFrames, graphDocument, type InputMessage, inputMessages, resolve } from "./testkit/random-flow.ts";

const isLong = process.env.FLOWFUSION_TEST_LONG === "1";
const graphsToTry = isLong ? 1_000 : 200;
const runsPerGraph = 5;
const catalog = await builtinCatalog();

const inputsOf = (graph: CanonicalGraph) => graph.nodes.filter(({ subscribes }) => subscribes).length;

function fusedInstance(wasm: Uint8Array): FusedInstance {
  const instance = new FusedInstance(new WebAssembly.Module(meter(wasm, defaultFlowLimits)), defaultFlowLimits);
  instance.configure();
  return instance;
}

function referenceOf(graph: CanonicalGraph): ReferenceFlow {
  const reference = new ReferenceFlow(graph, catalog);
  reference.configure();
  return reference;
}

/** Everything that can be seen of a flow after it has run the input and been told the time. */
function observe(flow: RunningFlow, frames: Uint8Array, nowNs: bigint): object {
  const consumed = flow.execute(frames);
  flow.tick(nowNs);
  return {
    consumed,
    outbox: Buffer.from(flow.takeOutbox()).toString("hex"),
    state: Buffer.from(flow.saveState()).toString("hex"),
    counters: flow.nodeCounters(),
  };
}

async function expectSameBehaviour(graph: CanonicalGraph, seed: number): Promise<void> {
  const { wasm } = await fuse(graph, catalog);
  const module = new WebAssembly.Module(meter(wasm, defaultFlowLimits));
  const fresh = () => {
    const instance = new FusedInstance(module, defaultFlowLimits);
    instance.configure();
    return instance;
  };
  fc.assert(
    fc.property(inputMessages, fc.nat(), fc.nat(60), fc.nat(60), (messages, cut, beforeMs, afterMs) => {
      const beforeNs = BigInt(beforeMs) * 1_000_000n;
      const afterNs = BigInt(afterMs) * 1_000_000n;
      const frames = (part: readonly InputMessage[]) => encodeFrames(part, inputsOf(graph));
      const at = messages.length === 0 ? 0 : cut % messages.length;
      const fused = fresh();
      const reference = referenceOf(graph);
      const first = frames(messages.slice(0, at));
      expect(observe(fused, first, beforeNs)).toEqual(observe(reference, first, beforeNs));
      // Handed over in the middle, to the other kind each, the second half must come out the same as well.
      const fusedSecond = fresh();
      const referenceSecond = referenceOf(graph);
      fusedSecond.loadState(reference.saveState());
      referenceSecond.loadState(fused.saveState());
      const rest = frames(messages.slice(at));
      const expected = observe(referenceSecond, rest, afterNs);
      expect(observe(fusedSecond, rest, afterNs)).toEqual(expected);
      const { outbox, state } = observe(fused, rest, afterNs) as { outbox: string; state: string };
      expect({ outbox, state }).toEqual({
        outbox: (expected as { outbox: string }).outbox,
        state: (expected as { state: string }).state,
      });
    }),
    { seed, numRuns: runsPerGraph },
  );
}

describe("fusing", () => {
  it(`gives what the unfused nodes give, byte for byte, for ${graphsToTry} random graphs, state handed over in the middle`, {
    timeout: 3_600_000,
  }, async () => {
    const seed = Number(process.env.FLOWFUSION_SEED ?? Date.now() % 2 ** 31);
    console.log(`random graphs: FLOWFUSION_SEED=${seed}`);
    const documents = fc.sample(graphDocument, { seed, numRuns: graphsToTry });
    const queue = documents.entries();
    const work = async () => {
      for (const [index, document] of queue) {
        await expectSameBehaviour(resolve(document, catalog), seed + index).catch((error: unknown) => {
          throw new Error(`graph ${index} of seed ${seed}: ${JSON.stringify(document)}\n${String(error)}`, {
            cause: error,
          });
        });
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    expect(documents).toHaveLength(graphsToTry);
  });

  it("gives the same bytes whatever the order of keys and wires", async () => {
    const [document] = fc.sample(graphDocument, { seed: 7, numRuns: 1 });
    const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse());
    const first = await fuse(resolve(document!, catalog), catalog);
    const again = { nodes: reversed(document!.nodes), wires: reversed(document!.wires) } as typeof document;
    const second = await fuse(resolve(again!, catalog), new Map([...catalog].reverse()));
    expect(second.digest).toBe(first.digest);
  });

  it("gives a module without imports that exports only the contract", async () => {
    const [document] = fc.sample(graphDocument, { seed: 1, numRuns: 1 });
    const { wasm } = await fuse(resolve(document!, catalog), catalog);
    const module = new WebAssembly.Module(wasm);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "configure",
      "control",
      "counters",
      "current_node",
      "execute_flow",
      "fuel_probe",
      "load_state",
      "memory",
      "profiling",
      "reserve",
      "save_state",
      "tick",
    ]);
    expect(() => fusedInstance(wasm)).not.toThrow();
  });
});
