import { parseGraph, resolveGraph, wireKey } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { inReadingOrder } from "./reading-order.ts";

const builtins = await builtinCatalog();
const nodes = {
  zones: { type: "tag_input", props: { tags: ["zone/+/temp"] } },
  hot: { type: "filter", props: { op: ">", value: 90 } },
  alarms: { type: "file", props: { path: "alarms.jsonl" } },
  average: { type: "agg", props: { op: "avg", size: 10 } },
  trend: { type: "file", props: { path: "trend.jsonl" } },
  pumps: { type: "tag_input", props: { tags: ["pump/+/speed"] } },
  both: { type: "binary_combine", props: { op: "+" } },
};
const wires = [
  "zones.out -> hot.in",
  "hot.pass -> alarms.in",
  "hot.fail -> average.in",
  "average.out -> both.right",
  "pumps.out -> both.left",
  "both.out -> trend.in",
];

function read(document: { readonly nodes: object; readonly wires: readonly string[] }) {
  const ordered = inReadingOrder(resolveGraph(parseGraph(document), builtins));
  return { nodes: ordered.nodes.map(({ id }): string => id), wires: ordered.wires.map(wireKey) };
}

test("a graph reads from its sources along the outputs in their order, each node after all that lead to it", () => {
  expect(read({ nodes, wires })).toEqual({
    nodes: ["pumps", "zones", "hot", "alarms", "average", "both", "trend"],
    wires: [
      "zones.out -> hot.in",
      "hot.pass -> alarms.in",
      "hot.fail -> average.in",
      "pumps.out -> both.left",
      "average.out -> both.right",
      "both.out -> trend.in",
    ],
  });
});

test("the order is the same whatever order the document had", () => {
  const turned = { nodes: Object.fromEntries(Object.entries(nodes).toReversed()), wires: wires.toReversed() };
  expect(read(turned)).toEqual(read({ nodes, wires }));
});

test("a node that is put into a wire moves no other line", () => {
  const calm = { type: "deadband", props: { band: 1 } };
  const more = [
    ...wires.filter((wire) => wire !== "zones.out -> hot.in"),
    "zones.out -> calm.in",
    "calm.out -> hot.in",
  ];
  const { nodes: after } = read({ nodes: { ...nodes, calm }, wires: more });
  expect(after.filter((id) => id !== "calm")).toEqual(read({ nodes, wires }).nodes);
  expect(after.indexOf("calm")).toBe(after.indexOf("hot") - 1);
});
