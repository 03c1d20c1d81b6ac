// Every screen, in both themes and on a tablet, held against WCAG 2.2 AA.

import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { desk, tablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { Plant } from "./plant.ts";
import { screens } from "./screens.ts";

let empty: Plant;
const context = consoleContext({
  async prepare(plant) {
    await plant.run();
    await plant.deployEdited();
    await plant.deployFragile();
    await plant.client.createToken({ name: "visitor", role: "viewer" });
  },
});
beforeAll(async () => {
  empty = await Plant.start();
});
afterAll(() => empty[Symbol.asyncDispose]());

/** Colours do not depend on the size, nor the layout on the theme: two looks show both of each. */
const looks = [
  { theme: "light", screen: desk },
  { theme: "dark", screen: tablet },
] as const;
const cases = screens.flatMap((one) => looks.map((look) => ({ ...one, ...look, width: look.screen.width })));

test.each(cases)("$name, $theme at $width pixels, has no violation", async ({ needs, show, theme, screen }) => {
  await using open = await context.browser.open({ theme, screen });
  await show(open.page, needs === "nothing" ? empty : context.plant);
  expect(await violations(open.page)).toEqual([]);
  const isScrolledSideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
  expect(await open.page.evaluate(isScrolledSideways)).toBe(false);
  expect(open.complaints).toEqual([]);
});
