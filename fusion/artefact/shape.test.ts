import { parseGraph, resolveGraph, sha256 } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { assemble } from "../binary/testing.ts";
import { fuse } from "../fuse.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { framesOf } from "../testkit/wat-nodes.ts";
import { unpackParts } from "./flow-parts.ts";
import { partsLike, plainOf, shapeOf } from "./shape.ts";

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

function expectNothingTaken(wasm: Uint8Array): void {
  const { wasm: shape, parts } = shapeOf(wasm);
  expect(shape).toEqual(wasm);
  expect(unpackParts(parts)).toEqual({ statics: [], own: new Uint8Array(0) });
}

describe("the shape of a flow", () => {
  let flows: readonly Uint8Array[];
  beforeAll(async () => {
    flows = await Promise.all([
      fusedFlow(10, 3, 3, "boiler"),
      fusedFlow(10, 3, 3, "kiln/7"),
      fusedFlow(75.5, 0.1, 3, "boiler"),
    ]);
  });

  test("is the same for flows that differ in tags, paths and numbers, and another for the size of a window", async () => {
    const other = await fusedFlow(10, 3, 4, "boiler");
    const [first, ...rest] = [...flows, other].map((wasm) => shapeOf(wasm).wasm);
    expect(rest.map((shape) => Buffer.from(first!).equals(shape))).toEqual([true, true, false]);
    expect(new Set(flows.map(sha256)).size).toBe(3);
  });

  test("tells by comparing what another flow of it has of its own, as taking that apart does", async () => {
    const other = await fusedFlow(10, 3, 4, "boiler");
    const { pattern } = shapeOf(flows[0]!);
    for (const wasm of flows) {
      expect(unpackParts(partsLike(pattern!, plainOf(wasm)!)!)).toEqual(unpackParts(shapeOf(wasm).parts));
    }
    const [first, another] = flows.map((wasm) => partsLike(pattern!, plainOf(wasm)!)!);
    expect(another!.common).toBe(first!.common);
    expect(another!.changes.buffer.byteLength).toBe(another!.changes.length);
    expect(partsLike(pattern!, plainOf(other)!)).toBeUndefined();
    const changed = flows[1]!.slice();
    const code = pattern!.places[0]!.start - 2;
    changed[code] = changed[code]! ^ 1;
    expect(partsLike(pattern!, plainOf(changed)!)).toBeUndefined();
    expect(partsLike(pattern!, plainOf(assemble("(module)"))!)).toBeUndefined();
  });

  test("hands on numbers as they stood in the code, bit by bit, and leaves zero there", () => {
    const wasm = assemble(`(module (memory (export "memory") 1) (global (export "mine") f64 (f64.const 4))
      (func (export "sum") (result f64) f64.const 0 f64.const -0 f64.add f64.const nan:0x8000000000001 f64.mul))`);
    const { wasm: shape, parts } = shapeOf(wasm);
    const bits = new BigUint64Array(unpackParts(parts).own.slice().buffer);
    expect([...bits]).toEqual([0x8000_0000_0000_0000n, 0x7ff8_0000_0000_0001n]);
    expect(WebAssembly.Module.exports(new WebAssembly.Module(shape)).map(({ name }) => name)).toEqual([
      ...["memory", "mine", "sum", "ff_take_own"],
    ]);
  });

  test("of a module that exports the name of the function for numbers keeps them in the code", () => {
    const wasm = assemble(
      `(module (memory (export "memory") 1) (func (export "ff_take_own") (result f64) f64.const 5))`,
    );
    expectNothingTaken(wasm);
  });

  test("metered, with its bytes put back, does what the whole does", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 30 }), (values) => {
        for (const wasm of flows) {
          const { wasm: shape, parts } = shapeOf(wasm);
          const whole = new WebAssembly.Module(meter(wasm, defaultFlowLimits));
          const shared = new WebAssembly.Module(meter(shape, defaultFlowLimits));
          expect(behaviour(new FusedInstance(shared, defaultFlowLimits, parts), values)).toEqual(
            behaviour(new FusedInstance(whole, defaultFlowLimits), values),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test("takes out what memories begin with, and leaves segments that are copied by instructions", () => {
    const wasm = assemble(`(module
      (memory (export "memory") 1) (memory 1)
      (data (memory 0) (i32.const 8) "mine") (data (memory 1) (i32.const 8) "theirs") (data "passive"))`);
    const { wasm: shape, parts } = shapeOf(wasm);
    expect(unpackParts(parts)).toEqual({
      statics: [{ address: 8, bytes: new TextEncoder().encode("mine") }],
      own: new TextEncoder().encode("theirs"),
    });
    const text = Buffer.from(shape).toString("latin1");
    expect([text.includes("mine"), text.includes("theirs"), text.includes("passive")]).toEqual([false, false, true]);
  });

  test("leaves in the module what is more than the memory that the host sees holds at start", () => {
    const wasm = assemble(`(module (memory (export "memory") 0) (memory 1)
      (func (export "five") (result f64) f64.const 5) (data (memory 1) (i32.const 8) "theirs"))`);
    expectNothingTaken(wasm);
  });

  test.each([
    ["a segment at an address that is not a constant", `(global $at i32 (i32.const 8)) (data (global.get $at) "mine")`],
    ["no data at all", ""],
  ])("of a module with %s is the module", (_what, fields) => {
    const wasm = assemble(`(module (memory (export "memory") 1) ${fields})`);
    expectNothingTaken(wasm);
  });

  test("of a module that exports no memory is the module", () => {
    const wasm = assemble(`(module (memory 1) (data (i32.const 8) "mine"))`);
    expectNothingTaken(wasm);
  });
});
