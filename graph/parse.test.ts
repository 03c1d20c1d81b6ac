import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import { parseFlowName, wireKey } from "./names.ts";
import { parseGraph } from "./parse.ts";
import { errorOf, graphDocuments, places } from "./testkit.ts";

const wire = "a.out -> b.in";
const node = { type: "filter" };
const numbered = (count: number, value: unknown, name = (index: number) => `n${index}`) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), value]));

/** A list in a list in a list … */
const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

describe("a well-formed document", () => {
  test("gives nodes by id with their properties, and wires", () => {
    const graph = parseGraph({ nodes: { a: { type: "filter", props: { op: ">" } }, b: node }, wires: { [wire]: {} } });
    expect([...graph.nodes]).toEqual([
      ["a", { type: "filter", props: { op: ">" } }],
      ["b", { type: "filter", props: {} }],
    ]);
    expect(graph.wires).toEqual([{ source: "a", sourcePort: "out", target: "b", targetPort: "in" }]);
  });

  test("may give wires as a list, with any spaces, or none", () => {
    const parsed = (wires: unknown) => parseGraph({ nodes: { a: node }, wires }).wires.map(wireKey);
    expect(parsed([" a.out->b.in ", "a-.out  ->  b-.in-"])).toEqual([wire, "a-.out -> b-.in-"]);
    expect(parsed([])).toEqual([]);
    expect(parsed(undefined)).toEqual([]);
  });

  test("means the same whichever way its wires are written", () => {
    fc.assert(
      fc.property(graphDocuments, (document) => {
        expect(parseGraph({ ...document, wires: Object.keys(document.wires) })).toEqual(parseGraph(document));
      }),
    );
  });

  test("may name nodes and properties like members of every object", () => {
    const { nodes } = parseGraph({
      nodes: { constructor: { type: "x", props: { constructor: 1, hasOwnProperty: 2 } } },
    });
    expect([...nodes.keys()]).toEqual(["constructor"]);
    expect(Object.entries([...nodes.values()][0]!.props)).toEqual([
      ["constructor", 1],
      ["hasOwnProperty", 2],
    ]);
  });

  test("leaves out properties that are undefined, and takes minus zero for zero", () => {
    const { nodes } = parseGraph({ nodes: { a: { type: "x", props: { gone: undefined, zero: -0 } } } });
    expect([...nodes.values()][0]!.props).toStrictEqual({ zero: 0 });
  });
});

const withProps = (props: unknown) => ({ nodes: { a: { type: "x", props } } });

test.each<[string, unknown, string, string]>([
  ["no object", [], "FF_GRAPH_SHAPE at ", "a list of 0 given, an object with nodes and wires expected"],
  ["nothing", null, "FF_GRAPH_SHAPE at ", "null given"],
  ["an instance of a class", new Map(), "FF_GRAPH_SHAPE at ", "an instance of a class given"],
  ["no nodes", { wires: {} }, "FF_GRAPH_SHAPE at nodes", "nothing given, an object of nodes by id expected"],
  ["a key that is near a known one", { nodes: {}, wire: {} }, "FF_GRAPH_SHAPE at wire", "did you mean `wires`?"],
  ["a node that is none", { nodes: { a: "filter" } }, "FF_GRAPH_SHAPE at nodes.a", "text of 6 characters given"],
  ["a node without type", { nodes: { a: {} } }, "FF_GRAPH_SHAPE at nodes.a.type", "nothing given"],
  ["a node with an empty type", { nodes: { a: { type: "" } } }, "FF_GRAPH_SHAPE at nodes.a.type", "text of 0"],
  [
    "a misspelt part of a node",
    { nodes: { a: { type: "x", prop: {} } } },
    "FF_GRAPH_SHAPE at nodes.a.prop",
    "`props`?",
  ],
  ["an id with a capital", { nodes: { Hot: node } }, "FF_GRAPH_BAD_ID at nodes.Hot", '"Hot" is no node id'],
  [
    "an id of 64 characters",
    { nodes: { ["a".repeat(64)]: node } },
    `FF_GRAPH_BAD_ID at nodes.${"a".repeat(64)}`,
    "up to 62",
  ],
  ["an id with a dot", { nodes: { "a.b": node } }, 'FF_GRAPH_BAD_ID at nodes["a.b"]', "no node id"],
  ["an empty id", { nodes: { "": node } }, 'FF_GRAPH_BAD_ID at nodes[""]', "no node id"],
  [
    "an id called __proto__",
    JSON.parse('{"nodes":{"__proto__":{}}}'),
    "FF_GRAPH_BAD_ID at nodes.__proto__",
    "no node id",
  ],
  ["too many nodes", { nodes: numbered(513, node) }, "FF_GRAPH_LIMIT at nodes", "513 nodes given, 512 allowed"],
  [
    "too many wires",
    { nodes: {}, wires: numbered(8_001, {}) },
    "FF_GRAPH_LIMIT at wires",
    "8001 wires given, 8000 allowed",
  ],
  ["wires that are text", { nodes: {}, wires: wire }, "FF_GRAPH_SHAPE at wires", "text of 13 characters given"],
  [
    "a wire without arrow",
    { nodes: {}, wires: ["a.out b.in"] },
    "FF_GRAPH_SHAPE at wires[0]",
    'such as "a.out -> b.in"',
  ],
  ["a wire without ports", { nodes: {}, wires: ["a -> b"] }, "FF_GRAPH_SHAPE at wires[0]", '"a -> b" given'],
  ["a wire that is a number", { nodes: {}, wires: [1] }, "FF_GRAPH_SHAPE at wires[0]", "the number 1 given"],
  ["a wire of a megabyte", { nodes: {}, wires: ["a".repeat(1e6)] }, "FF_GRAPH_SHAPE at wires[0]", "aaa…"],
  [
    "a wire to a capital",
    { nodes: {}, wires: ["a.Out -> b.in"] },
    "FF_GRAPH_BAD_ID at wires[0]",
    '"Out" is no node id',
  ],
  [
    "a wire with options",
    { nodes: {}, wires: { [wire]: { x: 1 } } },
    `FF_GRAPH_SHAPE at wires["${wire}"].x`,
    "nothing expected",
  ],
  [
    "a wire that is true",
    { nodes: {}, wires: { [wire]: true } },
    `FF_GRAPH_SHAPE at wires["${wire}"]`,
    "an empty object expected",
  ],
  ["properties in a list", withProps([1]), "FF_GRAPH_SHAPE at nodes.a.props", "a list of 1 given"],
  [
    "a property that is a date",
    withProps({ at: new Date(0) }),
    "FF_GRAPH_SHAPE at nodes.a.props.at",
    "an instance of a class",
  ],
  ["a property that is code", withProps({ f: () => 1 }), "FF_GRAPH_SHAPE at nodes.a.props.f", "a function given"],
  ["a bigint", withProps({ n: 1n }), "FF_GRAPH_SHAPE at nodes.a.props.n", "a bigint given"],
  ["infinity", withProps({ n: [0, Infinity] }), "FF_GRAPH_SHAPE at nodes.a.props.n[1]", "a finite number expected"],
  ["a hole in a list", withProps({ n: [undefined] }), "FF_GRAPH_SHAPE at nodes.a.props.n[0]", "nothing given"],
  ["half a surrogate pair", withProps({ s: "\ud800" }), "FF_GRAPH_SHAPE at nodes.a.props.s", "half a surrogate pair"],
  [
    "half a pair in a name",
    withProps({ "\ud800": 1 }),
    "FF_GRAPH_PROPERTY_NAME at nodes.a.props",
    "half a surrogate pair",
  ],
  [
    "a name of 256 characters",
    withProps({ ["n".repeat(256)]: 1 }),
    "FF_GRAPH_PROPERTY_NAME at nodes.a.props",
    "256 characters, 255",
  ],
  [
    "deep nesting",
    withProps({ deep: nested(40) }),
    `FF_GRAPH_LIMIT at nodes.a.props.deep${"[0]".repeat(31)}`,
    "32 allowed",
  ],
  [
    "nesting that would end the call stack",
    withProps({ deep: nested(100_000) }),
    `FF_GRAPH_LIMIT at nodes.a.props.deep${"[0]".repeat(31)}`,
    "32 allowed",
  ],
  ["a megabyte of text", withProps({ s: "x".repeat(1 << 20) }), "FF_GRAPH_LIMIT at nodes.a.props", "1048576 allowed"],
])("%s is refused", (_, document, place, message) => {
  const error = errorOf(() => parseGraph(document));
  expect(error.code).toBe("FF_GRAPH_SYNTAX");
  expect(places(error.diagnostics)).toContain(place);
  expect(error.message).toContain(message);
});

test("a property called __proto__ is refused at any depth and leaves no trace on objects", () => {
  const error = errorOf(() =>
    parseGraph(withProps(JSON.parse('{"p":[{"__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}'))),
  );
  expect(places(error.diagnostics)).toEqual([
    "FF_GRAPH_PROPERTY_NAME at nodes.a.props",
    "FF_GRAPH_PROPERTY_NAME at nodes.a.props.p[0]",
  ]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("a value that repeats itself 2^30 times is given up at the size limit", () => {
  let value: unknown = "leaf";
  for (let level = 0; level < 30; level += 1) value = [value, value];
  const error = errorOf(() => parseGraph(withProps({ value })));
  expect(places(error.diagnostics)).toEqual(["FF_GRAPH_LIMIT at nodes.a.props"]);
});

test("a value that contains itself is refused", () => {
  const circle: Record<string, unknown> = {};
  circle.again = circle;
  expect(errorOf(() => parseGraph(withProps(circle))).diagnostics[0]!.code).toBe("FF_GRAPH_LIMIT");
});

test("all problems come at once, up to a bound, and all are counted", () => {
  const error = errorOf(() => parseGraph({ nodes: numbered(200, node, (index) => `N${index}`), wires: ["x"] }));
  expect(error.diagnostics).toHaveLength(graphLimits.diagnosticsMax);
  expect(error.message).toContain("The graph document has 201 problems (the first 100 are shown)");
});

test("text that may be a secret is not repeated in messages", () => {
  const error = errorOf(() => parseGraph({ nodes: { a: "hunter2" } }));
  expect(error.message).not.toContain("hunter2");
});

test("any JSON at all is parsed or refused with a code", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (nodes, wires) => {
      try {
        parseGraph({ nodes, wires });
      } catch (error) {
        expect(error).toBeInstanceOf(FlowFusionError);
      }
    }),
  );
});

test("a flow name is a lower-case letter and up to 62 more", () => {
  expect(parseFlowName("boiler-2_a")).toBe("boiler-2_a");
  for (const name of ["", "2a", "a/b", "../a", "A", "a".repeat(64), "a\n"]) {
    expect(errorOf(() => parseFlowName(name)).code).toBe("FF_GRAPH_BAD_ID");
  }
});
