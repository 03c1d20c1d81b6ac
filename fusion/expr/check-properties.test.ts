import { expect, test } from "vitest";
import { checkExpressions } from "./check-properties.ts";

test("a fault tells its place in the properties, and line and column in the expression", () => {
  const faults = checkExpressions(
    { property: "cases[].expression", result: "boolean" },
    { cases: [{ expression: "value > 1.0" }, { op: ">", value: 1 }, { expression: "value\n + 1.0" }] },
  );
  expect(faults.map(({ at }) => at)).toEqual([["cases", 2, "expression"]]);
  expect(faults[0]!.message).toMatch(/^line 2, column \d+: |^\d+:\d+: /);
});

test("properties without an expression have no fault", () => {
  expect(checkExpressions({ property: "expression" }, { op: ">", value: 1 })).toEqual([]);
  expect(checkExpressions({ property: "cases[].expression" }, { cases: "none" })).toEqual([]);
});
