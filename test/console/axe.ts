// What axe-core, the engine behind most tools for accessibility, finds on a page: WCAG 2.2 AA and good practice.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** One line for each violation: rule, what it means, the elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ["violations"] })`;
  const results = (await page.evaluate(run)) as AxeResults;
  return results.violations.map(({ id, help, nodes }) => {
    const elements = nodes.map(
      ({ target, any }) => `${target.join(" ")} (${any.map((one) => one.message).join("; ")})`,
    );
    return `${id}: ${help}: ${elements.join(", ")}`;
  });
}
