import { describe, expect, it } from "vitest";
import { appendCustomSection, customSection, stripCustomSections } from "./edit.ts";
import { assemble } from "./testing.ts";

const wasm = assemble(`(module (memory (export "memory") 1) (global (export "g") i32 (i32.const 7))
  (func $f (export "f") (result i32) (i32.const 42)) (func (export "h") (result i32) (call $f)))`);
const content = Uint8Array.of(1, 2, 3);

describe("custom sections", () => {
  it("are found again after they were appended", () => {
    const extended = appendCustomSection(
      appendCustomSection(wasm, "flowfusion:a", content),
      "ünïcode",
      Uint8Array.of(),
    );
    expect(customSection(extended, "flowfusion:a")).toEqual(content);
    expect(customSection(extended, "ünïcode")).toEqual(new Uint8Array(0));
    expect(customSection(extended, "flowfusion:b")).toBeUndefined();
    expect(WebAssembly.Module.customSections(new WebAssembly.Module(extended), "flowfusion:a")).toHaveLength(1);
  });

  it("are stripped, except those to be kept, and nothing else is", () => {
    const bare = stripCustomSections(wasm);
    const extended = appendCustomSection(appendCustomSection(bare, "a", content), "b", content);
    expect(stripCustomSections(extended)).toEqual(bare);
    expect(stripCustomSections(extended, (name) => name === "b")).toEqual(appendCustomSection(bare, "b", content));
  });

  it("of the same name are both kept, the first is read", () => {
    const twice = appendCustomSection(appendCustomSection(wasm, "a", content), "a", Uint8Array.of(9));
    expect(customSection(twice, "a")).toEqual(content);
  });
});
