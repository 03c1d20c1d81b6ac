import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { assemble } from "../binary/testing.ts";
import { fuse } from "../fuse.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { framesOf } from "../testkit/wat-nodes.ts";
import { shapeOf } from "./shape.ts";

const catalog = await builtinCatalog();

/** Readings above a threshold, scaled, in windows. */
async function fusedFlow(threshold: number, factor: number, size: number, tag: string): Promise<Uint8Array> {
  const document = {
    nodes: {
      in: { type: "tag_input", props: { tags: [tag] } },
      hot: { type: "filter", props: { op: ">", value: threshold } },
      scaled: { type: "scale", props: { factor } },
      mean: { type: "agg", props: { op: "avg", size } },
      out: { type: "file", props: { path: `${tag}.jsonl` } },
    },
    wires: ["in.out -> hot.in", "hot.pass -> scaled.in", "scaled.out -> mean.in", "mean.out -> out.in"],
  };
  return (await fuse(resolveGraph(parseGraph(document), catalog), catalog)).wasm;
}

/** What a flow emits for these values, and the state that it is left with. */
function behaviour(instance: FusedInstance, values: readonly number[]) {
  instance.configure();
  instance.execute(framesOf(...values));
  return { emitted: instance.takeOutbox(), state: instance.saveState(), counters: instance.nodeCounters() };
}

describe("the shape of a flow", () => {
  let flows: readonly Uint8Array[];
  beforeAll(async () => {
    flows = await Promise.all([fusedFlow(10, 2, 3, "boiler"), fusedFlow(10, 2, 3, "kiln/7")]);
  });

  test("is the same for flows that differ in tags and paths, and another for what a node is configured with", async () => {
    const other = await fusedFlow(75.5, 2, 3, "boiler");
    const [first, second, third] = [...flows, other].map((wasm) => shapeOf(wasm).wasm);
    expect(Buffer.from(first!).equals(second!)).toBe(true);
    expect(Buffer.from(first!).equals(third!)).toBe(false);
    expect(Buffer.from(flows[0]!).equals(flows[1]!)).toBe(false);
  });

  test("metered, with its bytes put back, does what the whole does", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 30 }), (values) => {
        for (const wasm of flows) {
          const { wasm: shape, statics } = shapeOf(wasm);
          const whole = new WebAssembly.Module(meter(wasm, defaultFlowLimits));
          const shared = new WebAssembly.Module(meter(shape, defaultFlowLimits));
          expect(behaviour(new FusedInstance(shared, defaultFlowLimits, statics), values)).toEqual(
            behaviour(new FusedInstance(whole, defaultFlowLimits), values),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test("keeps what lies in the nodes' own memories, and segments that are copied by instructions", () => {
    const wasm = assemble(`(module
      (memory (export "memory") 1) (memory 1)
      (data (memory 0) (i32.const 8) "mine") (data (memory 1) (i32.const 8) "theirs") (data "passive"))`);
    const { wasm: shape, statics } = shapeOf(wasm);
    expect(statics).toEqual([{ address: 8, bytes: new TextEncoder().encode("mine") }]);
    const text = Buffer.from(shape).toString("latin1");
    expect([text.includes("mine"), text.includes("theirs"), text.includes("passive")]).toEqual([false, true, true]);
  });

  test.each([
    ["a segment at an address that is not a constant", `(global $at i32 (i32.const 8)) (data (global.get $at) "mine")`],
    ["no data at all", ""],
  ])("of a module with %s is the module", (_what, fields) => {
    const wasm = assemble(`(module (memory (export "memory") 1) ${fields})`);
    expect(shapeOf(wasm)).toEqual({ wasm, statics: [] });
  });

  test("of a module that exports no memory is the module", () => {
    const wasm = assemble(`(module (memory 1) (data (i32.const 8) "mine"))`);
    expect(shapeOf(wasm)).toEqual({ wasm, statics: [] });
  });
});
