import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { View } from "../wire/views.ts";
import { diffFlow } from "./diff.ts";
import { readInputs } from "./inputs.ts";
import { flowViews, viewSteps } from "./views.ts";

const flow = (value: number) =>
  readInputs({
    nodes: { temps: { type: "tag_input", props: { tags: ["a"] } }, hot: { type: "filter", props: { op: ">", value } } },
    wires: { "temps.out -> hot.in": {} },
  });

describe("the rows of a flow", () => {
  test("are its nodes and wires, led by the resource's name", () => {
    expect(flowViews("boiler", flow(90)).map(({ name }) => name)).toEqual([
      "boiler/hot",
      "boiler/temps",
      "boiler/temps.out->hot.in",
    ]);
  });

  test("tell what differs in a node from there", () => {
    const changes = diffFlow(flow(90), flow(95), new Map());
    const steps = viewSteps(flowViews("boiler", flow(90)), flowViews("boiler", flow(95)), changes);
    expect(steps.map(({ op, name }) => `${op} ${name}`)).toEqual([
      "update boiler/hot",
      "same boiler/temps",
      "same boiler/temps.out->hot.in",
    ]);
    expect(steps[0]!.changes).toEqual([{ path: "props.value", key: "props", kind: "update", replaces: false }]);
  });

  test("keep to the engine's rules, whatever was there and whatever comes", () => {
    const view: fc.Arbitrary<View> = fc.record({
      type: fc.constantFrom("flowfusion:index:Node", "flowfusion:index:Wire"),
      name: fc.constantFrom("f/a", "f/b", "f/c", "f/d"),
      inputs: fc.record({ value: fc.integer({ min: 0, max: 2 }) }),
    });
    const views = fc.uniqueArray(view, { selector: ({ type, name }) => type + name });
    fc.assert(
      fc.property(views, views, fc.constantFrom("create" as const, "import" as const), (old, next, found) => {
        const steps = viewSteps(old, next, [], found);
        const keys = steps.map(({ type, name }) => type + name);
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Set(keys)).toEqual(new Set([...old, ...next].map(({ type, name }) => type + name)));
        for (const step of steps) {
          expect(step.old === undefined || old.includes(step.old)).toBe(true);
          expect([step.old !== undefined, step.new !== undefined]).toEqual(
            {
              create: [false, true],
              import: [false, true],
              update: [true, true],
              same: [true, true],
              delete: [true, false],
            }[step.op],
          );
          expect(step.op).not.toBe(found === "create" ? "import" : "create");
        }
      }),
    );
  });
});
