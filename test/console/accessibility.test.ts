// Every screen, in both themes and on a tablet, held against WCAG 2.2 AA.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { boxOf } from "./box.ts";
import { desk, phone, tablet, uprightTablet } from "./browser.ts";
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

async function expectFaultless(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([]);
  const isScrolledSideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
  expect(await page.evaluate(isScrolledSideways)).toBe(false);
}

/** Colours do not depend on the size, nor the layout on the theme: two looks show both of each. */
test.each(screens)("$name has no violation, on a desk in the light and then on a tablet in the dark", async (one) => {
  await using open = await context.browser.open({ theme: "light", screen: desk });
  const { page } = open;
  await one.show(page, one.needs === "nothing" ? empty : context.plant);
  await expectFaultless(page);
  const over = page.locator("[role=dialog], [role=menu]");
  const overCount = await over.count();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(tablet);
  await page.locator("html[data-theme=dark]").waitFor();
  // What follows the size of the window is drawn with the next frame.
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  expect(await over.count()).toBe(overCount);
  await expectFaultless(page);
  expect(open.complaints).toEqual([]);
});

test("on a tablet held upright every table shows its rows to the end, with what can be done about each", async () => {
  await using open = await context.browser.open({ screen: uprightTablet });
  const { page } = open;
  const long = "a-flow-whose-name-is-as-long-as-a-gateway-takes-it-for-and-no-l";
  await context.plant.deployPumps(long);
  // Names that have nowhere to break, and what is said about a device that is not there.
  const solid = "n".repeat(63);
  const expected = "absent";
  const url = "mqtts://broker-with-a-long-name.internal.plant.example.com:8883";
  await context.plant.client.putConnection(solid, { kind: "mqtt", url, expected });
  await context.plant.client.createToken({ name: solid, role: "viewer" });
  const config = { endpointUrl: "opc.tcp://127.0.0.1:5", tags: [{ tag: "line/speed", nodeId: "ns=1;i=2" }] };
  await context.plant.client.putDriver(solid, { kind: "opcua", config }, { expected });
  await context.plant.signIn(page, "/flows");
  const tables = [
    ["/flows", page.getByRole("row", { name: new RegExp(long) })],
    ["/dead-letters", page.getByRole("button", { name: /^Show message/ })],
    ["/drivers", page.getByRole("row", { name: new RegExp(solid) }).getByText(/127\.0\.0\.1:5/)],
    ["/connections", page.getByRole("row", { name: new RegExp(solid) })],
    ["/tokens", page.getByRole("row", { name: /visitor/ })],
    ["/audit", page.getByRole("button", { name: /^Show entry/ })],
  ] as const;
  const hidden = `[...document.querySelectorAll("table")].map(({ parentElement }) => parentElement.scrollWidth - parentElement.clientWidth)`;
  for (const [path, shown] of tables) {
    await page.goto(`${context.plant.gateway.url}/console${path}`);
    await shown.first().waitFor();
    expect(await page.evaluate(hidden), path).toEqual([0]);
  }
  expect(open.complaints).toEqual([]);
});

test("on a phone nothing lies beside the screen but the columns of a table, and the first of those stays in sight", async () => {
  await using open = await context.browser.open({ screen: phone });
  const { page } = open;
  await context.plant.signIn(page, "/flows");
  const pages = [
    ["/flows", page.getByRole("row", { name: /boiler/ })],
    ["/flows/edited/history", page.getByRole("list", { name: "What changes" })],
    ["/dead-letters", page.getByRole("button", { name: /^Show message/ })],
    ["/drivers", page.getByRole("row", { name: /plant/ })],
    ["/recorder", page.getByRole("button", { name: "Download" })],
    ["/gateway", page.getByRole("heading", { name: "Data folder" })],
    ["/tokens", page.getByRole("row", { name: /visitor/ })],
    ["/audit", page.getByRole("row", { name: /putDriver/ })],
  ] as const;
  const tooWide = `[document.documentElement, ...document.querySelectorAll("main .overflow-y-auto")]
    .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className)`;
  for (const [path, shown] of pages) {
    await page.goto(`${context.plant.gateway.url}/console${path}`);
    await shown.first().waitFor();
    expect(await page.evaluate(tooWide), path).toEqual([]);
  }
  await page.goto(`${context.plant.gateway.url}/console/drivers`);
  const name = page.getByRole("row", { name: /plant/ }).getByRole("cell").first();
  const before = await boxOf(name);
  await page.getByRole("button", { name: "Actions for plant" }).scrollIntoViewIfNeeded();
  expect(await boxOf(name)).toEqual(before);
  expect(open.complaints).toEqual([]);
});
