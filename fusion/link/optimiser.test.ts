import { describe, expect, it } from "vitest";
import { describeModule } from "../binary/module.ts";
import { measureCode } from "../inspect/measure.ts";
import { artefactLimits } from "../limits.ts";
import { randomProgram } from "../meter/random-program.ts";
import { link } from "./linker.ts";
import { assemble, optimise } from "./optimiser.ts";
import { everything, linkInputs, manyOfEach } from "./test-modules.ts";
import { instantiate, instantiateApart, trace } from "./testing.ts";

describe("optimise", () => {
  it("leaves what the modules do as it was", () => {
    const programs = Array.from({ length: 12 }, (_, seed) => randomProgram(seed).text);
    for (const texts of [[everything, everything], [manyOfEach(140), manyOfEach(2)], programs]) {
      const inputs = linkInputs(texts);
      const wasm = optimise(link(inputs), []);
      expect(WebAssembly.validate(wasm)).toBe(true);
      expect(trace(inputs, instantiate(wasm))).toEqual(trace(inputs, instantiateApart(inputs)));
    }
  });

  it("writes no feature and no section that was not there", () => {
    const linked = link(linkInputs([everything]));
    const before = describeModule(linked);
    const after = describeModule(optimise(linked, []));
    expect(after.sections.filter(({ name }) => name !== undefined)).toEqual([]);
    const features = (module: typeof before) => measureCode(module).features;
    expect([...features(after).difference(features(before))]).toEqual([]);
  });

  it("inlines across modules, and leaves out what became unused", () => {
    const [glue, node] = [
      `(module (import "n0" "f" (func $f (param i32) (result i32)))
        (func (export "g") (param i32) (result i32) (call $f (local.get 0))))`,
      `(module (memory (export "memory") 1) (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "unused") (param i32) (result i32) (i32.const 7)))`,
    ];
    const wasm = optimise(
      link([
        { name: "glue", wasm: assemble(glue) },
        { name: "n0", wasm: assemble(node) },
      ]),
      [],
    );
    expect(describeModule(wasm).bodies).toHaveLength(1);
  });

  it("leaves functions apart that it is told of by their names in the glue", () => {
    const inputs = linkInputs([manyOfEach(3)]);
    const glue = `(module (import "n0" "all" (func $all (param i32) (result i32)))
      (func $step_1 (param i32) (result i32) (call $all (local.get 0)))
      (func $step_2 (param i32) (result i32) (i32.add (call $all (local.get 0)) (i32.const 1)))
      (func $other (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
      (func (export "run") (param i32) (result i32) (call $step_2 (call $step_1 (call $other (local.get 0))))))`;
    const linked = link([{ name: "glue", wasm: assemble(glue) }, inputs[1]!]);
    const functions = (apart: string[]) => describeModule(optimise(linked, apart)).bodies.length;
    expect(functions(["step_*"])).toBe(functions([]) + 2);
    expect(functions(["step_2", "none_*"])).toBe(functions([]) + 1);
  });

  it("does not make one function of a long chain, which no gateway would take", () => {
    const statement = "(i64.store (local.get 0) (i64.const -9000000000000000000))";
    const links = Array.from(
      { length: 600 },
      (_, index) =>
        `(func $f${index} (param i32) ${statement.repeat(70)} ${index > 0 ? `(call $f${index - 1} (local.get 0))` : ""})`,
    );
    const text = `(module (memory 1) ${links.join("\n")} (func (export "run") (param i32) (call $f599 (local.get 0))))`;
    const whole = assemble(text);
    expect(whole.length).toBeGreaterThan(artefactLimits.functionBytesMax);
    const largest = Math.max(...describeModule(optimise(whole, [])).bodies.map(({ start, end }) => end - start));
    expect(largest).toBeLessThan(artefactLimits.functionBytesMax / 8);
  });
});

describe("what cannot be read", () => {
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: "FF_FUSE_LINK", message: expect.stringMatching(message) });

  it("is refused with a code, be it text or binary, and leaves binaryen usable", () => {
    expect(() => assemble("(module (func (frobnicate)))")).toThrow(refusal(/could not assemble the glue/));
    expect(() => optimise(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 99), [])).toThrow(
      refusal(/could not optimise the linked module/),
    );
    expect(WebAssembly.validate(optimise(assemble("(module)"), []))).toBe(true);
  });
});
