// Every screen, in both themes and on a tablet, held against WCAG 2.2 AA.

import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { desk, TestBrowser, tablet } from "./browser.ts";
import { Plant } from "./plant.ts";
import { screens } from "./screens.ts";

let browser: TestBrowser;
let plant: Plant;
let empty: Plant;

beforeAll(async () => {
  [browser, plant, empty] = await Promise.all([TestBrowser.launch(), Plant.start(), Plant.start()]);
  await plant.run();
  await plant.deployEdited();
  await plant.deployFragile();
  await plant.client.createToken({ name: "visitor", role: "viewer" });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await Promise.all([plant[Symbol.asyncDispose](), empty[Symbol.asyncDispose]()]);
});

/** Colours do not depend on the size, nor the layout on the theme: two looks show both of each. */
const looks = [
  { theme: "light", screen: desk },
  { theme: "dark", screen: tablet },
] as const;
const cases = screens.flatMap((one) => looks.map((look) => ({ ...one, ...look, width: look.screen.width })));

test.each(cases)("$name, $theme at $width pixels, has no violation", async ({ needs, show, theme, screen }) => {
  await using open = await browser.open({ theme, screen });
  await show(open.page, needs === "nothing" ? empty : plant);
  expect(await violations(open.page)).toEqual([]);
  const isScrolledSideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
  expect(await open.page.evaluate(isScrolledSideways)).toBe(false);
  expect(open.complaints).toEqual([]);
});
