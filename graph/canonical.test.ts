import { GraphRule } from "@flowfusion/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeGraph, encodeGraph } from "./canonical.ts";
import { sha256 } from "./digest.ts";
import { graphDocument } from "./document.ts";
import { FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import { canonicalGraphs, errorOf, graphDocuments, places, resolveDocument } from "./testkit.ts";
import type { PropValue } from "./types.ts";

const sample = resolveDocument({
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp", "boiler/#"] } },
    hot: { type: "filter", props: { op: ">", value: 90 } },
    avg: { type: "agg", props: { op: "avg", size: 10 } },
    out: { type: "mqtt", props: { broker: "mqtt://127.0.0.1:1883" } },
  },
  wires: ["temps.out -> hot.in", "hot.pass -> avg.in", "avg.out -> out.in"],
});

/** The same JSON value with the keys of every object in the order that `draw` picks. */
function shuffled(value: unknown, draw: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, draw));
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(draw(Object.keys(record)).map((key) => [key, shuffled(record[key], draw)]));
}

describe("encoding", () => {
  test("what was encoded decodes to the same graph, and encodes to the same bytes again", () => {
    fc.assert(
      fc.property(canonicalGraphs, (graph) => {
        const bytes = encodeGraph(graph);
        const decoded = decodeGraph(bytes);
        // Not strictly: strict equality takes a property called `constructor` for a class.
        expect(decoded).toEqual(graph);
        expect(encodeGraph(decoded)).toStrictEqual(bytes);
      }),
    );
  });

  test("the digest does not depend on the order of keys or wires", () => {
    fc.assert(
      fc.property(graphDocuments, fc.infiniteStream(fc.nat()), (document, numbers) => {
        const ranks = new Map<string, number>();
        const rank = (key: string) => {
          if (!ranks.has(key)) ranks.set(key, numbers.next().value!);
          return ranks.get(key)!;
        };
        const other = shuffled(document, (keys) => keys.sort((a, b) => rank(a) - rank(b)));
        expect(sha256(encodeGraph(resolveDocument(other)))).toBe(sha256(encodeGraph(resolveDocument(document))));
      }),
    );
  });

  test("the authored form of a graph resolves to that graph", () => {
    fc.assert(
      fc.property(canonicalGraphs, (graph) => {
        expect(resolveDocument(graphDocument(graph))).toEqual(graph);
      }),
    );
  });

  test("the bytes of a known graph stay as they are, since artefacts in the field hold them", () => {
    const graph = resolveDocument({
      nodes: { b: { type: "typed" }, a: { type: "open", props: { z: [1, "é", null], "10": { on: true } } } },
      wires: ["a.x -> b.message"],
    });
    const pinned = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, module: sha256(new Uint8Array()) })) };
    expect(sha256(encodeGraph(pinned))).toMatchInlineSnapshot(
      `"sha256:e91a9d0fb614b84c436401f12c2537c8b373262127786d235b6693ff08add925"`,
    );
  });

  test("documentation of ports does not get into the graph", () => {
    expect(JSON.stringify(sample)).not.toContain("doc");
  });
});

describe("decoding bytes that no encoder wrote", () => {
  const bytes = encodeGraph(sample);

  test("a graph cut at any byte is refused", () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(errorOf(() => decodeGraph(bytes.subarray(0, length))).code, `cut at ${length}`).toBe("FF_GRAPH_SYNTAX");
    }
  });

  test("a graph with any one byte changed is refused, or is another graph with these very bytes", () => {
    for (let offset = 0; offset < bytes.length; offset += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[offset]! ^= flip;
        try {
          expect(encodeGraph(decodeGraph(changed))).toStrictEqual(changed);
        } catch (error) {
          if (!(error instanceof FlowFusionError)) throw error;
          expect(error.code).toBe("FF_GRAPH_SYNTAX");
        }
      }
    }
  });

  test("random bytes are refused with a code, never with another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (noise) => {
        try {
          decodeGraph(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(FlowFusionError);
        }
      }),
    );
  });

  const node = (fields: object) => ({
    ...{ id: "a", nodeType: "open", wasmHash: new Uint8Array(32), inputs: [], outputs: [], props: {} },
    ...fields,
  });
  const rule = (nodes: object[], wires: object[] = []) => GraphRule.encode({ nodes, wires }).finish();
  const anyPort = { name: "p", type: 3 };
  const wire = { sourceNode: "a", sourcePort: "p", targetNode: "b", targetPort: "p" };
  const pair = [node({ outputs: [anyPort] }), node({ id: "b", inputs: [anyPort] })];

  test.each<[string, Uint8Array, string]>([
    ["an id that is none", rule([node({ id: "__proto__" })]), "FF_GRAPH_BAD_ID at nodes[0]"],
    ["no node at all", rule([]), "FF_GRAPH_EMPTY at nodes"],
    ["no type", rule([node({ nodeType: "" })]), "FF_GRAPH_SHAPE at nodes.a.type"],
    ["a hash of 31 bytes", rule([node({ wasmHash: new Uint8Array(31) })]), "FF_GRAPH_SHAPE at nodes.a.module"],
    [
      "five inputs",
      rule([node({ inputs: "abcde".split("").map((name) => ({ name, type: 1 })) })]),
      "FF_GRAPH_SHAPE at nodes.a.inputs",
    ],
    [
      "a port type of another age",
      rule([node({ inputs: [{ name: "p", type: 9 }] })]),
      "FF_GRAPH_SHAPE at nodes.a.inputs",
    ],
    ["a port without a name", rule([node({ inputs: [{ type: 1 }] })]), "FF_GRAPH_SHAPE at nodes.a.inputs"],
    ["two ports of one name", rule([node({ outputs: [anyPort, anyPort] })]), "FF_GRAPH_SHAPE at nodes.a.outputs"],
    ["a sink kind of another age", rule([node({ delivers: "fax" })]), "FF_GRAPH_SHAPE at nodes.a.delivers"],
    [
      "state accepted from the future",
      rule([node({ stateVersion: 1, acceptsStateFrom: 2 })]),
      "FF_GRAPH_SHAPE at nodes.a.acceptsStateFrom",
    ],
    [
      "a value of no kind",
      rule([node({ props: { p: { listValue: { values: [{}] } } } })]),
      "FF_GRAPH_SHAPE at nodes.a.props.p[0]",
    ],
    [
      "a number that JSON has not",
      rule([node({ props: { p: { numberValue: Number.NaN } } })]),
      "FF_GRAPH_SHAPE at nodes.a.props.p",
    ],
    ["minus zero, another spelling of zero", rule([node({ props: { p: { numberValue: -0 } } })]), "FF_GRAPH_SHAPE at "],
    ["nodes out of order", rule([node({ id: "b" }), node({ id: "a" })]), "FF_GRAPH_SHAPE at "],
    ["two nodes of one id", rule([node({}), node({})]), "FF_GRAPH_SHAPE at nodes"],
    ["a wire to nowhere", rule([pair[0]!], [wire]), 'FF_GRAPH_UNKNOWN_NODE at wires["a.p -> b.p"]'],
    ["a wire that is there twice", rule(pair, [wire, wire]), 'FF_GRAPH_DUPLICATE_WIRE at wires["a.p -> b.p"]'],
    ["a field of another age", Uint8Array.of(...rule([node({})]), 0x7a, 1, 7), "FF_GRAPH_SHAPE at "],
  ])("%s is refused", (_, encoded, place) => {
    const error = errorOf(() => decodeGraph(encoded));
    expect(error.code).toBe("FF_GRAPH_SYNTAX");
    expect(places(error.diagnostics)).toContain(place);
  });

  test("a property called __proto__ is refused and leaves no trace on objects", () => {
    const fields = Object.fromEntries([["__proto__", { objectValue: { fields: { polluted: { boolValue: true } } } }]]);
    const error = errorOf(() => decodeGraph(rule([node({ props: { p: { objectValue: { fields } } } })])));
    expect(places(error.diagnostics)).toEqual(["FF_GRAPH_PROPERTY_NAME at nodes.a.props.p"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("nesting without end is refused before the call stack ends", () => {
    const field = (tag: number, body: Buffer) => Buffer.concat([Buffer.of(tag), varint(body.length), body]);
    let value = Buffer.alloc(0);
    for (let depth = 0; depth < 20_000; depth += 1) value = field(0x2a, field(0x0a, value));
    const props = field(0x32, Buffer.concat([field(0x0a, Buffer.from("p")), field(0x12, value)]));
    expect(errorOf(() => decodeGraph(field(0x0a, props))).code).toBe("FF_GRAPH_SYNTAX");
  });

  test("a million empty nodes are refused by number, without making one", () => {
    const crowd = new Uint8Array(2_000_000).map((_, index) => (index % 2 === 0 ? 0x0a : 0));
    const error = errorOf(() => decodeGraph(crowd));
    expect(error.diagnostics.map(({ message }) => message)).toEqual(["1000000 nodes given, 512 allowed"]);
  });

  test("names of a megabyte do not come back in the message", () => {
    const long = { ...wire, sourceNode: "x".repeat(1e6), targetPort: "y".repeat(1e6) };
    expect(errorOf(() => decodeGraph(rule(pair, [long, wire]))).message.length).toBeLessThan(2_000);
  });

  test("more bytes than a graph may have are refused unread", () => {
    const error = errorOf(() => decodeGraph(new Uint8Array(graphLimits.graphBytesMax + 1)));
    expect(places(error.diagnostics)).toEqual(["FF_GRAPH_LIMIT at "]);
  });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

test("properties keep every JSON value", () => {
  const values: PropValue[] = [
    null,
    true,
    false,
    0,
    -1.5,
    1e300,
    5e-324,
    "",
    "é🙂",
    "\ufeffx\0",
    [],
    {},
    [[{}]],
    { constructor: 1 },
  ];
  const graph = resolveDocument({ nodes: { a: { type: "open", props: { values } } } });
  expect(decodeGraph(encodeGraph(graph)).nodes[0]!.props).toStrictEqual({ values });
});
