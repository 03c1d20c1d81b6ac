// A node that does not end is a failed case, wherever it hangs: nobody waits for it.

import { defaultFlowLimits } from "@flowfusion/fusion";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import type { NodeModule } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { runTable } from "./run-table.ts";
import { readTable } from "./table.ts";

const loop = "(loop $forever (br $forever))";
const memory = `(memory (export "memory") 1)`;
const steps = [{ in: { value: 1 }, out: [{ value: 1 }] }, "restart", { tick: 5, out: [] }];

const runSteps = (module: NodeModule, given: readonly unknown[] = steps) =>
  runTable(module, readTable({ cases: [{ title: "t", props: {}, steps: given }] }, module.manifest))[0]!;

describe("a node that loops for ever", () => {
  const saving = (save: string, load: string) => `${memory} ${passOn()}
    (func (export "save-state") (result i32) ${save} (i32.store (i32.const 16) (i32.const 64))
      (i32.store (i32.const 20) (i32.const 8)) (i32.const 16))
    (func (export "load-state") (param i32 i32) (result i32) ${load} (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`;
  const { fuelBurst, fuelPerMessage } = defaultFlowLimits;
  const places: [where: string, fields: string, step: number, fuel: number][] = [
    ["_initialize", `${memory} ${passOn()} (func (export "_initialize") ${loop})`, 0, 20 * fuelBurst],
    ["its start function", `${memory} ${passOn()} (func $go ${loop}) (start $go)`, 0, 20 * fuelBurst],
    ["handle", `${memory} ${passOn(loop)}`, 1, fuelBurst + fuelPerMessage],
    ["save-state", saving(loop, ""), 2, 20 * fuelBurst],
    ["load-state", saving("", loop), 2, 20 * fuelBurst],
    [
      "tick",
      `${memory} ${saving("", "").slice(memory.length)} (func (export "tick") (param i64) (result i32) ${loop} unreachable)`,
      3,
      fuelBurst,
    ],
  ];
  it.each(places)("in %s fails the case at that step, with the fuel that it had", (_, fields, step, fuel) => {
    const hasState = fields.includes("save-state");
    const module = watNode("endless", fields, { stateVersion: hasState ? 1 : 0 });
    const given = hasState ? steps : steps.filter((one) => one !== "restart");
    expect(runSteps(module, given).failure).toMatchObject({
      step,
      message: `the node failed: it used up its fuel of ${fuel} for one call, as an endless loop does`,
    });
  });
});

describe("a node whose manifest says that its state replaces", () => {
  /** Puts its count of messages in place of each value; loads by `load`. */
  const counting = (load: string) =>
    watNode(
      "counting",
      `${memory} (global $count (mut f64) (f64.const 0))
      ${passOn(`(global.set $count (f64.add (global.get $count) (f64.const 1)))
        (f64.store offset=8 (local.get $at) (global.get $count))`)}
      (func (export "save-state") (result i32)
        (f64.store (i32.const 64) (global.get $count)) (i32.store (i32.const 16) (i32.const 64))
        (i32.store (i32.const 20) (i32.const 8)) (i32.const 16))
      (func (export "load-state") (param i32 i32) (result i32)
        (global.set $count ${load}) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`,
      { stateVersion: 1, replacesState: true },
    );
  const value = "(f64.load (local.get 0))";
  const counted = [1, 2, "restart", 3, "restart", 4].map((step) =>
    step === "restart" ? step : { in: { value: 0 }, out: [{ value: step }] },
  );

  it("passes where a restart goes on with what was loaded last", () => {
    expect(runSteps(counting(value), counted).failure).toBeUndefined();
  });

  it("fails where something of an earlier state is left", () => {
    const { failure } = runSteps(counting(`(f64.add (global.get $count) ${value})`), counted);
    expect(failure).toMatchObject({ step: 4, message: expect.stringMatching(/replacesState.*"value":4.*"value":3/s) });
  });
});

describe("a node", () => {
  it("is told what its dearest step took", () => {
    const cheap = runSteps(watNode("cheap", `${memory} ${passOn()}`), [steps[0]!]);
    const dear = `(local $left i32) (local.set $left (i32.const 100000))
      (loop $l (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`;
    const costly = runSteps(watNode("costly", `${memory} ${passOn(dear)}`), [steps[0]!]);
    expect(cheap.failure).toBeUndefined();
    expect(cheap.fuelMax).toBeGreaterThan(0);
    expect(costly.fuelMax - cheap.fuelMax).toBeGreaterThan(500_000);
    expect(costly.fuelMax - cheap.fuelMax).toBeLessThan(700_000);
  });

  it("may be granted more fuel, or less", () => {
    const dear = passOn(
      "(local $left i32) (local.set $left (i32.const 1000000)) (loop $l (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))",
    );
    const module = watNode("dear", `${memory} ${dear}`);
    const cases = readTable({ cases: [{ title: "t", props: {}, steps: [steps[0]] }] }, module.manifest);
    const outcomes = [5_000_000, 8_000_000].map(
      (fuelBurst) => runTable(module, cases, { fuelBurst, fuelPerMessage: 0 })[0]!,
    );
    expect(outcomes.map(({ failure }) => failure?.step)).toEqual([1, undefined]);
  });

  it("has the memory that a gateway gives it, and no more", () => {
    const grown = `(f64.store offset=8 (local.get $at) (f64.convert_i32_s (memory.grow (i32.const ${defaultFlowLimits.maxPagesPerMemory}))))`;
    const step = { in: { value: 1 }, out: [{ value: -1 }] };
    expect(runSteps(watNode("grower", `${memory} ${passOn(grown)}`), [step]).failure).toBeUndefined();
  });
});
