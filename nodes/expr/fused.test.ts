// Expressions in a fused flow: the same bytes come out as node by node, metered or not.

import { defaultFlowLimits, FusedInstance, fuse, meter, ReferenceFlow, type RunningFlow } from "@flowfusion/fusion";
import { encodeMessage, frameHeaderBytes, type Message, parseGraph, resolveGraph } from "@flowfusion/graph";
import fc from "fast-check";
import { expect, it } from "vitest";
import { builtinCatalog } from "../catalog.ts";
import { completeProps, moduleOf } from "../testing.ts";
import { expressions, messages } from "./random.ts";

const catalog = await builtinCatalog();

function isAccepted(expression: string): boolean {
  try {
    completeProps(moduleOf("expr"), { expression });
    return true;
  } catch {
    return false;
  }
}

/** One input that feeds every expression, each with a sink of its own, and a switch and a filter with expressions. */
function flowOf(accepted: readonly string[]) {
  const nodes: Record<string, { type: string; props: object }> = {
    in: { type: "tag_input", props: { tags: ["#"] } },
    hot: { type: "filter", props: { expression: "value > 0.5 && quality != bad" } },
    route: {
      type: "switch",
      props: { cases: [{ expression: "value == 'a' || value == true" }, { expression: "topic.startsWith('line')" }] },
    },
  };
  const wires = ["in.out -> hot.in", "hot.fail -> route.in"];
  const send = (output: string) => {
    const id = `sink${Object.keys(nodes).length}`;
    nodes[id] = { type: "file", props: { path: `${id}.jsonl` } };
    wires.push(`${output} -> ${id}.in`);
  };
  for (const output of ["hot.pass", "route.case1", "route.case2", "route.else"]) send(output);
  for (const [index, expression] of accepted.entries()) {
    nodes[`expr${index}`] = { type: "expr", props: { expression, onError: index % 2 === 0 ? "bad" : "drop" } };
    wires.push(`in.out -> expr${index}.in`);
    send(`expr${index}.out`);
  }
  return resolveGraph(parseGraph({ nodes, wires }), catalog);
}

function framesOf(inputs: readonly Message[]): Uint8Array {
  return Buffer.concat(
    inputs.flatMap((message) => {
      const bytes = encodeMessage(message);
      const head = new Uint8Array(frameHeaderBytes);
      new DataView(head.buffer).setUint32(4, bytes.length, true);
      return [head, bytes];
    }),
  );
}

function outputOf(flow: RunningFlow, frames: Uint8Array): Uint8Array {
  flow.configure();
  expect(flow.execute(frames)).toBe(frames.length);
  return flow.takeOutbox();
}

const given = fc.tuple(
  fc.array(fc.oneof(expressions(true), expressions(false)), { minLength: 60, maxLength: 60 }),
  fc.array(messages, { minLength: 200, maxLength: 200 }),
);

it("random expressions give the same fused as node by node", async () => {
  const property = fc.asyncProperty(given, async ([random, inputs]) => {
    const graph = flowOf(
      random
        .map(({ expression }) => expression)
        .filter(isAccepted)
        .slice(0, 24),
    );
    const frames = framesOf(inputs);
    const { wasm } = await fuse(graph, catalog);
    const expected = outputOf(new ReferenceFlow(graph, catalog), frames);
    expect(expected.length).toBeGreaterThan(10_000);
    for (const module of [wasm, meter(wasm, defaultFlowLimits)]) {
      const instance = new FusedInstance(new WebAssembly.Module(module), { ...defaultFlowLimits, fuelPerMessage: 1e6 });
      expect(outputOf(instance, frames)).toEqual(expected);
    }
    expect((await fuse(graph, catalog)).wasm, "the same graph gives the same bytes").toEqual(wasm);
  });
  // One flow of many expressions says as much as many flows; shrinking it would take minutes.
  await fc.assert(property, { numRuns: 1, endOnFailure: true });
});
