import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { dashboard, dashboardPath } from "./dashboard.ts";

const { panels } = JSON.parse(dashboard()) as { readonly panels: readonly { readonly gridPos: object }[] };

test("the committed dashboard is what the generator gives", () => {
  expect(readFileSync(join(dirname(dirname(import.meta.dirname)), dashboardPath), "utf8")).toBe(dashboard());
});

test("no two panels lie on each other", () => {
  expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
});
