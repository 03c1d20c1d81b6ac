import { readFile } from "node:fs/promises";
import { componentEmbed, componentNew, componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, expect, it } from "vitest";
import { appendCustomSection, customSection } from "../binary/edit.ts";
import { assemble } from "../binary/testing.ts";
import { inspectFile } from "../report.ts";
import { packModule, readModule } from "./pack.ts";
import { nodeWorld, worldProblems } from "./world.ts";

const wit = await readFile(new URL("../../wit/node.wit", import.meta.url), "utf8");
const manifest = JSON.stringify({
  ...{ contract: 1, name: "probe", version: "1.0.0", doc: "A node for tests.", stateVersion: 0 },
  ...{ inputs: [{ name: "in", type: "any" }], outputs: [], props: { type: "object" } },
});
const manifestBytes = new TextEncoder().encode(manifest);

const core = assemble(`(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "configure") (param i32 i32) (result i32) (i32.const 8))
  (func (export "handle") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "tick") (param i64) (result i32) (i32.const 8))
  (func (export "save-state") (result i32) (i32.const 8))
  (func (export "load-state") (param i32 i32) (result i32) (i32.const 8))
  (func (export "_initialize")))`);

async function component(witSource = wit, binary: Uint8Array = core): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ binary, witSource, world: "node" }), []);
}

/** A component without code for a world. */
async function dummy(witSource: string): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ witSource, world: "node", dummy: true }), []);
}

describe("readModule", () => {
  it("takes the core module out of a component, whose `_initialize` brings a second one", async () => {
    const whole = appendCustomSectionTo(await component(), manifestBytes);
    const module = await readModule(whole);
    expect(module.manifest.name).toBe("probe");
    expect(Buffer.from(module.wasm).subarray(0, core.length).equals(core)).toBe(true);
    expect(await inspectFile(whole)).toMatchObject({ isComponent: true, digest: module.digest, refusals: [] });
  });

  it("leaves a manifest in the core module before one in the component", async () => {
    const inner = appendCustomSection(core, "flowfusion:manifest", manifestBytes);
    const whole = await component(wit, inner);
    const outer = new TextEncoder().encode(manifest.replace("probe", "other"));
    expect((await readModule(appendCustomSectionTo(whole, outer))).manifest.name).toBe("probe");
  });

  it("takes a plain module as it is", async () => {
    const wasm = appendCustomSection(core, "flowfusion:manifest", manifestBytes);
    expect((await readModule(wasm)).wasm).toBe(wasm);
  });

  const refused: [title: string, edit: (text: string) => string, says: string][] = [
    [
      "a missing export",
      (text) => text.replace(/.*export tick.*\n/, ""),
      "lacks `export tick: func(now-ns: u64) -> list<emission>;`",
    ],
    [
      "one export more",
      (text) => text.replace("export tick", "export extra: func();\n  export tick"),
      "has `export extra: func();`",
    ],
    [
      "an import",
      (text) => text.replace("export tick", "import now: func() -> u64;\n  export tick"),
      "has `import now",
    ],
    ["another type", (text) => text.replace("now-ns: u64", "now-ns: s64"), "has `export tick: func(now-ns: s64)"],
    ["a renamed field", (text) => text.replace("port: u32,\n    /// One", "gate: u32,\n    /// One"), "{ gate: u32,"],
  ];
  it.each(refused)("refuses a component with %s", async (_, edit, says) => {
    const text = edit(wit);
    expect(text).not.toBe(wit);
    await expect(readModule(await dummy(text))).rejects.toMatchObject({
      code: "FF_MODULE_COMPONENT",
      message: expect.stringContaining(says),
    });
  });

  it("refuses a component that is cut off, anywhere, without a crash", async () => {
    const whole = await component();
    for (let length = 8; length < whole.length; length += 97) {
      await expect(readModule(whole.subarray(0, length))).rejects.toMatchObject({
        code: expect.stringMatching(/^FF_MODULE_/),
      });
    }
  });
});

describe("packModule", () => {
  it("puts the manifest in, in place of one that is there, and leaves a module that has it alone", async () => {
    const packed = await packModule(core, manifest);
    expect(Buffer.from(customSection(packed.wasm, "flowfusion:manifest")!).toString()).toBe(manifest);
    expect((await packModule(packed.wasm, manifest)).wasm).toBe(packed.wasm);
    const renamed = await packModule(packed.wasm, manifest.replace("probe", "other"));
    expect(renamed.manifest.name).toBe("other");
    expect(renamed.wasm.length).toBe(packed.wasm.length);
  });

  it("reduces a component and packs its core module", async () => {
    const { wasm } = await packModule(await component(), manifest);
    expect(Buffer.from(wasm).subarray(0, core.length).equals(core)).toBe(true);
    expect(customSection(wasm, "flowfusion:manifest")).toEqual(manifestBytes);
  });

  it("refuses a manifest that is not valid, and a module that would be refused", async () => {
    await expect(packModule(core, "{}")).rejects.toMatchObject({ code: "FF_MODULE_MANIFEST" });
    await expect(packModule(core)).rejects.toMatchObject({ code: "FF_MODULE_MANIFEST" });
    await expect(packModule(assemble("(module)"), manifest)).rejects.toMatchObject({ code: "FF_MODULE_EXPORT" });
  });
});

describe("the node world", () => {
  it("is what wasm-tools says of a component of wit/node.wit", async () => {
    expect(nodeWorld).toBe(await componentWit(await dummy(wit)));
  });

  it("may have its exports in another order, its fields not", () => {
    const lines = nodeWorld.split("\n");
    const exports = lines.filter((line) => line.includes("export"));
    const shuffled = [...lines.filter((line) => !line.includes("export")), ...exports.reverse()].join("\n");
    expect(worldProblems(shuffled)).toEqual([]);
    const swapped = nodeWorld.replace("port: u32,\n    message: list<u8>,", "message: list<u8>,\n    port: u32,");
    expect(worldProblems(swapped)).toHaveLength(2);
  });
});

/** A custom section at the end of a component: spelled as in a module. */
function appendCustomSectionTo(whole: Uint8Array, content: Uint8Array): Uint8Array {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const section = appendCustomSection(empty, "flowfusion:manifest", content).subarray(empty.length);
  return Buffer.concat([whole, section]);
}
