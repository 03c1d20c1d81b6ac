// The editor on a screen that is touched: a tablet lying on the machine, and a phone.

import { parseFlowName } from "@flowfusion/graph";
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe.ts";
import { boxOf } from "./box.ts";
import { type OpenPage, phone, type Screen, tablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { deployButton, dialogOf, fuseMs } from "./deploying.ts";
import { canvasOf, nodeAt, openEditor } from "./drawing.ts";
import { middleOf, type Point, swipe } from "./touch.ts";

const testMs = 300_000;
const context = consoleContext({
  async prepare(plant) {
    for (const name of ["moved", "wired", "tapped", "small"]) await plant.deployPumps(name);
  },
});

async function openTouched(flow: string, screen: Screen): Promise<OpenPage> {
  const open = await context.browser.open({ screen, hasTouch: true });
  await context.plant.signIn(open.page, `/flows/${flow}`);
  await openEditor(open.page);
  await nodeAt(open.page, "slow").waitFor();
  await settled(open.page);
  return open;
}

const viewOf = async (page: Page): Promise<{ readonly x: number; readonly y: number; readonly zoom: number }> => {
  const transform = (await page
    .locator(".svelte-flow__viewport")
    .evaluate((element: { style: { transform: string } }) => element.style.transform)) as string;
  const [x = 0, y = 0, zoom = 0] = [...transform.matchAll(/-?[\d.]+/g)].map(Number);
  return { x, y, zoom };
};

/** Waits until the view lies still. */
async function settled(page: Page): Promise<void> {
  let before = "";
  await expect
    .poll(async () => {
      const now = JSON.stringify(await viewOf(page));
      const isStill = now === before;
      before = now;
      return isStill;
    })
    .toBe(true);
}

/** On the canvas, away from nodes and buttons. */
async function freePlace(page: Page): Promise<Point> {
  const { x, y, width, height } = await boxOf(canvasOf(page));
  return { x: x + width / 2, y: y + height * 0.8 };
}

const portOf = (page: Page, node: string, side: "source" | "target"): Locator =>
  nodeAt(page, node).locator(`.svelte-flow__handle.${side}`).first();
const wires = (page: Page): Promise<number> => page.locator(".svelte-flow__edge").count();

test("fingers move the view, zoom it and drag a node, and nothing of it scrolls the page", {
  timeout: testMs,
}, async () => {
  await using open = await openTouched("moved", tablet);
  const { page } = open;
  const free = await freePlace(page);
  const first = await viewOf(page);
  await swipe(open, [free, { x: free.x - 80, y: free.y - 40 }]);
  await expect.poll(async () => Math.round((await viewOf(page)).x - first.x)).toBe(-80);
  expect((await viewOf(page)).zoom).toBe(first.zoom);

  const spread = (by: number): readonly [Point, Point] => [
    { x: free.x + by, y: free.y },
    { x: free.x + by * 1.5, y: free.y },
  ];
  await swipe(open, spread(-60), spread(60));
  await expect.poll(async () => (await viewOf(page)).zoom / first.zoom).toBeGreaterThan(1.2);
  await page.getByRole("button", { name: "Fit into view" }).tap();
  await settled(page);

  const view = await viewOf(page);
  const from = await middleOf(nodeAt(page, "slow").locator(".name"));
  await swipe(open, [from, { x: from.x, y: from.y + 120 }]);
  await expect.poll(async () => (await middleOf(nodeAt(page, "slow").locator(".name"))).y).toBeGreaterThan(from.y + 80);
  expect(await viewOf(page)).toEqual(view);
  expect(await page.evaluate("[scrollX, scrollY, visualViewport.scale]")).toEqual([0, 0, 1]);
  expect(open.complaints).toEqual([]);
});

test("a wire is drawn by a finger from port to port", { timeout: testMs }, async () => {
  await using open = await openTouched("wired", tablet);
  const { page } = open;
  await swipe(open, [await middleOf(portOf(page, "speeds", "source")), await middleOf(portOf(page, "log", "target"))]);
  await expect.poll(() => wires(page)).toBe(3);
  expect(open.complaints).toEqual([]);
});

test("a wire is drawn by a tap on each of its ports; one that cannot be says why, and a tap elsewhere gives it up", {
  timeout: testMs,
}, async () => {
  await using open = await openTouched("tapped", tablet);
  const { page } = open;
  const hint = page.getByText("Now the port where the wire ends");
  const tap = async (port: Locator) => {
    await settled(page);
    const { x, y } = await middleOf(port);
    await page.touchscreen.tap(x, y);
  };
  await tap(portOf(page, "slow", "source"));
  await hint.waitFor();
  expect(await violations(page)).toEqual([]);
  await tap(portOf(page, "slow", "target"));
  await page
    .getByText(/slow → slow is a cycle of 1 node/)
    .first()
    .waitFor();
  await hint.waitFor({ state: "detached" });

  await tap(portOf(page, "slow", "source"));
  await hint.waitFor();
  const free = await freePlace(page);
  await page.touchscreen.tap(free.x, free.y);
  await hint.waitFor({ state: "detached" });
  expect(await wires(page)).toBe(2);

  await tap(portOf(page, "speeds", "source"));
  await hint.waitFor();
  await tap(portOf(page, "log", "target"));
  await expect.poll(() => wires(page)).toBe(3);
  await hint.waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test.each([
  ["a tablet", tablet],
  ["a phone", phone],
])(
  "on %s a node's form is opened by a tap with the node in sight, filled, and deployed",
  {
    timeout: testMs,
  },
  async (_what, screen) => {
    await using open = await openTouched("small", screen);
    const { page } = open;
    const flow = parseFlowName("small");
    const before = (await context.plant.client.getFlow(flow))!;
    await nodeAt(page, "slow").tap();
    const band = page.getByLabel("Band", { exact: true });
    await band.waitFor();
    await settled(page);
    const { y, height } = await boxOf(canvasOf(page));
    const node = await boxOf(nodeAt(page, "slow"));
    expect(node.y).toBeGreaterThanOrEqual(y);
    expect(node.y + node.height).toBeLessThanOrEqual(y + height);

    const value = before.generation + 10;
    await band.fill(String(value));
    await deployButton(page).tap();
    await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
    await dialogOf(page).getByRole("button", { name: "Deploy", exact: true }).tap();
    await page.locator('[data-result="healthy"]').waitFor({ timeout: fuseMs });
    expect((await context.plant.client.getFlow(flow))!.graph.nodes).toMatchObject({ slow: { props: { band: value } } });
    expect(open.complaints).toEqual([]);
  },
);

test("each field of a form is as high as a finger wants it, what closes it is level with its title, and the title stays where it is from page to page", async () => {
  await using open = await context.browser.open({ screen: tablet, hasTouch: true });
  const { page } = open;
  await context.plant.signIn(page, "/drivers");
  await page.getByRole("button", { name: "New driver" }).tap();
  await page.locator('[data-driver-form="ready"]').waitFor();
  await page.getByLabel("Kind", { exact: true }).selectOption("modbus");
  await page.getByRole("dialog").getByLabel("Host", { exact: true }).waitFor();
  const heights = `[...document.querySelectorAll("[role=dialog] :is(input, select)")].map(({ offsetHeight }) => offsetHeight)`;
  expect(new Set((await page.evaluate(heights)) as number[])).toEqual(new Set([40]));
  const title = await middleOf(page.getByRole("dialog").getByRole("heading", { name: "New driver" }));
  const close = await middleOf(page.getByRole("dialog").getByRole("button", { name: "Close" }));
  expect(Math.abs(close.y - title.y)).toBeLessThanOrEqual(1);
  const tops = new Set<number>();
  for (const path of ["/drivers", "/dead-letters", "/gateway", "/flows/boiler"]) {
    await page.goto(`${context.plant.gateway.url}/console${path}`);
    tops.add((await boxOf(page.locator("h1"))).y);
  }
  expect(tops.size).toBe(1);
  expect(open.complaints).toEqual([]);
});
