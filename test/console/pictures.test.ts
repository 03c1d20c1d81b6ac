// The pictures of the guide, held against what the console shows: `FLOWFUSION_PICTURES=write vitest run test/console/pictures.test.ts` takes them anew.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Screen } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { differingShare } from "./differing-share.ts";
import { screens } from "./screens.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = path.join(root, "docs/images/console");
/** What each picture says in words, of which a column more or less changes too few pixels to be told from figures that move. */
const wordsFolder = path.join(import.meta.dirname, "snapshots/words");
const size: Screen = { width: 1280, height: 720 };
const bytesMax = 200_000;
/** Figures and curves that move, and letters that each version of the browser smooths a little otherwise. */
const differingShareMax = 0.01;
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

/** What the page says, but for what moves: all with a figure in it. */
async function wordsOf(page: Page): Promise<string> {
  const text = (await page.evaluate("document.body.innerText")) as string;
  const words = text.split(/[\n\t]+/).map((word) => word.trim());
  return `${[...new Set(words.filter((word) => word !== "" && !/\d/.test(word)))].join("\n")}\n`;
}

test.each(shown)("$name is pictured as it is, small enough for a repository", async ({ name, show }) => {
  await using open = await context.browser.open({ screen: size });
  await show(open.page, context.plant);
  // Not over what it clicked last: nothing in a picture is pointed at.
  await open.page.mouse.move(0, 0);
  if (isWriting) await open.page.waitForTimeout(settleMs);
  const picture = await open.page.screenshot();
  const words = await wordsOf(open.page);
  expect(picture.length).toBeLessThan(bytesMax);
  const known = { picture: path.join(folder, `${name}.png`), words: path.join(wordsFolder, `${name}.txt`) };
  if (isWriting) {
    await mkdir(folder, { recursive: true });
    await mkdir(wordsFolder, { recursive: true });
    await writeFile(known.picture, picture);
    await writeFile(known.words, words);
  }
  expect(differingShare(picture, await readFile(known.picture))).toBeLessThanOrEqual(differingShareMax);
  // The steps of a trace are others each time.
  if (name !== "flow-live") expect(words).toBe(await readFile(known.words, "utf8"));
});
