// What screens look like, held against pictures of them that a person has looked at. Only screens without figures that move.
// `FLOWFUSION_PICTURES=write vitest run test/console/snapshots.test.ts` takes them anew; look at them before they are committed.

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { desk, tablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { differingShare } from "./differing-share.ts";
import { screens } from "./screens.ts";

const folder = path.join(import.meta.dirname, "snapshots");
const still = ["sign-in", "flows-empty", "connections-empty", "not-found", "dialog-new-flow", "dialog-connection"];
const looks = [
  { theme: "light", screen: desk },
  { theme: "dark", screen: tablet },
] as const;
const differingShareMax = 0.005;

const context = consoleContext({ prepare: async () => undefined });

const cases = screens
  .filter(({ name }) => still.includes(name))
  .flatMap((one) => looks.map((look) => ({ ...one, ...look, file: `${one.name}-${look.theme}.png` })));

test.each(cases)("$name, $theme, looks as it did", async ({ show, theme, screen, file }) => {
  await using open = await context.browser.open({ theme, screen });
  const { page } = open;
  await show(page, context.plant);
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  // The port in an address is drawn anew each time; its few digits lie far below what may differ.
  const shot = await page.screenshot({ caret: "hide", animations: "disabled" });
  const known = path.join(folder, file);
  if (process.env.FLOWFUSION_PICTURES === "write") {
    await mkdir(folder, { recursive: true });
    await writeFile(known, shot);
  }
  expect(existsSync(known), `there is no picture ${file}`).toBe(true);
  const share = differingShare(shot, await readFile(known));
  expect(share).toBeLessThanOrEqual(differingShareMax);
});

test("a hundredth of the pixels in another colour is told", () => {
  const [a, b] = [new PNG({ width: 100, height: 100 }), new PNG({ width: 100, height: 100 })];
  a.data.fill(255);
  b.data.fill(255);
  for (let pixel = 0; pixel < 100; pixel++) b.data.set([200, 0, 0, 255], pixel * 4);
  expect(differingShare(PNG.sync.write(a), PNG.sync.write(b))).toBeCloseTo(0.01);
  expect(differingShare(PNG.sync.write(a), PNG.sync.write(a))).toBe(0);
});
