import { FlowFusionError } from "@flowfusion/graph";
import { beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../binary/testing.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { command, puppet } from "../testkit/puppet.ts";
import { framesOf, readFrames, sink, source, type TestFlow, testFlow, trapOf } from "../testkit/wat-nodes.ts";
import { FusedInstance } from "./fused-instance.ts";

let flow: TestFlow;
let module: WebAssembly.Module;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "puppet" }, out: sink },
    ["src.out -> a.in", "a.out -> out.in"],
    [puppet],
  );
  module = new WebAssembly.Module(meter(flow.wasm, defaultFlowLimits));
});

const good = framesOf(1);

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

/** The least grant of fuel that is enough, where more is enough as well. */
function least(isEnough: (fuel: number) => boolean): number {
  let [tooLittle, enough] = [0, 1_000_000];
  while (enough - tooLittle > 1) {
    const middle = (tooLittle + enough) >> 1;
    if (isEnough(middle)) enough = middle;
    else tooLittle = middle;
  }
  return enough;
}

describe("FusedInstance", () => {
  it("runs an artefact that has not been metered, without a bound", () => {
    const instance = new FusedInstance(new WebAssembly.Module(flow.wasm), { fuelPerMessage: 0, fuelBurst: 0 });
    instance.configure();
    expect(instance.execute(good)).toBe(good.length);
  });

  it("shows its state where it lies, the same bytes as a copy has", () => {
    const instance = new FusedInstance(module, defaultFlowLimits);
    instance.configure();
    instance.execute(good);
    const copy = instance.saveState();
    const inPlace = instance.saveStateInPlace();
    expect(inPlace).toEqual(copy);
    expect(inPlace.buffer).toBe(instance.memory.buffer);
  });

  it("grants fuel for each message of a batch, however many", () => {
    const runs = (length: number, fuelPerMessage: number): boolean => {
      const instance = new FusedInstance(module, { fuelPerMessage, fuelBurst: 100_000 });
      instance.configure();
      return succeeds(() => instance.execute(framesOf(...Array.from({ length }, (_, index) => index))));
    };
    // Little more than what a message takes: a batch that is granted less than its share does not get by.
    const perMessage = Math.ceil(1.1 * least((fuel) => runs(4_000, fuel)));
    expect([4_000, 4_095, 4_096, 6_000].map((length) => runs(length, perMessage))).toEqual([true, true, true, true]);
  });

  it("gives a batch that is run in pieces no more fuel than as a whole, and the next batch as much again", () => {
    const frames = Array.from({ length: 40 }, (_, index) => framesOf(index));
    const runs = (pieces: readonly Uint8Array[], fuelPerMessage: number, fuelBurst: number): boolean =>
      succeeds(() => {
        const instance = new FusedInstance(module, { fuelPerMessage, fuelBurst });
        instance.configure();
        for (let batch = 0; batch < 2; batch++) {
          const start = instance.reserve(Buffer.concat(pieces).length);
          instance.memory.set(Buffer.concat(pieces), start);
          let at = start + instance.executeAt(start, pieces[0]!.length, pieces.length);
          for (const piece of pieces.slice(1)) at += instance.continueAt(at, piece.length, pieces.length);
        }
      });
    const forOne = least((fuel) => runs(frames.slice(0, 1), 0, fuel));
    const forAll = least((fuel) => runs(frames, 0, fuel));
    // Were it granted anew for each piece, what is enough for one would be enough for all.
    expect(forAll).toBeGreaterThan(10 * forOne);
    expect(runs(frames, Math.ceil(forAll / frames.length), forOne)).toBe(true);
  });

  it("makes room for input whatever the batch before has left of its fuel", () => {
    const started = (fuelBurst: number): FusedInstance => {
      const instance = new FusedInstance(module, { fuelPerMessage: 0, fuelBurst });
      instance.configure();
      return instance;
    };
    // The least grant that runs one message leaves next to nothing.
    const instance = started(least((fuel) => succeeds(() => started(fuel).execute(good))));
    for (let round = 0; round < 10; round++) expect(instance.execute(good)).toBe(good.length);
  });

  it("grants a tick, a save and a load each their own fuel", () => {
    const instance = new FusedInstance(module, { fuelPerMessage: 0, fuelBurst: 100_000 });
    instance.configure();
    for (let round = 0; round < 100; round++) {
      instance.tick(1n);
      instance.loadState(instance.saveState());
      instance.takeOutbox();
    }
    expect(instance.nodeCounters()[0]!.messagesOut[0]).toBe(100);
  });

  it("calls a flow for a tick only when a node takes one", async () => {
    const { wasm } = await testFlow({ src: source, out: sink }, ["src.out -> out.in"]);
    const without = new WebAssembly.Module(meter(wasm, defaultFlowLimits));
    const tick = (it: WebAssembly.Module) => new FusedInstance(it, { fuelPerMessage: 0, fuelBurst: 0 }).tick(1n);
    expect(trapOf(flow.graph, () => tick(module))).toMatchObject({ cause: "fuel" });
    expect(() => tick(without)).not.toThrow();
  });

  it("sees its memory wherever it has grown to", () => {
    const instance = flow.fused();
    const before = instance.memory;
    const start = instance.reserve(3_000_000);
    expect(before.length).toBe(0);
    instance.memory.set(good, start);
    expect(instance.executeAt(start, good.length, 1)).toBe(good.length);
    expect(readFrames(instance.takeOutbox())).toEqual([[0, 1]]);
    expect(instance.memory.length).toBeGreaterThan(3_000_000);
  });

  it("keeps what a call emitted until the next one, and hands it out once", () => {
    const instance = flow.fused();
    instance.execute(good);
    instance.execute(framesOf(1, 2));
    expect(instance.outboxBytes).toBe(64);
    expect(instance.committedOutboxBytes).toBe(64);
    expect(readFrames(instance.takeOutbox())).toHaveLength(2);
    expect([instance.outboxBytes, instance.takeOutbox().length]).toEqual([0, 0]);
  });

  it("empties the outbox of an artefact that has not been metered as well", () => {
    const instance = new FusedInstance(new WebAssembly.Module(flow.wasm), { fuelPerMessage: 0, fuelBurst: 0 });
    instance.configure();
    instance.execute(good);
    instance.execute(good);
    expect(readFrames(instance.takeOutbox())).toHaveLength(1);
  });

  it("counts without a limit of 32 bits", () => {
    const instance = flow.fused();
    instance.execute(good);
    expect(instance.nodeCounters()[0]).toEqual({ messagesIn: 1, messagesOut: [1, 0, 0, 0] });
  });

  it("tells a trap with its cause, its node and where it stopped", () => {
    const instance = flow.fused();
    expect(trapOf(flow.graph, () => instance.execute(framesOf(1, command({ action: "trap" }))))).toEqual({
      node: "a",
      cause: "trap",
      cursor: good.length,
    });
  });

  describe("of a module that only looks like a flow", () => {
    const posing = (bodies: {
      configure?: string;
      save?: string;
      load?: string;
      reserve?: string;
      execute?: string;
      control?: number;
      abi?: number;
    }) =>
      assemble(`(module (memory (export "memory") 1)
          (global (export "control") i32 (i32.const ${bodies.control ?? 64})) (global (export "current_node") (mut i32) (i32.const 7))
          (data (i32.const 64) "\\0${bodies.abi ?? 1}")
          (func (export "reserve") (param i32) (result i32) ${bodies.reserve ?? "(i32.const 1024)"})
          (func (export "configure") (result i32) ${bodies.configure ?? "(i32.const 0)"})
          (func (export "execute_flow") (param i32 i32) (result i32) ${bodies.execute ?? "(i32.const 0)"})
          (func (export "tick") (param i64) (result i32) (i32.const 0))
          (func (export "save_state") (result i32) ${bodies.save ?? "(i32.const 0)"})
          (func (export "load_state") (param i32 i32) (result i32) ${bodies.load ?? "(i32.const 0)"}))`);
    const poses = (bodies: Parameters<typeof posing>[0]) =>
      new FusedInstance(new WebAssembly.Module(posing(bodies)), defaultFlowLimits);
    const beyond = "(i32.const -8)";
    const lying = "(i32.store (i32.const 512) (i32.const -1)) (i32.const 512)";

    it("bounds one that is not told how many messages come, as flows of old", () => {
      const execute = "(loop $again (br_if $again (i32.load8_u (local.get 0)))) (local.get 1)";
      const fuel = { fuelPerMessage: 1_000, fuelBurst: 10_000 };
      const module = new WebAssembly.Module(meter(posing({ execute }), defaultFlowLimits));
      const run = (firstByte: number) => {
        const instance = new FusedInstance(module, fuel);
        instance.memory[1024] = firstByte;
        return instance.executeAt(1024, 32, 1);
      };
      expect(run(0)).toBe(32);
      expect(() => run(1)).toThrow(expect.objectContaining({ trapCause: "fuel" }));
    });

    it.each([
      ["a control block beyond its memory", () => poses({ control: -8 })],
      ["a control block of another version", () => poses({ abi: 2 })],
      ["an error text beyond its memory", () => poses({ configure: beyond }).configure()],
      ["an error text longer than its memory", () => poses({ configure: lying }).configure()],
      ["a state beyond its memory", () => poses({ save: beyond }).saveState()],
      ["a state longer than its memory", () => poses({ save: lying }).saveState()],
      ["room beyond its memory", () => poses({ reserve: beyond }).execute(good)],
      ["a refusal of a state beyond its memory", () => poses({ load: beyond }).loadState(good)],
    ])("%s is an artefact's fault, and named so", (_, run) => {
      let error: unknown;
      try {
        run();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(FlowFusionError);
      expect(error).toMatchObject({ code: "FF_ARTEFACT_INVALID" });
    });
  });
});
