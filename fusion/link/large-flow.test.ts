import type { GraphDocument } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, it } from "vitest";
import { describeModule } from "../binary/module.ts";
import { fuse } from "../fuse.ts";
import { artefactLimits, defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { resolve } from "../testkit/random-flow.ts";

const nodeCount = 200;

/** tag_input → filter → scale → agg → filter → … → file */
function chain(): GraphDocument {
  const kinds = [
    { type: "filter", props: { op: ">", value: 0 }, output: "pass" },
    { type: "scale", props: { factor: 2 }, output: "out" },
    { type: "agg", props: { op: "avg", size: 2 }, output: "out" },
  ];
  const nodes: Record<string, GraphDocument["nodes"][string]> = { in: { type: "tag_input", props: { tags: ["#"] } } };
  const wires: Record<string, Record<string, never>> = {};
  let output = "in.out";
  for (let index = 0; index < nodeCount - 2; index++) {
    const { type, props, output: port } = kinds[index % kinds.length]!;
    nodes[`n${index}`] = { type, props };
    wires[`${output} -> n${index}.in`] = {};
    output = `n${index}.${port}`;
  }
  nodes.out = { type: "file", props: { path: "out" } };
  wires[`${output} -> out.in`] = {};
  return { nodes, wires };
}

/** Many inputs that lead to one sink. */
function funnel(): GraphDocument {
  const inputs = Array.from({ length: nodeCount - 1 }, (_, index) => `in${index}`);
  return {
    nodes: {
      out: { type: "file", props: { path: "out" } },
      ...Object.fromEntries(inputs.map((id) => [id, { type: "tag_input", props: { tags: [`${id}/#`] } }])),
    },
    wires: Object.fromEntries(inputs.map((id) => [`${id}.out -> out.in`, {}])),
  };
}

describe("a flow of hundreds of nodes", () => {
  it.each([
    ["in a chain", chain()],
    ["that lead to one", funnel()],
  ])("is fused in functions that stay small, %s, and accepted by a gateway", async (_title, document) => {
    const catalog = await builtinCatalog();
    const { wasm } = await fuse(resolve(document, catalog), catalog);
    const sizes = describeModule(wasm).bodies.map(({ start, end }) => end - start);
    expect(Math.max(...sizes)).toBeLessThan(artefactLimits.functionBytesMax / 16);
    expect(WebAssembly.validate(meter(wasm, defaultFlowLimits))).toBe(true);
  });
});
