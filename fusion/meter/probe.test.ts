import { describe, expect, it } from "vitest";
import { assemble } from "../binary/testing.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "./meter.ts";

const metered = (text: string) => meter(assemble(text), defaultFlowLimits);

describe("the fuel that a flow asks for", () => {
  const nops = (count: number) => "nop ".repeat(count);
  // Returns what the probe told before and behind `between`, as a difference.
  const asking = (between: string, around: (code: string) => string = (code) => code) => `(module
    (func $probe (export "fuel_probe") (result i64) (i64.const 0))
    (func $spin (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "f") (param $n i32) (result i64)
      (local $before i64) (local $after i64)
      ${around("(local.set $before (call $probe))")}
      ${between}
      ${around("(local.set $after (call $probe))")}
      (i64.sub (local.get $before) (local.get $after))))`;
  const usedBy = (text: string, n = 1) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(metered(text)));
    (exports.ff_fuel as WebAssembly.Global<bigint>).value = 1_000_000n;
    return (exports.f as (n: number) => bigint)(n);
  };
  const guarded = (code: string) => `(if (local.get $n) (then ${code}))`;

  it.each([
    ["in a row", (code: string) => code],
    ["behind a condition", guarded],
  ])("tells to the unit what ran between two answers, asked %s", (_, around) => {
    const nothing = usedBy(asking("", around));
    for (const count of [1, 10, 63, 64, 65, 1_000]) {
      expect(usedBy(asking(nops(count), around)) - nothing, `${count} nops`).toBe(BigInt(count));
    }
    const branch = (then: string) => `(if (i32.eqz (local.get $n)) (then ${then}))`;
    // A large branch that is not taken costs nothing, wherever it stands.
    expect(usedBy(asking(branch(nops(500)), around))).toBe(usedBy(asking(branch(nops(400)), around)));
  });

  it("includes what is called between them, loops as often as they go round", () => {
    const spins = (n: number) => usedBy(asking("(call $spin (local.get $n))"), n);
    const round = spins(3) - spins(2);
    expect(round > 0n).toBe(true);
    expect(spins(1_002) - spins(2)).toBe(1_000n * round);
  });

  it("is not changed by asking, and given by a function of no other name or type", () => {
    expect(
      usedBy(`(module (func $p (export "fuel_probe") (result i64) (i64.const 0))
      (func (export "f") (param i32) (result i64) (drop (call $p)) (drop (call $p)) (i64.sub (call $p) (call $p))))`),
    ).toBeLessThan(10n);
    expect(
      usedBy(`(module (func $p (export "fuel") (result i64) (i64.const 7))
      (func (export "f") (param i32) (result i64) (call $p)))`),
    ).toBe(7n);
  });
});
