import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import whole from "binaryen";
import { describe, expect, it } from "vitest";
import { binaryen } from "./index.ts";
import { splitModule } from "./split.ts";

const dist = join(import.meta.dirname, "dist");
const installed = await readFile(fileURLToPath(import.meta.resolve("binaryen")), "utf8");

describe("binaryen taken apart", () => {
  it("is what the installed package gives", async () => {
    const { javascript, wasm } = splitModule(installed, "binaryen.wasm");
    expect(javascript).toBe(await readFile(join(dist, "binaryen.mjs"), "utf8"));
    expect(Buffer.compare(wasm, await readFile(join(dist, "binaryen.wasm")))).toBe(0);
    expect(javascript.length).toBeLessThan(installed.length / 20);
  });

  it("does what the whole does", () => {
    const text = '(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 8))))';
    const [bytes, expected] = [binaryen, whole].map((library) => {
      const module = library.parseText(text);
      library.setOptimizeLevel(3);
      module.optimize();
      return module.emitBinary();
    });
    expect(bytes).toEqual(expected);
  });

  it.each([
    ["has no literal of WebAssembly", "const wasm = x6(`AGFzbQ`);", /no literal begins like WebAssembly/],
    ["has a literal without an end", "const wasm = x6(`\\0asm\\`", /the literal has no end/],
    ["decodes more than a literal", "const wasm = x6(`\\0asm`, 1);", /not all that is decoded/],
    ["has a literal that says something else", "const wasm = x6(`\\0asm\\x02`);", /not WebAssembly/],
  ])("is refused when the package %s", (_how, source, message) => {
    expect(() => splitModule(source, "binaryen.wasm")).toThrow(message);
  });
});
