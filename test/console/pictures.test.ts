// The pictures of the guide: `FLOWFUSION_PICTURES=write vitest run test/console/pictures.test.ts` takes them anew.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { Screen } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { screens } from "./screens.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = path.join(root, "docs/images/console");
const size: Screen = { width: 1280, height: 720 };
const bytesMax = 200_000;
const isWriting = process.env.FLOWFUSION_PICTURES === "write";
/** Until the figures that move are those of a plant at work, not of one that just started. */
const settleMs = 5_000;
const guide = await readFile(path.join(root, "docs/guides/console.md"), "utf8");
const shown = screens.filter(({ name }) => guide.includes(`images/console/${name}.png`));

const context = consoleContext({
  async prepare(plant) {
    await plant.run();
    await plant.deployEdited();
  },
});

test("each picture of the guide is of a screen that there is", () => {
  const pictures = [...guide.matchAll(/images\/console\/([\w-]+)\.png/g)].map(([, name]) => name!);
  expect(shown.map(({ name }) => name).sort()).toEqual(pictures.sort());
});

test.each(shown)("$name can be pictured, small enough for a repository", async ({ name, show }) => {
  await using open = await context.browser.open({ screen: size });
  await show(open.page, context.plant);
  // Not over what it clicked last: nothing in a picture is pointed at.
  await open.page.mouse.move(0, 0);
  if (isWriting) await open.page.waitForTimeout(settleMs);
  const picture = await open.page.screenshot();
  expect(picture.length).toBeLessThan(bytesMax);
  if (isWriting) {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${name}.png`), picture);
  }
});
