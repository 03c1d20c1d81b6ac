import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { expressionGuidePath, withFunctionTable } from "./expressions.ts";

test("the guide to expressions lists the functions that there are", () => {
  const guide = readFileSync(expressionGuidePath, "utf8");
  expect(guide === withFunctionTable(guide), "How to mend: node tools/docs/expressions.ts").toBe(true);
  expect(guide).toContain("`math.abs(int)` → int");
});
