import { wireKey } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGraph } from "./check.ts";
import type { Command } from "./commands.ts";
import { type Draft, documentOf } from "./draft.ts";
import { execute, type History, historyOf, redo, redoText, undo, undoText } from "./history.ts";
import { boiler, catalog, id } from "./testkit.ts";

const at = { x: 0, y: 0 };
const run = (commands: readonly Command[], everyMs = 10_000): History =>
  commands.reduce((history, command, index) => execute(history, command, index * everyMs), historyOf(boiler));
const document = ({ draft }: History) => documentOf(draft);
const setValue = (to: number): Command => ({ kind: "set-property", node: id("hot"), at: ["value"], to });

describe("a command", () => {
  test("adds a node with its place", () => {
    const history = run([{ kind: "add", nodes: [{ id: id("all"), type: "fan_out", props: {}, at }], wires: [] }]);
    expect(document(history).nodes.all).toEqual({ type: "fan_out", props: {} });
    expect(history.draft.layout.get(id("all"))).toEqual(at);
    expect(undoText(history)).toBe("add all");
  });

  test("removes nodes with all their wires, and single wires", () => {
    const history = run([{ kind: "remove", nodes: [id("hot")], wires: ["mean.out -> trend.in"] }]);
    expect(Object.keys(document(history).nodes)).toEqual(["temps", "mean", "alarms", "trend"]);
    expect(Object.keys(document(history).wires)).toEqual(["temps.out -> mean.in"]);
    expect(history.draft.layout.has(id("hot"))).toBe(false);
  });

  test("renames a node in its wires and its place", () => {
    const history = run([{ kind: "rename", node: id("hot"), to: id("too-hot") }]);
    expect(Object.keys(document(history).nodes)).toEqual(["temps", "too-hot", "mean", "alarms", "trend"]);
    expect(history.draft.wires.map(wireKey)).toContain("too-hot.pass -> alarms.in");
    expect(history.draft.layout.get(id("too-hot"))).toEqual(boiler.layout.get(id("hot")));
  });

  test("does nothing where a name is taken, and leaves no step", () => {
    const history = run([{ kind: "rename", node: id("hot"), to: id("mean") }]);
    expect(history.draft).toBe(boiler);
    expect(undoText(history)).toBeUndefined();
  });

  test("sets, and takes away, a property deep inside", () => {
    const cases = [
      { op: ">", value: 95 },
      { op: ">", value: 90 },
    ];
    const add: Command = { kind: "add", nodes: [{ id: id("route"), type: "switch", props: { cases }, at }], wires: [] };
    const set = (place: (string | number)[], to?: number): Command => ({
      ...{ kind: "set-property", node: id("route"), at: place },
      ...(to !== undefined && { to }),
    });
    expect(document(run([add, set(["cases", 1, "value"], 92)])).nodes.route!.props).toEqual({
      cases: [
        { op: ">", value: 95 },
        { op: ">", value: 92 },
      ],
    });
    expect(document(run([add, set(["cases", 0])])).nodes.route!.props).toEqual({ cases: [{ op: ">", value: 90 }] });
  });

  test("takes away with an expression what it stands in place of, as one step", () => {
    const history = run([
      {
        ...{ kind: "set-property", node: id("hot"), at: ["expression"] },
        to: "value > 1.0",
        alsoWithout: ["op", "value"],
      },
    ]);
    expect(document(history).nodes.hot!.props).toEqual({ expression: "value > 1.0" });
    expect(undo(history).draft).toBe(boiler);
  });
});

describe("a step", () => {
  test("is all that is typed into one field without a pause", () => {
    const history = run([setValue(9), setValue(95), setValue(951)], 200);
    expect(undo(history).draft).toBe(boiler);
    expect(document(undo(run([setValue(9), setValue(95)], 5_000))).nodes.hot!.props!.value).toBe(9);
  });

  test("is one whole drag, and the next drag is another", () => {
    const move = (gesture: string, x: number): Command => ({
      kind: "move",
      to: new Map([[id("hot"), { x, y: 0 }]]),
      gesture,
    });
    const history = run([move("first", 1), move("first", 2), move("second", 3)], 10);
    expect(undo(history).draft.layout.get(id("hot"))).toEqual({ x: 2, y: 0 });
    expect(undo(undo(history)).draft).toBe(boiler);
  });

  test("undone can be redone until something else is done", () => {
    const undone = undo(run([setValue(95)]));
    expect(redoText(undone)).toBe("change value of hot");
    expect(document(redo(undone)).nodes.hot!.props!.value).toBe(95);
    expect(redoText(execute(undone, setValue(80), 99_000))).toBeUndefined();
    expect(redo(redo(undone)).draft).toBe(redo(undone).draft);
    expect(undo(historyOf(boiler)).draft).toBe(boiler);
  });

  test("after an undo never joins what was done before", () => {
    const again = execute(redo(undo(run([setValue(95)]))), setValue(951), 1);
    expect(document(undo(again)).nodes.hot!.props!.value).toBe(95);
  });
});

test("any commands are undone to the beginning and redone to the end", () => {
  const ids = [...boiler.nodes.keys()];
  const node = fc.constantFrom(...ids);
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ kind: fc.constant("remove" as const), nodes: fc.uniqueArray(node), wires: fc.constant([]) }),
    fc.record({ kind: fc.constant("set-property" as const), node, at: fc.constant(["value"]), to: fc.integer() }),
    fc.record({
      ...{ kind: fc.constant("move" as const), gesture: fc.constantFrom("a", "b") },
      to: node.map((moved) => new Map([[moved, at]])),
    }),
    fc.record({ kind: fc.constant("rename" as const), node, to: fc.constantFrom(id("x"), id("y")) }),
  );
  const rewound = (history: History, step: (one: History) => History): Draft => {
    let current = history;
    for (let next = step(current); next !== current; next = step(current)) current = next;
    return current.draft;
  };
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), fc.constantFrom(1, 10_000), (commands, everyMs) => {
      const history = run(commands, everyMs);
      expect(rewound(history, undo)).toBe(boiler);
      let start = history;
      for (let before = undo(start); before !== start; before = undo(start)) start = before;
      expect(rewound(start, redo)).toBe(history.draft);
    }),
  );
});

test("layout never changes the digest", () => {
  const moved = run([{ kind: "move", to: new Map([[id("hot"), { x: 999, y: -5 }]]), gesture: "g" }]).draft;
  const [before, after] = [checkGraph(boiler, catalog), checkGraph(moved, catalog)];
  expect(before.isValid && after.isValid && before.digest === after.digest).toBe(true);
});
