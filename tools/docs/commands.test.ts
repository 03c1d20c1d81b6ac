import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { commandPage, commandPagePath } from "./commands.ts";

test("the committed page of commands is what the generator gives, and says how each is used", async () => {
  const page = await commandPage();
  const written = readFileSync(join(dirname(dirname(import.meta.dirname)), commandPagePath), "utf8");
  expect(written, "node tools/docs/commands.ts writes it anew").toBe(page);
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name!);
  expect(headings).toContain("flowfusion deployments show");
  for (const name of headings) expect(page).toContain(`Usage: ${name}`);
});
