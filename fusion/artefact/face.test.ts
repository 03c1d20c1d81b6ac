import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { describeModule } from "../binary/module.ts";
import { copySection, readSections, SectionId, writeHeader } from "../binary/sections.ts";
import { assemble } from "../binary/testing.ts";
import { validate } from "../binary/validate.ts";
import { ByteWriter } from "../binary/writer.ts";
import { fuse } from "../fuse.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { command, puppet } from "../testkit/puppet.ts";
import { framesOf, readFrames, sink, source, testFlow, trapOf } from "../testkit/wat-nodes.ts";
import { faced } from "./face.ts";
import { FlowCall, type FlowFace, FlowValue, hasFace } from "./flow-face.ts";
import { shapeOf } from "./shape.ts";

const catalog = await builtinCatalog();

function* steps(instance: FusedInstance, values: readonly number[]) {
  instance.configure();
  instance.isProfiling = true;
  for (const value of values) {
    yield instance.execute(framesOf(value));
    yield readFrames(instance.takeOutbox());
    instance.tick(BigInt(Math.abs(Math.trunc(value)) % 1e6) * 1_000_000_000n);
    yield readFrames(instance.takeOutbox());
    yield instance.saveState();
  }
  const state = instance.saveState();
  instance.preload(state)();
  instance.loadState(state);
  yield instance.saveState();
  yield instance.nodeCounters();
  yield instance.fuelProfiled;
}

describe("a flow with five exports", () => {
  let metered: Uint8Array<ArrayBuffer>;
  let parts: ReturnType<typeof shapeOf>["parts"];

  beforeAll(async () => {
    const document = {
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        hot: { type: "filter", props: { op: ">", value: 10 } },
        mean: { type: "agg", props: { op: "avg", size: 3 } },
        beat: { type: "timer", props: { intervalMs: 1_000 } },
        out: { type: "file", props: { path: "out.jsonl" } },
      },
      wires: ["in.out -> hot.in", "hot.pass -> mean.in", "mean.out -> out.in", "beat.out -> out.in"],
    };
    const shape = shapeOf((await fuse(resolveGraph(parseGraph(document), catalog), catalog)).wasm);
    parts = shape.parts;
    metered = meter(shape.wasm, defaultFlowLimits);
  });

  it("does, step by step, what it did with nineteen", () => {
    const few = faced(metered);
    validate(few);
    const exported = (wasm: Uint8Array) => describeModule(wasm).exports.map(({ name }) => name);
    expect(exported(few)).toEqual(["memory", "ff_execute_flow", "ff_call", "ff_get", "ff_set"]);
    expect(exported(metered)).toHaveLength(19);
    const [withFew, withAll] = [few, metered].map((wasm) => new WebAssembly.Module(wasm));
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 30 }), (values) => {
        const all = (module: WebAssembly.Module) => [
          ...steps(new FusedInstance(module, defaultFlowLimits, parts), values),
        ];
        expect(all(withFew!)).toEqual(all(withAll!));
      }),
      { numRuns: 20 },
    );
  });

  it("tells of a trap what it told with nineteen: cause, node and where", async () => {
    const nodes = { src: source, a: { type: "puppet" }, out: sink };
    const { graph, wasm } = await testFlow(nodes, ["src.out -> a.in", "a.out -> out.in"], [puppet]);
    const traps = [meter(wasm, defaultFlowLimits), faced(meter(wasm, defaultFlowLimits))].map((bytes) => {
      const module = new WebAssembly.Module(bytes);
      const started = (fuelBurst: number) => {
        const instance = new FusedInstance(module, { ...defaultFlowLimits, fuelBurst });
        instance.configure();
        return instance;
      };
      const frames = framesOf(1, command({ action: "trap" }));
      return [
        trapOf(graph, () => started(defaultFlowLimits.fuelBurst).execute(frames)),
        trapOf(graph, () => new FusedInstance(module, { fuelPerMessage: 0, fuelBurst: 0 }).configure()),
      ];
    });
    expect(traps[1]).toEqual(traps[0]);
    expect(traps[0]).toMatchObject([{ node: "a", cause: "trap" }, { cause: "fuel" }]);
  });

  it("sets what can be set, and traps at numbers that stand for nothing", () => {
    const face = new WebAssembly.Instance(new WebAssembly.Module(faced(metered))).exports;
    if (!hasFace(face)) throw new Error("no face");
    const control = face.ff_get(FlowValue.control);
    for (const which of Object.values(FlowValue)) face.ff_set(which, 7n);
    expect(Object.values(FlowValue).map((which) => face.ff_get(which))).toEqual([7n, 7n, 7n, 7n, 7n, control, 1n]);
    face.ff_call(FlowCall.saveState, 0, 0, 0n, 1_000_000n);
    expect(Number(face.ff_get(FlowValue.fuel))).toBeLessThan(1_000_000);
    const asked: readonly ((beyond: FlowFace) => unknown)[] = [
      (it) => it.ff_get(7 as FlowValue),
      (it) => it.ff_set(-1 as FlowValue, 1n),
      (it) => it.ff_call(8 as FlowCall, 0, 0, 0n, 1n),
    ];
    for (const ask of asked) expect(() => ask(face)).toThrow(WebAssembly.RuntimeError);
  });

  it("keeps the references that its code holds of functions because they were exported", () => {
    const nothing = "(i32.const 0)";
    const functions = ["reserve (param i32)", "tick (param i64)", "save_state", "counters"].map((it) => it.split(" "));
    const wasm = assemble(
      `(module (memory (export "memory") 1) (table 1 funcref)
      (global (export "control") i32 ${nothing}) (global (export "ticking") i32 ${nothing})
      (global (export "current_node") (mut i32) ${nothing}) (global (export "profiling") (mut i32) ${nothing})
      ${functions.map(([name, ...params]) => `(func (export "${name}") ${params.join(" ")} (result i32) ${nothing})`).join(" ")}
      (func $configure (export "configure") (result i32) (table.set ${nothing} (ref.func $configure)) ${nothing})
      (func (export "execute_flow") (param i32 i32 i32) (result i32) ${nothing})
      (func (export "load_state") (param i32 i32) (result i32) ${nothing})
      (func (export "preload_state") (param i32 i32) (result i32) ${nothing}))`,
    );
    const writer = new ByteWriter();
    writeHeader(writer);
    // The assembler declares the reference where it need not.
    for (const section of readSections(wasm)) if (section.id !== SectionId.element) copySection(writer, wasm, section);
    const undeclared = meter(writer.written.slice(), defaultFlowLimits);
    expect(faced(undeclared)).not.toBe(undeclared);
    validate(faced(undeclared));
  });

  it("is left with its exports where one of them is missing, or of another type", () => {
    const without = assemble(
      `(module (memory (export "memory") 1) (func (export "configure") (result i64) i64.const 1))`,
    );
    const small = meter(without, defaultFlowLimits);
    expect(faced(small)).toBe(small);
  });
});
