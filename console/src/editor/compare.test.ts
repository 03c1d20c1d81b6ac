import { graphDocument } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { checkGraph } from "./check.ts";
import { applyCommand } from "./commands.ts";
import { changesOf, compareWithRunning } from "./compare.ts";
import { documentOf, draftOfRunning } from "./draft.ts";
import { pulumiCode } from "./program.ts";
import { boiler, boilerDocument, catalog, id } from "./testkit.ts";

const checked = checkGraph(boiler, catalog);
if (!checked.isValid) throw new Error("the flow of the tests is not valid");
/** As a gateway tells it: every property explicit. */
const running = graphDocument(checked.graph);

describe("a draft and what runs", () => {
  test("are the same when nothing was changed, defaults left out or not", () => {
    expect(compareWithRunning(running, boiler, catalog).isEmpty).toBe(true);
    const opened = draftOfRunning(running, boiler.layout, catalog);
    expect(documentOf(opened)).toEqual({ ...boilerDocument, nodes: documentOf(boiler).nodes });
    expect(compareWithRunning(running, opened, catalog).isEmpty).toBe(true);
  });

  test("differ in nodes, properties and wires, also while the draft is not whole", () => {
    const set = applyCommand(boiler, { kind: "set-property", node: id("hot"), at: ["value"], to: 95 });
    const removed = applyCommand(set, { kind: "remove", nodes: [id("trend")], wires: [] });
    const draft = applyCommand(removed, {
      kind: "add",
      nodes: [{ id: id("more"), type: "mqtt", props: {}, at: { x: 0, y: 0 } }],
      wires: [],
    });
    const diff = compareWithRunning(running, draft, catalog);
    expect(changesOf(diff)).toEqual(
      new Map([
        ["hot", "updated"],
        ["more", "added"],
        ["trend", "removed"],
        ["mean.out -> trend.in", "removed"],
      ]),
    );
    expect(diff.nodes.find((node) => node.id === "hot")!.props).toEqual([{ path: "props.value", from: 90, to: 95 }]);
  });

  test("differ in everything when nothing runs", () => {
    expect([...changesOf(compareWithRunning(undefined, boiler, catalog)).values()]).toEqual(Array(9).fill("added"));
  });
});

test("the code of a draft is the program that a person would write", () => {
  const { text, files } = pulumiCode("boiler", checked.graph, catalog);
  expect(text).toContain('hot: ff.filter({ op: ">", value: 90 }),');
  expect(text).toContain("n.hot.pass.to(n.alarms.in),");
  expect(files).toEqual([]);
});

test("the code names the modules that a node of one's own takes", () => {
  const scale = catalog.get("scale")!;
  const own = new Map([...catalog, ["scale", { ...scale, source: "uploaded" as const }]]);
  const draft = applyCommand(boiler, { kind: "remove", nodes: [...boiler.nodes.keys()], wires: [] });
  const withOwn = applyCommand(draft, {
    kind: "add",
    nodes: [
      { id: id("in"), type: "tag_input", props: { tags: ["a"] }, at: { x: 0, y: 0 } },
      { id: id("own"), type: "scale", props: {}, at: { x: 0, y: 0 } },
    ],
    wires: [{ source: id("in"), sourcePort: "out", target: id("own"), targetPort: "in" }],
  });
  const result = checkGraph(withOwn, own);
  expect(result.isValid && pulumiCode("own", result.graph, own).files).toEqual(["scale.wasm"]);
});
