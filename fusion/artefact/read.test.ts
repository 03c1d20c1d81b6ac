import { encodeGraph, sha256 } from "@flowfusion/graph";
import { beforeAll, describe, expect, it } from "vitest";
import { appendCustomSection, stripCustomSections } from "../binary/edit.ts";
import { assemble } from "../binary/testing.ts";
import { fuserVersion } from "../fuse.ts";
import { sink, source, type TestFlow, testFlow } from "../testkit/wat-nodes.ts";
import { sectionNames } from "./format.ts";
import { readArtefact } from "./read.ts";

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow({ src: source, out: sink }, ["src.out -> out.in"]);
});

const utf8 = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const without = (section: string) => stripCustomSections(flow.wasm, (name) => name !== section);
const having = (section: string, content: Uint8Array) => appendCustomSection(without(section), section, content);
const provenance = (changes: object) => {
  const modules = Object.fromEntries(flow.graph.nodes.map(({ type, module }) => [type, module]));
  return having(sectionNames.provenance, utf8({ fuser: fuserVersion, modules, ...changes }));
};

/** What a fused flow exports, each as it should be unless `changes` says otherwise. */
function moduleWith(changes: { [name: string]: string } = {}): Uint8Array {
  const f = (name: string, type: string) => `(func (export "${name}") ${type} unreachable)`;
  const fields: { [name: string]: string } = {
    memory: `(memory (export "memory") 1)`,
    control: `(global (export "control") i32 (i32.const 64))`,
    current_node: `(global (export "current_node") (mut i32) (i32.const -1))`,
    reserve: f("reserve", "(param i32) (result i32)"),
    configure: f("configure", "(result i32)"),
    execute_flow: f("execute_flow", "(param i32 i32 i32) (result i32)"),
    tick: f("tick", "(param i64) (result i32)"),
    save_state: f("save_state", "(result i32)"),
    load_state: f("load_state", "(param i32 i32) (result i32)"),
  };
  return assemble(`(module ${Object.values({ ...fields, ...changes }).join(" ")})`);
}

describe("readArtefact", () => {
  it("reads the graph and where the modules came from", () => {
    const [out, src] = flow.graph.nodes;
    expect(readArtefact(flow.wasm)).toEqual({
      graph: flow.graph,
      fuser: fuserVersion,
      modules: { file: out!.module, tag_input: src!.module },
    });
  });

  it("lists the nodes by index, for debuggers", () => {
    const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(flow.wasm), sectionNames.names);
    expect(JSON.parse(new TextDecoder().decode(section))).toEqual(["out", "src"]);
  });

  const rows: [title: string, wasm: () => Uint8Array, code: string, words: string][] = [
    ["nothing", () => new Uint8Array(0), "FF_MODULE_MALFORMED", "not a WebAssembly module"],
    ["text", () => utf8("flow: hello"), "FF_MODULE_MALFORMED", "not a WebAssembly module"],
    ["a header cut off", () => flow.wasm.subarray(0, 6), "FF_MODULE_MALFORMED", "version is not 1"],
    ["half a flow", () => flow.wasm.subarray(0, flow.wasm.length >> 1), "FF_MODULE_MALFORMED", "announced"],
    [
      "a node module",
      () => flow.catalog.get("agg")!.wasm,
      "FF_ARTEFACT_INVALID",
      "it does not export `control`, it does",
    ],
    ["an empty module", () => assemble("(module)"), "FF_ARTEFACT_INVALID", "it does not export `memory`"],
    [
      "a module with the exports alone",
      () => moduleWith(),
      "FF_ARTEFACT_INVALID",
      "no custom section `flowfusion:graph`",
    ],
    [
      "a function of another type",
      () => moduleWith({ tick: `(func (export "tick") (param i32) (result i32) unreachable)` }),
      "FF_ARTEFACT_INVALID",
      "its export `tick` is (i32) -> i32, expected (i64) -> i32",
    ],
    [
      "a control block that may move",
      () => moduleWith({ control: `(global (export "control") (mut i32) (i32.const 0))` }),
      "FF_ARTEFACT_INVALID",
      "its export `control` is mut i32, expected i32",
    ],
    [
      "a function in the place of a global",
      () => moduleWith({ current_node: `(func (export "current_node"))` }),
      "FF_ARTEFACT_INVALID",
      "its export `current_node` is () -> (), expected mut i32",
    ],
    [
      "a table in the place of the memory",
      () => moduleWith({ memory: `(table (export "memory") 1 funcref)` }),
      "FF_ARTEFACT_INVALID",
      "its export `memory` is table, expected memory",
    ],
    [
      "imports",
      () => moduleWith({ memory: `(import "env" "memory" (memory 1)) (export "memory" (memory 0))` }),
      "FF_ARTEFACT_INVALID",
      "it has 1 imports, 0 allowed",
    ],
    ["no graph", () => without(sectionNames.graph), "FF_ARTEFACT_INVALID", "no custom section `flowfusion:graph`"],
    [
      "no provenance",
      () => without(sectionNames.provenance),
      "FF_ARTEFACT_INVALID",
      "no custom section `flowfusion:provenance`",
    ],
    ["an empty graph", () => having(sectionNames.graph, new Uint8Array(0)), "FF_ARTEFACT_INVALID", "0 nodes given"],
    [
      "a graph cut off",
      () => having(sectionNames.graph, encodeGraph(flow.graph).subarray(0, 40)),
      "FF_ARTEFACT_INVALID",
      "its graph cannot be read",
    ],
    [
      "a provenance that is no JSON",
      () => having(sectionNames.provenance, utf8("{")),
      "FF_ARTEFACT_INVALID",
      "is no JSON",
    ],
    [
      "a provenance that is no UTF-8",
      () => having(sectionNames.provenance, Uint8Array.of(0x22, 0xff, 0x22)),
      "FF_ARTEFACT_INVALID",
      "is no JSON",
    ],
    [
      "a provenance of null",
      () => having(sectionNames.provenance, utf8("null")),
      "FF_ARTEFACT_INVALID",
      "lacks `fuser`",
    ],
    ["no fuser", () => provenance({ fuser: 1 }), "FF_ARTEFACT_INVALID", "lacks `fuser`"],
    ["no modules", () => provenance({ modules: null }), "FF_ARTEFACT_INVALID", "lacks `fuser` or the digests"],
    ["a digest that is none", () => provenance({ modules: { file: "abc" } }), "FF_ARTEFACT_INVALID", "the digests"],
    [
      "another module than the graph's",
      () => provenance({ modules: { file: sha256(utf8("x")), tag_input: sha256(utf8("y")) } }),
      "FF_ARTEFACT_INVALID",
      "another module for node type `file` than its graph does for node out",
    ],
    ["a module that is not named", () => provenance({ modules: {} }), "FF_ARTEFACT_INVALID", "node type `file`"],
  ];
  it.each(rows)("refuses %s", (_, wasm, code, words) => {
    expect(() => readArtefact(wasm())).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });

  it("gives the problems of a graph each with its place", () => {
    const wasm = having(sectionNames.graph, new Uint8Array(0));
    expect(() => readArtefact(wasm)).toThrow(
      expect.objectContaining({
        diagnostics: [expect.objectContaining({ code: "FF_GRAPH_EMPTY", path: "graph.nodes" })],
      }),
    );
  });
});
