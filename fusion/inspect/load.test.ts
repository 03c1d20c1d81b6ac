import { readFile } from "node:fs/promises";
import { sha256 } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { appendCustomSection } from "../binary/edit.ts";
import { assemble, assembleRefused } from "../binary/testing.ts";
import { nodeLimits } from "../limits.ts";
import { inspectModule } from "../report.ts";
import { loadModule } from "./load.ts";
import { nodeExports } from "./node-exports.ts";

const manifest = {
  contract: 1,
  name: "probe",
  version: "1.0.0",
  doc: "A node for tests.",
  inputs: [{ name: "in", type: "any" }],
  outputs: [],
  props: { type: "object" },
  stateVersion: 0,
};

const memory = `(memory (export "memory") 1)`;
const handle = `(func (export "handle") (param i32 i32 i32) (result i32) (i32.const 0))`;
const realloc = `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))`;
const whole = memory + handle + realloc;

function node(fields: string, changes: object = {}): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ ...manifest, ...changes }));
  return appendCustomSection(assemble(`(module ${fields})`), "flowfusion:manifest", json);
}

const oversize = appendCustomSection(node(whole), "padding", new Uint8Array(nodeLimits.moduleBytesMax));

describe("loadModule", () => {
  it("takes a module that has what the contract asks for", () => {
    const wasm = node(whole);
    expect(loadModule(wasm)).toEqual({ manifest, digest: sha256(wasm), wasm });
  });

  it("takes the built-in nodes", async () => {
    const wasm = await readFile(new URL("../../nodes/dist/agg.wasm", import.meta.url));
    expect(loadModule(wasm).manifest.name).toBe("agg");
  });

  it("takes a module that imports WASI functions which the shim has", () => {
    const wasm = node(`(import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) ${whole}`);
    expect(loadModule(wasm).wasm).toBe(wasm);
    expect(inspectModule(wasm)).toMatchObject({ linksWasiShim: true, refusals: [] });
  });

  it("takes optional functions in either spelling, and tells which", () => {
    const state = (hyphen: string) => `(func (export "save${hyphen}state") (result i32) (i32.const 0))
      (func (export "load${hyphen}state") (param i32 i32) (result i32) (i32.const 0))
      (func (export "cabi_post_save${hyphen}state") (param i32))`;
    for (const hyphen of ["-", "_"]) {
      const wasm = node(whole + state(hyphen), { stateVersion: 1 });
      expect(loadModule(wasm).manifest.stateVersion).toBe(1);
      expect(nodeExports(wasm)).toEqual({
        handle: "handle",
        realloc: "cabi_realloc",
        saveState: `save${hyphen}state`,
        loadState: `load${hyphen}state`,
        postSaveState: `cabi_post_save${hyphen}state`,
      });
    }
  });

  const refused: [title: string, code: string, wasm: Uint8Array, message: string][] = [
    ["bytes that are no module", "FF_MODULE_MALFORMED", Uint8Array.of(1, 2, 3), "not a WebAssembly module"],
    ["a module cut off", "FF_MODULE_MALFORMED", node(whole).subarray(0, 60), "announced"],
    [
      "types that do not fit together",
      "FF_MODULE_MALFORMED",
      assemble(`(module ${memory + realloc} (func (export "handle") (result i32) (i64.const 1)))`),
      "type error",
    ],
    [
      "an import",
      "FF_MODULE_IMPORT",
      node(`(import "env" "abort" (func)) ${whole}`),
      "imports env.abort (function); a node has no imports",
    ],
    [
      "expressions without what they need",
      "FF_MODULE_EXPORT",
      node(whole, { expressions: { property: "when" } }),
      "export `expression_evaluate` (i32, i32, i64, i32) -> i32 is missing, which expressions need",
    ],
    [
      "expressions with a function of another type",
      "FF_MODULE_EXPORT",
      node(`(func (export "expression_pow") (param f64) (result f64) (local.get 0)) ${whole}`, {
        expressions: { property: "when" },
      }),
      "export `expression_pow` is (f64) -> f64, expected (f64, f64) -> f64",
    ],
    [
      "a WASI function that the shim does not have",
      "FF_MODULE_IMPORT",
      node(`(import "wasi_snapshot_preview1" "path_open" (func (param i32))) ${whole}`),
      "imports wasi_snapshot_preview1.path_open (function); the WASI shim has",
    ],
    [
      "a WASI function of another type",
      "FF_MODULE_IMPORT",
      node(`(import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) ${whole}`),
      "imports wasi_snapshot_preview1.proc_exit (function) as (i64) -> (), expected (i32) -> ()",
    ],
    [
      "a memory in WASI's name",
      "FF_MODULE_IMPORT",
      node(`(import "wasi_snapshot_preview1" "memory" (memory 1)) ${handle}${realloc}`),
      "imports wasi_snapshot_preview1.memory (memory); the WASI shim has",
    ],
    ["no handle", "FF_MODULE_EXPORT", node(memory + realloc), "`handle` (i32, i32, i32) -> i32 is missing"],
    ["no memory", "FF_MODULE_EXPORT", node(`(memory 1) ${handle}${realloc}`), "export `memory` is missing"],
    [
      "no cabi_realloc",
      "FF_MODULE_EXPORT",
      node(memory + handle),
      "`cabi_realloc` (i32, i32, i32, i32) -> i32 is missing",
    ],
    [
      "a function of the wrong type",
      "FF_MODULE_EXPORT",
      node(`${whole} (func (export "tick") (param i32) (result i32) (i32.const 0))`),
      "export `tick` is (i32) -> i32, expected (i64) -> i32",
    ],
    [
      "a global in a function's place",
      "FF_MODULE_EXPORT",
      node(`${whole} (global (export "configure") i32 (i32.const 0))`),
      "export `configure` is a global, expected (i32, i32) -> i32",
    ],
    [
      "a state version without the functions for it",
      "FF_MODULE_EXPORT",
      node(whole, { stateVersion: 2 }),
      "export `save_state` is missing, the manifest's stateVersion is 2",
    ],
    ["a second memory", "FF_MODULE_LIMIT", node(`${whole} (memory 1)`), "2 memories, 1 allowed"],
    [
      "a memory too large at start",
      "FF_MODULE_LIMIT",
      node(`(memory (export "memory") 1000) ${handle}${realloc}`),
      "1000 pages of memory at start, 256 allowed",
    ],
    ["a file too large", "FF_MODULE_LIMIT", oversize, `${oversize.length} bytes, 8388608 allowed`],
    ["no manifest", "FF_MODULE_MANIFEST", assemble(`(module ${whole})`), "`flowfusion:manifest` is missing"],
    ["a wrong manifest", "FF_MODULE_MANIFEST", node(whole, { name: "Not a Name" }), "manifest.name: must match"],
    [
      "a refused feature",
      "FF_MODULE_FEATURE",
      assembleRefused(`(module ${whole} (func $f (return_call $f)))`),
      "uses tail calls (return_call) at function 2, byte 0x",
    ],
  ];
  it.each(refused)("refuses %s (%s)", (_, code, wasm, message) => {
    expect(() => loadModule(wasm)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(inspectModule(wasm).refusals.map((refusal) => refusal.code)).toContain(code);
  });

  it("tells all problems at once", () => {
    const wasm = node(`(import "env" "a" (func)) (import "env" "b" (func)) (memory 1) (memory 1)`, { outputs: 5 });
    const codes = inspectModule(wasm).refusals.map(({ code }) => code);
    expect(new Set(codes)).toEqual(
      new Set(["FF_MODULE_LIMIT", "FF_MODULE_IMPORT", "FF_MODULE_EXPORT", "FF_MODULE_MANIFEST"]),
    );
    expect(codes.filter((code) => code === "FF_MODULE_IMPORT")).toHaveLength(2);
    expect(codes.filter((code) => code === "FF_MODULE_EXPORT")).toHaveLength(3);
    expect(() => loadModule(wasm)).toThrow(expect.objectContaining({ diagnostics: inspectModule(wasm).refusals }));
  });
});

describe("inspectModule", () => {
  it("lists what a module holds", () => {
    const report = inspectModule(
      node(`${whole} (global (export "g") (mut f64) (f64.const 0)) (data (i32.const 0) "four")`),
    );
    expect(report).toMatchObject({ kind: "node", manifest: { name: "probe" }, refusals: [] });
    expect(report.contents).toMatchObject({
      imports: [],
      features: ["bulk memory", "mutable globals"],
      memories: [{ minimumPages: 1 }],
      functions: 2,
      dataBytes: 4,
      customSections: [{ name: "flowfusion:manifest" }],
    });
    expect(report.contents?.exports).toContainEqual({ name: "g", kind: "global", type: "mut f64" });
    expect(report.contents?.exports).toContainEqual({ name: "memory", kind: "memory", type: "1 or more pages" });
  });

  it("tells an artefact by its graph and checks it as one", () => {
    const report = inspectModule(appendCustomSection(assemble("(module)"), "flowfusion:graph", Uint8Array.of()));
    expect(report).toMatchObject({ kind: "artefact", refusals: [] });
  });

  it("reports bytes that are no module without throwing", () => {
    expect(inspectModule(Uint8Array.of(9))).toMatchObject({
      sizeBytes: 1,
      refusals: [{ code: "FF_MODULE_MALFORMED" }],
    });
  });
});
