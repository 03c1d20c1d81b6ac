import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { fuseHere } from "../testkit/fuse-here.ts";
import { encodeFrames, graphDocument, inputMessages, resolve } from "../testkit/random-flow.ts";
import { framesOf, passOn, sink, source, type TestFlow, testFlow, watNode } from "../testkit/wat-nodes.ts";
import { FusedInstance } from "./fused-instance.ts";

/** Goes round as often as the message's value says. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const spins = "(local.set $round (i32.trunc_f64_u (f64.load offset=8 (local.get $at))))";
const spin =
  "(loop $again (br_if $again (i32.gt_s (local.tee $round (i32.sub (local.get $round) (i32.const 1))) (i32.const 0))))";
const whole = watNode("whole", `(memory (export "memory") 1) ${passOn(`(local $round i32) ${spins} ${spin}`)}`);
const scalar = watNode(
  "scalar",
  `(memory (export "memory") 1) ${passOn()}
  (global (export "scalar_meta") (mut i32) (i32.const 0)) (global (export "scalar_bits") (mut i64) (i64.const 0))
  (func (export "handle_scalar") (param i32 i32) (param $bits i64) (result i32)
    (local $round i32)
    (local.set $round (i32.trunc_f64_u (f64.reinterpret_i64 (local.get $bits)))) ${spin}
    (i32.const 1))`,
);

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "scalar" }, b: { type: "whole" }, out: sink },
    ["src.out -> a.in", "a.out -> b.in", "b.out -> out.in"],
    [whole, scalar],
  );
});

const indexOf = (id: string) => flow.graph.nodes.findIndex((node) => node.id === id);

/** With its first message behind it, for which nodes make room. */
function warm(): FusedInstance {
  const instance = flow.fused();
  instance.execute(framesOf(1));
  return instance;
}

interface Profile {
  readonly fuel: number;
  readonly nodes: readonly ({ readonly messages: number; readonly fuel: number } | undefined)[];
}

const profile = (instance: FusedInstance): Profile => ({
  fuel: instance.fuelProfiled,
  nodes: instance.nodeCounters().map(({ profiled }) => profiled),
});

function profileOf(...values: number[]): Profile {
  const instance = warm();
  instance.isProfiling = true;
  instance.execute(framesOf(...values));
  return profile(instance);
}

describe("a profile of fuel", () => {
  it("tells of each node what its own code used, to the unit", () => {
    const [few, many] = [profileOf(10), profileOf(1_010)];
    const rounds = (id: string) => many.nodes[indexOf(id)]!.fuel - few.nodes[indexOf(id)]!.fuel;
    // Both loops are the same instructions, of which each round takes as many.
    expect(rounds("a") % 1_000).toBe(0);
    expect(rounds("a")).toBeGreaterThan(0);
    expect(rounds("b")).toBe(rounds("a"));
    expect(rounds("src")).toBe(0);
    expect(rounds("out")).toBe(0);
    // What passes messages on takes the same whatever they say.
    expect(many.fuel - few.fuel).toBe(rounds("a") + rounds("b"));
  });

  it("adds up over messages and calls", () => {
    const instance = warm();
    instance.isProfiling = true;
    instance.execute(framesOf(7, 7, 7));
    instance.execute(framesOf(7));
    const [one, four] = [profileOf(7), profile(instance)];
    for (const id of ["a", "b", "out"]) {
      expect(four.nodes[indexOf(id)]).toEqual({
        fuel: 4 * one.nodes[indexOf(id)]!.fuel,
        messages: 4 * one.nodes[indexOf(id)]!.messages,
      });
    }
  });

  it("holds nothing of calls that are not profiled, and changes nothing of what they do", () => {
    const instance = warm();
    instance.execute(framesOf(100));
    instance.isProfiling = true;
    instance.execute(framesOf(3));
    instance.isProfiling = false;
    instance.execute(framesOf(1_000));
    expect(profile(instance)).toEqual(profileOf(3));
    expect(instance.nodeCounters().map(({ messagesIn }) => messagesIn)).toEqual([4, 4, 4, 4]);
  });

  it("of random flows is less than all fuel used, and their output is that of calls which are not profiled", async () => {
    const catalog = await builtinCatalog();
    for (const document of fc.sample(graphDocument, { seed: 5, numRuns: 20 })) {
      const graph = resolve(document, catalog);
      const inputs = graph.nodes.filter(({ subscribes }) => subscribes).length;
      const module = new WebAssembly.Module(meter(fuseHere(graph, catalog, false), defaultFlowLimits));
      for (const messages of fc.sample(inputMessages, { seed: 6, numRuns: 5 })) {
        const run = (isProfiling: boolean) => {
          const instance = new FusedInstance(module, defaultFlowLimits);
          instance.configure();
          instance.isProfiling = isProfiling;
          instance.execute(encodeFrames(messages, inputs));
          const executed = instance.takeOutbox();
          instance.tick(1n);
          const counters = instance.nodeCounters().map(({ messagesIn, messagesOut }) => [messagesIn, messagesOut]);
          return { seen: [hex(executed), hex(instance.takeOutbox()), counters], ...profile(instance) };
        };
        const [plain, profiled] = [run(false), run(true)];
        expect(profiled.seen).toEqual(plain.seen);
        expect(plain.fuel).toBe(0);
        const byNodes = profiled.nodes.reduce((sum, node) => sum + (node?.fuel ?? 0), 0);
        expect(byNodes).toBeLessThanOrEqual(profiled.fuel);
        for (const node of profiled.nodes) {
          expect(node!.fuel).toBeGreaterThanOrEqual(node!.messages);
        }
      }
    }
  });

  it("of an unmetered flow is empty", () => {
    const instance = new FusedInstance(new WebAssembly.Module(flow.wasm), defaultFlowLimits);
    instance.configure();
    instance.isProfiling = true;
    instance.execute(framesOf(100));
    expect(profile(instance)).toEqual({ fuel: 0, nodes: flow.graph.nodes.map(() => undefined) });
  });
});
