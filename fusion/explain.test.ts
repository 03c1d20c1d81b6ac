import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, it } from "vitest";
import { explainFusion } from "./explain.ts";
import { fuse } from "./fuse.ts";
import { moduleText } from "./link/link-here.ts";

const catalog = await builtinCatalog();
const graph = resolveGraph(
  parseGraph({
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      hot: { type: "filter", props: { expression: "value > 90.0" } },
      warm: { type: "filter", props: { op: ">", value: 50 } },
      out: { type: "file", props: { path: "out.jsonl" } },
    },
    wires: ["in.out -> hot.in", "in.out -> warm.in", "hot.pass -> out.in"],
  }),
  catalog,
);

it("a fused flow is explained, and is the same as without explanation", async () => {
  let ms = 0;
  const report = await explainFusion(graph, catalog, () => ms++);
  const { wasm, digest } = await fuse(graph, catalog);
  expect(report).toMatchObject({ wasm, digest });

  expect(report.nodes.map(({ id, type }) => `${id}: ${type}`)).toEqual([
    "hot: filter",
    "in: tag_input",
    "out: file",
    "warm: filter",
  ]);
  const [hot, , , warm] = report.nodes;
  expect(hot!.moduleBytes).toBe(catalog.get("filter")!.wasm.length);
  expect(hot!.linkedBytes).toBeLessThan(hot!.moduleBytes);
  expect(hot!.linkedBytes).not.toBe(warm!.linkedBytes);
  expect(report.wires).toContainEqual({ wire: "in.out -> hot.in", way: "scalar" });

  const sizes = Object.fromEntries(report.modules.map(({ name, sizeBytes }) => [name, sizeBytes]));
  expect(Object.keys(sizes)).toEqual(["glue", "nodes", "linked", "optimised", "artefact", "metered"]);
  expect(sizes.artefact).toBe(wasm.length);
  expect(sizes.metered).toBeGreaterThan(sizes.artefact!);
  expect(report.modules.every(({ functions }) => functions > 0)).toBe(true);
  expect(report.phases.every(({ ms: taken }) => taken >= 1)).toBe(true);
});

it("a module can be read as text", async () => {
  const { wasm } = await fuse(graph, catalog);
  const text = await moduleText(wasm);
  expect(text).toMatch(/^\(module/);
  expect(text).toContain('(export "execute_flow"');
});
