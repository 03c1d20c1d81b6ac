import { describe, expect, test } from "vitest";
import { graphLimits } from "./limits.ts";
import { parseGraph } from "./parse.ts";
import { resolveGraph } from "./resolve.ts";
import { catalog, errorOf, moduleOf, openManifest, places, resolveDocument, typedManifest } from "./testkit.ts";
import type { NodeManifest, NodeModule } from "./types.ts";

const input = { type: "tag_input", props: { tags: ["plant/#"] } };
const filter = { type: "filter", props: { op: ">", value: 1 } };
const open = { type: "open" };

describe("a valid graph", () => {
  test("is sorted, has its defaults filled in and its modules pinned", () => {
    const graph = resolveDocument({
      nodes: { out: { type: "http", props: { url: "http://x" } }, in: input },
      wires: ["in.out -> out.in"],
    });
    expect(graph.nodes.map((node) => node.id)).toEqual(["in", "out"]);
    expect(graph.nodes[0]!.subscribes).toEqual({ property: "tags" });
    expect(graph.nodes[1]).toMatchObject({
      module: catalog.get("http")!.digest,
      props: { maxBatch: 500, timeoutMs: 10_000, url: "http://x" },
      delivers: { to: "http" },
      inputs: [{ name: "in", type: "any" }],
    });
    expect(Object.keys(graph.nodes[1]!.props)).toEqual([
      ...["diskBytesMax", "durability", "encoding", "maxBatch", "method", "timeoutMs", "url"],
    ]);
  });

  test("accepts state from the manifest's own version when the manifest names no older one", () => {
    const [counter] = resolveDocument({
      nodes: { counter: { type: "counter" }, in: input },
      wires: ["in.out -> counter.in"],
    }).nodes;
    expect(counter).toMatchObject({ stateVersion: 1, acceptsStateFrom: 1 });
  });

  test("is not changed by filling in defaults", () => {
    const graph = parseGraph({ nodes: { s: { type: "scale" }, in: input }, wires: ["in.out -> s.in"] });
    resolveGraph(graph, catalog);
    expect(graph.nodes.get("s" as never)!.props).toEqual({});
  });

  test("may fan out, fan in, and branch and meet again", () => {
    const wires = ["a.x -> b.a", "a.x -> c.a", "a.y -> c.a", "b.x -> d.a", "c.x -> d.a"];
    expect(resolveDocument({ nodes: { a: open, b: open, c: open, d: open }, wires }).wires).toHaveLength(5);
  });

  test("may be a chain as long as the limit", () => {
    const ids = Array.from({ length: graphLimits.nodesMax }, (_, index) => `n${index}`);
    const wires = ids.slice(1).map((id, index) => `${ids[index]}.x -> ${id}.a`);
    expect(resolveDocument({ nodes: Object.fromEntries(ids.map((id) => [id, open])), wires }).nodes).toHaveLength(
      graphLimits.nodesMax,
    );
  });
});

describe("ports", () => {
  test.each([
    ["tag", "tag", true],
    ["message", "message", true],
    ["tag", "any", true],
    ["any", "tag", true],
    ["any", "any", true],
    ["message", "any", true],
    ["tag", "message", false],
    ["message", "tag", false],
  ])("%s into %s: %s", (from, to, fits) => {
    const resolve = () => {
      return resolveDocument({
        nodes: { a: { type: "typed" }, b: { type: "typed" } },
        wires: [`a.${from} -> b.${to}`],
      });
    };
    if (fits) expect(resolve().wires).toHaveLength(1);
    else expect(places(errorOf(resolve).diagnostics)).toEqual([`FF_GRAPH_PORT_TYPES at wires["a.${from} -> b.${to}"]`]);
  });
});

const one = (node: object) => ({ nodes: { n: node } });
const filterWith = (props: object) => ({
  nodes: { in: input, n: { type: "filter", props } },
  wires: ["in.out -> n.in"],
});

test.each<[string, object, string, string]>([
  ["an empty graph", { nodes: {} }, "FF_GRAPH_EMPTY at nodes", "0 nodes given, at least 1 needed"],
  ["an unknown type", one({ type: "filtre" }), "FF_GRAPH_UNKNOWN_TYPE at nodes.n.type", "did you mean `filter`?"],
  [
    "a type like a member of every object",
    one({ type: "toString" }),
    "FF_GRAPH_UNKNOWN_TYPE at nodes.n.type",
    '"toString"',
  ],
  [
    "a wire from nowhere",
    { nodes: { hot: open }, wires: ["hott.x -> hot.a"] },
    'FF_GRAPH_UNKNOWN_NODE at wires["hott.x -> hot.a"]',
    "did you mean `hot`?",
  ],
  [
    "a wire to nowhere",
    { nodes: { a: open }, wires: ["a.x -> b.a"] },
    'FF_GRAPH_UNKNOWN_NODE at wires["a.x -> b.a"]',
    'no node "b" is declared',
  ],
  [
    "an unknown output",
    { nodes: { in: input, f: filter, o: open }, wires: ["in.out -> f.in", "f.pas -> o.a"] },
    'FF_GRAPH_UNKNOWN_PORT at wires["f.pas -> o.a"]',
    "(its outputs are pass, fail), did you mean `pass`?",
  ],
  [
    "an input in place of an output",
    { nodes: { in: input, f: filter }, wires: ["f.in -> f.in", "in.out -> f.in"] },
    'FF_GRAPH_UNKNOWN_PORT at wires["f.in -> f.in"]',
    'has no output "in"',
  ],
  [
    "an input of a node without any",
    { nodes: { in: input, o: open }, wires: ["o.x -> in.in"] },
    'FF_GRAPH_UNKNOWN_PORT at wires["o.x -> in.in"]',
    "(it has no input)",
  ],
  [
    "a wire twice",
    { nodes: { a: open, b: open }, wires: ["a.x -> b.a", "a.x->b.a"] },
    'FF_GRAPH_DUPLICATE_WIRE at wires["a.x -> b.a"]',
    "declared twice",
  ],
  [
    "a node wired to itself",
    { nodes: { a: open }, wires: ["a.x -> a.a"] },
    'FF_GRAPH_CYCLE at wires["a.x -> a.a"]',
    "a → a is a cycle of 1 node",
  ],
  [
    "a cycle of three behind a chain",
    { nodes: { a: open, b: open, c: open, d: open }, wires: ["a.x -> b.a", "b.x -> c.a", "c.x -> d.a", "d.x -> b.b"] },
    'FF_GRAPH_CYCLE at wires["d.x -> b.b"]',
    "b → c → d → b is a cycle of 3 nodes",
  ],
  [
    "an input without a wire",
    { nodes: { f: filter } },
    "FF_GRAPH_UNWIRED_INPUT at nodes.f",
    "no wire leads to input `in`",
  ],
  [
    "one of two inputs without a wire",
    { nodes: { in: input, c: { type: "binary_combine", props: { op: "+" } } }, wires: ["in.out -> c.left"] },
    "FF_GRAPH_UNWIRED_INPUT at nodes.c",
    "`right`",
  ],
  ["a missing property", filterWith({ op: ">" }), "FF_GRAPH_PROPERTY at nodes.n.props.value", "is missing"],
  [
    "an unknown property",
    filterWith({ op: ">", value: 1, valeu: 2 }),
    "FF_GRAPH_PROPERTY at nodes.n.props.valeu",
    "did you mean `value`?",
  ],
  [
    "a property called like a member of every object",
    filterWith({ op: ">", value: 1, constructor: 2 }),
    "FF_GRAPH_PROPERTY at nodes.n.props.constructor",
    "no property of that name",
  ],
  [
    "a property of the wrong type",
    filterWith({ op: ">", value: [] }),
    "FF_GRAPH_PROPERTY at nodes.n.props.value",
    "a list of 0 given, number or string or boolean expected",
  ],
  [
    "a property that is none of the choices",
    filterWith({ op: "~", value: 1 }),
    "FF_GRAPH_PROPERTY at nodes.n.props.op",
    '"~" given, one of ">", ">="',
  ],
  [
    "a number that is too small",
    one({ type: "agg", props: { op: "sum", size: 0 } }),
    "FF_GRAPH_PROPERTY at nodes.n.props.size",
    "0 given, >= 1 expected",
  ],
  [
    "a fraction in place of a whole number",
    one({ type: "agg", props: { op: "sum", size: 1.5 } }),
    "FF_GRAPH_PROPERTY at nodes.n.props.size",
    "the number 1.5 given, integer expected",
  ],
  [
    "too short a list",
    one({ type: "tag_input", props: { tags: [] } }),
    "FF_GRAPH_PROPERTY at nodes.n.props.tags",
    "a list of 0 given, at least 1 expected",
  ],
  [
    "a wrong item of a list",
    one({ type: "tag_input", props: { tags: ["a", 2] } }),
    "FF_GRAPH_PROPERTY at nodes.n.props.tags[1]",
    "the number 2 given, string expected",
  ],
  [
    "a wrong property inside a list",
    one({
      type: "switch",
      props: {
        cases: [
          { op: ">", value: 1 },
          { op: ">", value: null },
        ],
      },
    }),
    "FF_GRAPH_PROPERTY at nodes.n.props.cases[1].value",
    "null given",
  ],
  [
    "text that does not match",
    one({ type: "mqtt", props: { broker: "localhost" } }),
    "FF_GRAPH_PROPERTY at nodes.n.props.broker",
    '"localhost" does not fit: URL of the broker, for example mqtt://127.0.0.1:1883',
  ],
])("%s is refused", (_, document, place, message) => {
  const error = errorOf(() => resolveDocument(document));
  expect(error.code).toBe("FF_GRAPH_INVALID");
  expect(places(error.diagnostics)).toContain(place);
  expect(error.message).toContain(message);
});

test("all problems of all kinds come at once, and none comes twice", () => {
  const error = errorOf(() =>
    resolveDocument({
      nodes: { a: { type: "nope" }, b: { type: "filter", props: { op: ">" } }, c: open, d: open },
      wires: ["a.any -> b.in", "b.pass -> a.any", "c.x -> d.a", "d.x -> c.a", "c.z -> d.b"],
    }),
  );
  expect(places(error.diagnostics)).toEqual([
    "FF_GRAPH_UNKNOWN_TYPE at nodes.a.type",
    "FF_GRAPH_PROPERTY at nodes.b.props.value",
    'FF_GRAPH_UNKNOWN_PORT at wires["c.z -> d.b"]',
    'FF_GRAPH_CYCLE at wires["b.pass -> a.any"]',
    'FF_GRAPH_CYCLE at wires["d.x -> c.a"]',
  ]);
});

test("a long cycle is counted rather than spelt out", () => {
  const ids = Array.from({ length: 256 }, (_, index) => `n${index}`);
  const wires = ids.map((id, index) => `${id}.x -> ${ids[(index + 1) % ids.length]}.a`);
  const error = errorOf(() => resolveDocument({ nodes: Object.fromEntries(ids.map((id) => [id, open])), wires }));
  expect(error.message).toContain("n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n9 → n10 → n11 → … 244 more … → n0");
});

describe("a module in the catalog", () => {
  test("judges the expressions in its properties itself, beside what its schema says", () => {
    const module: NodeModule = {
      ...moduleOf({
        ...openManifest,
        name: "judge",
        props: { type: "object", properties: { size: { type: "integer" } } },
      }),
      expressions: {
        check: ({ rule }) =>
          rule === "good" ? [] : [{ code: "FF_EXPR_TYPE", at: ["rule", 2], message: "line 1, column 1: no" }],
        compile: () => new Uint8Array(),
      },
    };
    const resolve = (props: object) =>
      resolveGraph(parseGraph({ nodes: { a: { type: "judge", props } }, wires: [] }), new Map([["judge", module]]));
    expect(resolve({ rule: "good" }).nodes[0]!.props).toEqual({ rule: "good" });
    expect(places(errorOf(() => resolve({ rule: "bad", size: "big" })).diagnostics)).toEqual([
      "FF_GRAPH_PROPERTY at nodes.a.props.size",
      "FF_EXPR_TYPE at nodes.a.props.rule[2]",
    ]);
  });

  const resolveWith = (manifest: NodeManifest, type = manifest.name) =>
    resolveGraph(parseGraph({ nodes: { n: { type } } }), new Map([[type, moduleOf(manifest)]]));

  test.each<[string, NodeManifest, string | undefined, string]>([
    ["under another name", openManifest, "other", 'the module given for "other" calls itself "open"'],
    [
      "with five ports",
      { ...typedManifest, outputs: "abcde".split("").map((name) => ({ name, type: "any" })) },
      undefined,
      "5 outputs, 4 allowed",
    ],
    ["with a schema that is none", { ...openManifest, props: { type: "objekt" } }, undefined, "cannot be used"],
    ["with a schema without end", { ...openManifest, props: { $ref: "#" } }, undefined, "cannot be used"],
  ])("%s is refused", (_, manifest, type, message) => {
    const error = errorOf(() => resolveWith(manifest, type));
    expect(places(error.diagnostics)).toEqual(["FF_GRAPH_MODULE_UNFIT at nodes.n.type"]);
    expect(error.message).toContain(message);
  });

  test("that is empty is refused", () => {
    const empty = { ...moduleOf(openManifest), wasm: new Uint8Array(0) };
    const error = errorOf(() => resolveGraph(parseGraph({ nodes: { n: open } }), new Map([["open", empty]])));
    expect(error.message).toContain('the module of "open" is empty');
  });

  test("that subscribes by something else than a list of patterns is refused", () => {
    const error = errorOf(() => resolveWith({ ...openManifest, subscribes: { property: "tags" } }));
    expect(places(error.diagnostics)).toEqual(["FF_GRAPH_PROPERTY at nodes.n.props.tags"]);
  });

  test("may have a schema with an $id, definitions and recursion, beside another with the same $id", () => {
    const schema = (type: string) => ({
      ...{ $id: "https://example.test/props", type: "object", $defs: { leaf: { type } } },
      properties: { leaf: { $ref: "#/$defs/leaf" }, child: { $ref: "#" } },
    });
    const graph = (leaf: unknown) => parseGraph({ nodes: { n: { type: "open", props: { child: { leaf } } } } });
    const catalogOf = (type: string) => new Map([["open", moduleOf({ ...openManifest, props: schema(type) })]]);
    expect(resolveGraph(graph("x"), catalogOf("string")).nodes).toHaveLength(1);
    expect(resolveGraph(graph(1), catalogOf("number")).nodes).toHaveLength(1);
    const error = errorOf(() => resolveGraph(graph(1), catalogOf("string")));
    expect(places(error.diagnostics)).toEqual(["FF_GRAPH_PROPERTY at nodes.n.props.child.leaf"]);
  });
});

test("8,000 wires to nodes that do not exist are refused without searching names for each", () => {
  const wires = Array.from({ length: graphLimits.wiresMax }, (_, index) => `w${index}.x -> v${index}.a`);
  const nodes = Object.fromEntries(Array.from({ length: graphLimits.nodesMax }, (_, index) => [`node${index}`, open]));
  expect(errorOf(() => resolveDocument({ nodes, wires })).message).toContain("The graph has 16000 problems");
});

test("a graph too large when encoded is refused", () => {
  const nodes = Object.fromEntries("abcdef".split("").map((id) => [id, { ...open, props: { s: "x".repeat(1e6) } }]));
  expect(places(errorOf(() => resolveDocument({ nodes })).diagnostics)).toEqual(["FF_GRAPH_LIMIT at "]);
});
