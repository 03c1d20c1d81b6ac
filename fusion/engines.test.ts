// What stops a flow stops it in wasmtime as well: the same node, the same cause, the same message, with the same fuel.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FuelGrant, FusedInstance } from "./host/fused-instance.ts";
import { defaultFlowLimits } from "./limits.ts";
import { meter } from "./meter/meter.ts";
import { type Command, command, messageWords, puppet, puppetData, puppetMemoryBytes } from "./testkit/puppet.ts";
import { type Observation, runScenario, type Scenario } from "./testkit/scenario.ts";
import { Wasmtime } from "./testkit/wasmtime.ts";
import { framesOf, passOn, sink, source, type TestFlow, testFlow, watNode } from "./testkit/wat-nodes.ts";

const wasmtime = new Wasmtime();
afterAll(() => wasmtime.stop());

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "puppet" }, b: { type: "puppet" }, out: sink },
    ["src.out -> a.in", "a.out -> b.in", "b.out -> out.in"],
    [puppet],
  );
});

/** What is seen in V8 with each of the grants, once wasmtime has been seen to do the same. */
async function seenWith(fuels: readonly FuelGrant[], { wasm }: TestFlow, parts: Scenario): Promise<Observation[][]> {
  const metered = meter(wasm, defaultFlowLimits);
  const module = new WebAssembly.Module(metered);
  const seen = fuels.map((fuel) => runScenario(() => new FusedInstance(module, fuel), parts));
  const scenarios = fuels.map((fuel) => ({ fuel, parts }));
  expect(await wasmtime.run(metered, scenarios)).toEqual(seen);
  return seen;
}

const seenInBoth = async (of: TestFlow, parts: Scenario) => (await seenWith([defaultFlowLimits], of, parts))[0]!;

const part = (frames: Uint8Array) => ({ frames, nowNs: 5n });
const armed = (name: Command["function"] & string) => command({ hops: 1, action: "arm", function: name });
const emission = (port: number, length: number, words = messageWords()) =>
  command({ hops: 1, action: "emit", number: 1, data: [port, puppetData + 12, length, ...words] });

describe("a flow in V8 and in wasmtime", () => {
  const indexOfB = 1;
  const rows: [title: string, cause: string, bodies: (number | Uint8Array)[]][] = [
    ["traps", "trap", [1, command({ hops: 1, action: "trap" })]],
    ["reads beyond its memory", "trap", [1, command({ hops: 1, action: "answer", number: puppetMemoryBytes })]],
    ["traps in cabi_realloc", "trap", [armed("realloc"), 1]],
    ["traps in cabi_post_handle", "trap", [armed("postHandle")]],
    ["loops for ever", "fuel", [1, 2, command({ hops: 1, action: "loop" })]],
    ["overflows its stack", "stack", [1, command({ hops: 1, action: "recurse" })]],
    ["emits on a port that is not there", "invalid_emission", [1, emission(3, 24)]],
    ["emits what is no message", "invalid_emission", [emission(0, 32)]],
    ["emits a message of nearly 4 GiB", "invalid_emission", [emission(0, 0xffff_fff8)]],
  ];
  it.each(rows)("that %s is stopped in the name of the same node", async (_, cause, bodies) => {
    const frames = framesOf(...bodies);
    const cursor = frames.length - framesOf(bodies.at(-1)!).length;
    const seen = await seenInBoth(flow, [part(frames)]);
    expect(seen.at(-1)).toEqual({ trap: cause, node: indexOfB, cursor });
  });

  it("that floods its outbox is stopped at the same message", async () => {
    const list = Array.from({ length: 14 }, () => [0, 4136 + 14 * 12, 80_000]).flat();
    const message = [...messageWords(80_000 - 24), ...new Array<number>(80_000 / 4 - 6).fill(0)];
    const flood = command({ action: "emit", number: 14, data: [...list, ...message] });
    const [seen] = await seenInBoth(flow, [part(framesOf(1, flood))]);
    expect(seen).toMatchObject({ trap: "outbox_overflow", cursor: framesOf(1).length });
  });

  it.each(["tick", "save"] as const)("that traps when it is asked to %s names the node", async (name) => {
    const seen = await seenInBoth(flow, [part(framesOf(1)), part(framesOf(armed(name)))]);
    expect(seen.at(-1)).toMatchObject({ trap: "trap", node: indexOfB });
  });

  it("that is fed what is no run of frames blames no node", async () => {
    const [seen] = await seenInBoth(flow, [part(framesOf(1).subarray(0, 31))]);
    expect(seen).toEqual({ trap: "invalid_input", node: -1, cursor: 0 });
  });

  it("that refuses its properties when it starts says so in the same words", async () => {
    const refusing = watNode(
      "refusing",
      `(memory (export "memory") 1) (data (i32.const 64) "not like this") ${passOn()}
      (data $once "once") (func (data.drop $once)) ;; keeps it from being configured while it is fused
      (func (export "configure") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const 64))
        (i32.store (i32.const 24) (i32.const 13)) (i32.const 16))`,
    );
    const { wasm } = await testFlow(
      { src: source, it: { type: "refusing" }, out: sink },
      ["src.out -> it.in", "it.out -> out.in"],
      [refusing],
    );
    expect(await seenInBoth({ ...flow, wasm }, [part(framesOf(1))])).toEqual([{ refusal: "it: not like this" }]);
  });

  it("uses the same fuel: it runs out at the same message, whatever is granted", async () => {
    const frames = framesOf(...Array.from({ length: 40 }, (_, index) => index));
    const grants = Array.from({ length: 400 }, (_, index) => ({ fuelPerMessage: 0, fuelBurst: 200 + 151 * index }));
    const ends = (await seenWith(grants, flow, [part(frames)])).map(([seen]) => seen!);
    const traps = ends.filter((seen) => "trap" in seen);
    expect(new Set(traps.map(({ trap }) => trap))).toEqual(new Set(["fuel"]));
    expect(new Set(traps.map(({ cursor }) => cursor)).size).toBeGreaterThan(10);
    expect(new Set(traps.map(({ node }) => node)).size).toBeGreaterThan(2);
  });
});
