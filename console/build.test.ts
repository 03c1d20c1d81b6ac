// What the first visit costs, counted in the built files as the gateway sends them.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const dist = join(import.meta.dirname, "dist");
const firstLoadBytesMax = 250_000;

/** A file, and all that it imports at once: what is not behind `import()`. */
function loadedWith(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  if (!name.endsWith(".js")) return seen;
  const text = readFileSync(join(dist, "assets", name), "utf8");
  for (const [, imported] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+)["']/g)) loadedWith(imported!, seen);
  return seen;
}

const sentBytes = (name: string): number => {
  const path = join(dist, "assets", name);
  return statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size;
};

test("the first page loads less than 250 kB, compressed with gzip", () => {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/console\/assets\/([\w.-]+)"/g)].map(([, name]) => name!);
  const flows = readdirSync(join(dist, "assets")).filter((name) => /^FlowsPage-.*\.(js|css)$/.test(name));
  const files = new Set([...named, ...flows].flatMap((name) => [...loadedWith(name)]));
  expect(files.size).toBeGreaterThan(3);
  const bytes = [...files].reduce((sum, name) => sum + sentBytes(name), 0);
  expect(bytes).toBeLessThan(firstLoadBytesMax);
});

test("the licences of what went in are laid beside the page, fonts included", () => {
  const text = readFileSync(join(dist, "licences.md"), "utf8");
  for (const name of ["svelte", "bits-ui", "@fontsource-variable/inter", "@fontsource-variable/jetbrains-mono"]) {
    expect(text).toContain(`## ${name} - `);
  }
  expect(text).toContain("SIL OPEN FONT LICENSE");
});

test("the page has no script or style but files, and asks nobody else for anything", () => {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  expect(page).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/);
  expect(page).not.toMatch(/https?:|\/\/[a-z]/);
});
