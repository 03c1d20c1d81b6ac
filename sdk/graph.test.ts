import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { authoredGraph, type WiredParts } from "./authored.ts";
import * as ff from "./index.ts";

const line = (name: string, limit: number) =>
  ff.graph({
    nodes: { temps: ff.tagInput({ tags: [`${name}/temp`] }), hot: ff.filter({ op: ">", value: limit }) },
    wires: (n) => [n.temps.out.to(n.hot.in)],
    outputs: (n) => ({ alarms: n.hot.pass }),
  });

const plant = ff.graph({
  nodes: { oven: line("oven", 90), press: line("press", 60), alarms: ff.mqtt({ broker: "mqtt://127.0.0.1" }) },
  wires: (n) => [n.oven.alarms.to(n.alarms.in), n.press.alarms.to(n.alarms.in)],
});

function taken(graph: object): { nodes: Record<string, unknown>; wires: string[] } {
  const { nodes, wires } = authoredGraph(graph as WiredParts);
  return {
    nodes: Object.fromEntries([...nodes].map(([id, { type, props }]) => [id, { type, ...props }])),
    wires: [...wires.keys()].sort(),
  };
}

describe("sub-flows", () => {
  test("stand twice in a graph, each with ids of its own, and are wired by their ports", () => {
    expect(taken(plant)).toEqual({
      nodes: {
        "oven-temps": { type: "tag_input", tags: ["oven/temp"] },
        "oven-hot": { type: "filter", op: ">", value: 90 },
        "press-temps": { type: "tag_input", tags: ["press/temp"] },
        "press-hot": { type: "filter", op: ">", value: 60 },
        alarms: { type: "mqtt", broker: "mqtt://127.0.0.1" },
      },
      wires: [
        "oven-hot.pass -> alarms.in",
        "oven-temps.out -> oven-hot.in",
        "press-hot.pass -> alarms.in",
        "press-temps.out -> press-hot.in",
      ],
    });
  });

  test("hold others, and pass their ports on", () => {
    const smooth = ff.graph({
      nodes: { mean: ff.agg({ op: "avg", size: 5 }), unit: ff.scale({ factor: 0.1 }) },
      wires: (n) => [n.mean.out.to(n.unit.in)],
      inputs: (n) => ({ in: n.mean.in }),
      outputs: (n) => ({ out: n.unit.out }),
    });
    const twice = ff.graph({
      nodes: { first: smooth, second: smooth },
      wires: (n) => [n.first.out.to(n.second.in)],
      inputs: (n) => ({ in: n.first.in }),
      outputs: (n) => ({ out: n.second.out }),
    });
    const whole = ff.graph({
      nodes: { temps: ff.tagInput({ tags: ["a"] }), calm: twice, log: ff.file({ path: "calm.jsonl" }) },
      wires: (n) => [n.temps.out.to(n.calm.in), n.calm.out.to(n.log.in)],
    });
    expect(taken(whole).wires).toEqual([
      "calm-first-mean.out -> calm-first-unit.in",
      "calm-first-unit.out -> calm-second-mean.in",
      "calm-second-mean.out -> calm-second-unit.in",
      "calm-second-unit.out -> log.in",
      "temps.out -> calm-first-mean.in",
    ]);
  });
});

describe("loops", () => {
  test("make a node for each tag, whose id depends on its own tag alone", () => {
    const over = (tags: readonly string[]) =>
      ff.graph({
        nodes: {
          temps: ff.each(tags, (tag) => ff.tagInput({ tags: [tag] })),
          log: ff.file({ path: "log.jsonl" }),
        },
        wires: (n) => Object.values(n.temps).map((temp) => temp.out.to(n.log.in)),
      });
    expect(taken(over(["boiler/1/temp", "Kiln 2"])).wires).toEqual([
      "temps-boiler-1-temp.out -> log.in",
      "temps-kiln-2.out -> log.in",
    ]);
    expect(Object.keys(taken(over(["Kiln 2"])).nodes)).toEqual(["temps-kiln-2", "log"]);
  });

  test("make a sub-flow for each item with a name", () => {
    const machines = [
      { name: "oven", limit: 90 },
      { name: "press", limit: 60 },
    ];
    const graph = ff.graph({
      nodes: { lines: ff.each(machines, ({ name, limit }) => line(name, limit)), log: ff.file({ path: "log.jsonl" }) },
      wires: (n) => Object.values(n.lines).map(({ alarms }) => alarms.to(n.log.in)),
    });
    expect(taken(graph).wires).toContain("lines-press-hot.pass -> log.in");
  });
});

describe("overlays", () => {
  test("replace nodes, also inside sub-flows, and leave wires and the base as they are", () => {
    const bench = ff.overlay(plant, {
      alarms: ff.file({ path: "alarms.jsonl" }),
      oven: { hot: ff.filter({ op: ">", value: 30 }) },
    });
    const { nodes, wires } = taken(bench);
    expect(nodes.alarms).toEqual({ type: "file", path: "alarms.jsonl" });
    expect([nodes["oven-hot"], nodes["press-hot"]]).toEqual([
      { type: "filter", op: ">", value: 30 },
      { type: "filter", op: ">", value: 60 },
    ]);
    expect(wires).toEqual(taken(plant).wires);
    expect(taken(plant).nodes["oven-hot"]).toEqual({ type: "filter", op: ">", value: 90 });
  });

  test("reach what a loop made", () => {
    const base = ff.graph({ nodes: { lines: ff.each(["a", "b"], () => ff.scale({ factor: 2 })) } });
    expect(taken(ff.overlay(base, { lines: { b: ff.scale({ factor: 3 }) } })).nodes).toEqual({
      "lines-a": { type: "scale", factor: 2 },
      "lines-b": { type: "scale", factor: 3 },
    });
  });
});

describe("mistakes are told with the line of the program", () => {
  // biome-ignore lint/suspicious/noExplicitAny: stands for a program without types
  type Loose = any;
  const untyped = ff as Loose;
  const temps = ff.tagInput({ tags: ["x"] });
  const here = /\(sdk\/graph\.test\.ts:\d+:\d+\)$/;

  test.each<[string, () => unknown, string]>([
    ["no graph", () => untyped.graph(), "graph: { nodes, wires, inputs, outputs } expected, undefined given"],
    ["a stranger", () => untyped.graph({ nodes: {}, wire: [] }), 'graph: there is no "wire"'],
    ["wires as a list", () => untyped.graph({ nodes: {}, wires: [] }), "graph: wires is a function, an array given"],
    [
      "an unknown port of a sub-flow",
      () =>
        taken(untyped.graph({ nodes: { a: line("a", 1), t: temps }, wires: (n: Loose) => [n.t.out.to(n.a.hotter)] })),
      'the sub-flow "a" has no port "hotter"; its ports: alarms',
    ],
    [
      "an unknown node of a sub-flow",
      () =>
        taken(
          untyped.graph({ nodes: { a: untyped.graph({ nodes: { t: temps }, outputs: (n: Loose) => ({ o: n.u }) }) } }),
        ),
      '"a" has no node "u"; its nodes: t',
    ],
    [
      "an input shown as an output",
      () =>
        taken(
          untyped.graph({
            nodes: { a: untyped.graph({ nodes: { s: ff.scale() }, outputs: (n: Loose) => ({ o: n.s.in }) }) },
          }),
        ),
      "nodes.a.outputs.o: a-s.in is not an output",
    ],
    [
      "ids that are put together to the same",
      () => taken(untyped.graph({ nodes: { "a-s": ff.scale(), a: untyped.graph({ nodes: { s: ff.scale() } }) } })),
      'nodes.a.nodes.s: another node has the id "a-s" already',
    ],
    [
      "ids that are put together to one that is too long",
      () => taken(untyped.graph({ nodes: { ["a".repeat(40)]: { ["b".repeat(40)]: ff.scale() } } })),
      "with 81 characters",
    ],
    ["two items with one id", () => ff.each(["a/b", "a b"], () => ff.scale()), '"a/b" and "a b" both get the id "a-b"'],
    [
      "an item without a name",
      () => untyped.each([{ id: 1 }], () => ff.scale()),
      "each: an item is text or has a name",
    ],
    [
      "a name that is no id",
      () => taken({ nodes: ff.each(["__proto__"], () => ff.timer({ intervalMs: 1000 })), wires: () => [] }),
      'nodes["__proto__"]: an id has 1 to 63',
    ],
    ["a name without letters", () => ff.each(["/"], () => ff.scale()), 'each: no id can be made from "/"'],
    ["no list", () => untyped.each("a", () => ff.scale()), "each: the first argument is a list, a string given"],
    [
      "an overlay of a node that is not there",
      () => untyped.overlay(plant, { alarm: ff.scale() }),
      'overlay: there is no node "alarm" to replace; the nodes: oven, press, alarms',
    ],
    [
      "an overlay with other ports",
      () => untyped.overlay(plant, { oven: { hot: ff.scale() } }),
      'overlay.oven.hot: "scale" has the inputs in (tag), "filter" has in (any)',
    ],
    ["an overlay of no graph", () => untyped.overlay({}, {}), "overlay: the first argument is made by ff.graph"],
    ["an overlay that is no node", () => untyped.overlay(plant, { alarms: {} }), "overlay.alarms: a node is made by"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(here);
  });

  test("where the node was made, not where it was used", () => {
    const fine = ff.scale();
    const long = ff.scale();
    const make = () => taken(ff.graph({ nodes: { a: fine, "TOO LONG": long } }));
    expect(make).toThrow(`(sdk/graph.test.ts:${lineOf("const long")}:21)`);
  });
});

function lineOf(text: string): number {
  return (
    1 +
    readFileSync(import.meta.filename, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text))
  );
}
