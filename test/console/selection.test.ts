// Several nodes at once, by a box, by clicks and by keys alone, and the map that shows where one is.

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { boxOf } from "./box.ts";
import type { OpenPage } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { nodeAt, openEditor } from "./drawing.ts";
import { boilerHouse } from "./plant.ts";

const context = consoleContext();
const all = Object.keys(boilerHouse.nodes).sort();

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface TraceEvent {
  readonly name: string;
  readonly args: { readonly beginData?: { readonly partialLayout: boolean } };
}

/** Where nodes lie is kept on the gateway: a test that moves some has a flow of its own. */
async function openBoiler(own?: string): Promise<OpenPage> {
  if (own !== undefined) await context.plant.deploy(own, boilerHouse);
  const open = await context.browser.open();
  // What is copied is read back from the clipboard by Ctrl+V.
  await open.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await context.plant.signIn(open.page, `/flows/${own ?? "boiler"}`);
  await openEditor(open.page);
  // Waits until it lies still: a page that was just opened still fits its graph into sight.
  await nodeAt(open.page, "temps").hover();
  return open;
}

const nodeBoxOf = (page: Page, id: string): Promise<Box> => boxOf(nodeAt(page, id));

async function drawnIds(page: Page): Promise<string[]> {
  const nodes = await page.locator(".svelte-flow__node:has(.flow-node:not(.removed))").all();
  return (await Promise.all(nodes.map((node) => node.getAttribute("data-id")))).map(String).sort();
}

async function selectedIds(page: Page): Promise<string[]> {
  const nodes = await page.locator(".svelte-flow__node.selected").all();
  return (await Promise.all(nodes.map((node) => node.getAttribute("data-id")))).map(String).sort();
}

const expectSelected = (page: Page, ...ids: readonly string[]) =>
  expect.poll(() => selectedIds(page)).toEqual([...ids].sort());

/** From the upper left of the first to the lower right of the last, each with some room around it. */
async function boxAround(page: Page, ...ids: readonly string[]): Promise<readonly string[]> {
  const room = 12;
  const boxes = await Promise.all(ids.map((id) => nodeBoxOf(page, id)));
  const [left, top] = [Math.min(...boxes.map(({ x }) => x)) - room, Math.min(...boxes.map(({ y }) => y)) - room];
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + room;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + room;
  const others = await Promise.all(all.map(async (id) => ({ id, box: await nodeBoxOf(page, id) })));
  const isInside = ({ x, y, width, height }: Box) => x < right && y < bottom && x + width > left && y + height > top;
  await page.keyboard.down("Shift");
  await page.mouse.move(left, top);
  await page.mouse.down();
  await page.mouse.move(right, bottom, { steps: 6 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  return others.filter(({ box }) => isInside(box)).map(({ id }) => id);
}

describe("a box that is drawn with Shift held", () => {
  test("selects what it touches and nothing else, and says so to who cannot see it", async () => {
    await using open = await openBoiler();
    const { page } = open;
    const inside = await boxAround(page, "celsius", "hot");
    expect(inside).toEqual(expect.arrayContaining(["celsius", "hot"]));
    expect(inside.length).toBeLessThan(all.length);
    await expectSelected(page, ...inside);
    await page.getByRole("button", { name: `${inside.length} nodes selected. The arrow keys move them.` }).waitFor();
    await page.getByRole("complementary", { name: "Inspector" }).getByText(`${inside.length} nodes`).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(open.complaints).toEqual([]);
  });

  test("moves them all, by pointer and by arrow key, in one step that is undone as one", async () => {
    await using open = await openBoiler("moved");
    const { page } = open;
    const inside = await boxAround(page, "celsius", "hot");
    await expectSelected(page, ...inside);
    const outside = all.find((id) => !inside.includes(id))!;
    const before = Object.fromEntries(
      await Promise.all(all.map(async (id) => [id, await nodeBoxOf(page, id)] as const)),
    );
    const movedBy = async (id: string) => {
      const now = await nodeBoxOf(page, id);
      return { x: Math.round(now.x - before[id]!.x), y: Math.round(now.y - before[id]!.y) };
    };

    const { x, y, width, height } = before.celsius!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 40, y + height / 2 + 90, { steps: 6 });
    await page.mouse.up();
    const moved = await movedBy("celsius");
    expect(moved.y).toBeGreaterThan(40);
    for (const id of inside) expect(await movedBy(id)).toEqual(moved);
    expect(await movedBy(outside)).toEqual({ x: 0, y: 0 });

    await page.keyboard.press("Shift+ArrowDown");
    await expect.poll(async () => (await movedBy("hot")).y).toBeGreaterThan(moved.y);
    for (const id of inside) expect(await movedBy(id)).toEqual(await movedBy("hot"));
    expect(await movedBy(outside)).toEqual({ x: 0, y: 0 });

    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    for (const id of all) await expect.poll(() => movedBy(id)).toEqual({ x: 0, y: 0 });
    expect(open.complaints).toEqual([]);
  });

  test("copies them with the wires among them, and deletes them", async () => {
    await using open = await openBoiler();
    const { page } = open;
    const inside = await boxAround(page, "celsius", "hot");
    await expectSelected(page, ...inside);
    const wires = page.locator(".svelte-flow__edge");
    const wireCount = await wires.count();
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+v");
    await expect.poll(async () => (await drawnIds(page)).length).toBe(all.length + inside.length);
    const copies = (await drawnIds(page)).filter((id) => !all.includes(id));
    await expectSelected(page, ...copies);
    await expect.poll(() => wires.count()).toBeGreaterThan(wireCount);

    await page.keyboard.press("Delete");
    await expect.poll(() => drawnIds(page)).toEqual(all);
    await expect.poll(() => wires.count()).toBe(wireCount);
    await boxAround(page, "celsius", "hot");
    await expectSelected(page, ...inside);
    await page.keyboard.press("Delete");
    await expect.poll(() => drawnIds(page)).toEqual(all.filter((id) => !inside.includes(id)));
    expect(open.complaints).toEqual([]);
  });

  test("is gone once something else is selected, and takes no key from it", async () => {
    await using open = await openBoiler();
    const { page } = open;
    await boxAround(page, "celsius", "hot");
    const box = page.locator(".svelte-flow__selection-wrapper");
    await box.waitFor();
    await page.keyboard.press("Escape");
    await expectSelected(page);
    await nodeAt(page, "temps").focus();
    await page.keyboard.press("Space");
    await expectSelected(page, "temps");
    expect(await box.count()).toBe(0);
    await expect.poll(() => nodeAt(page, "temps").and(page.locator(":focus")).count()).toBe(1);
  });
});

describe("several nodes by keys alone", () => {
  test("Space adds the node that has the focus and takes it out again, wherever Tab led", async () => {
    await using open = await openBoiler();
    const { page } = open;
    await nodeAt(page, "temps").focus();
    await page.keyboard.press("Space");
    await nodeAt(page, "hot").focus();
    await page.keyboard.press("Space");
    await expectSelected(page, "temps", "hot");
    await nodeAt(page, "average").focus();
    await page.keyboard.press("Space");
    await expectSelected(page, "temps", "hot", "average");
    await page.keyboard.press("Space");
    await expectSelected(page, "temps", "hot");
    await expect.poll(() => page.locator("[data-said]").innerText()).toBe("2 nodes selected");
    // The focus is on a node that was taken out: what is selected goes, and the focused one stays.
    await page.keyboard.press("Delete");
    await expect.poll(() => drawnIds(page)).toEqual(all.filter((id) => id !== "temps" && id !== "hot"));
    expect(open.complaints).toEqual([]);
  });

  test("Alt, Shift and an arrow follow the wires and gather what they come to, to be moved at once", async () => {
    await using open = await openBoiler("gathered");
    const { page } = open;
    await nodeAt(page, "celsius").focus();
    await page.keyboard.press("Alt+Shift+ArrowRight");
    await expectSelected(page, "celsius", "hot");
    await page.keyboard.press("Alt+Shift+ArrowRight");
    await expectSelected(page, "celsius", "hot", "route");
    const before = await Promise.all(["celsius", "hot", "route", "temps"].map((id) => nodeBoxOf(page, id)));
    await page.keyboard.press("Shift+ArrowDown");
    await expect.poll(async () => (await nodeBoxOf(page, "route")).y).toBeGreaterThan(before[2]!.y);
    const after = await Promise.all(["celsius", "hot", "route", "temps"].map((id) => nodeBoxOf(page, id)));
    const downBy = after.map(({ y }, index) => Math.round(y - before[index]!.y));
    expect(downBy).toEqual([downBy[2], downBy[2], downBy[2], 0]);
    // What is about one node is about the one with the focus.
    await page.keyboard.press("F2");
    await expect.poll(() => page.locator("[data-node-name]").inputValue()).toBe("route");
    await expectSelected(page, "route");
    expect(open.complaints).toEqual([]);
  });

  test("a key still is about the focused node where one other was selected", async () => {
    await using open = await openBoiler();
    const { page } = open;
    await nodeAt(page, "temps").click();
    await expectSelected(page, "temps");
    await nodeAt(page, "trends").focus();
    await page.keyboard.press("Delete");
    await expect.poll(() => drawnIds(page)).toEqual(all.filter((id) => id !== "trends"));
  });
});

test("clicks with Ctrl or Shift held add a node and take it out again", async () => {
  await using open = await openBoiler();
  const { page } = open;
  await nodeAt(page, "temps").click();
  await nodeAt(page, "hot").click({ modifiers: ["Control"] });
  await nodeAt(page, "average").click({ modifiers: ["Shift"] });
  await expectSelected(page, "temps", "hot", "average");
  await nodeAt(page, "hot").click({ modifiers: ["Control"] });
  await expectSelected(page, "temps", "average");
  await nodeAt(page, "temps").click();
  await expectSelected(page, "temps");
  expect(open.complaints).toEqual([]);
});

test("a node that is dragged lays out what moves with it, and not the page", async () => {
  await using open = await openBoiler("laid-out");
  const { page } = open;
  const { x, y, width, height } = await nodeBoxOf(page, "celsius");
  const moveBy = (dx: number, steps: number) => page.mouse.move(x + width / 2 + dx, y + height / 2, { steps });
  await moveBy(0, 1);
  await page.mouse.down();
  await moveBy(20, 6);
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ["devtools.timeline"] });
  await moveBy(80, 30);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  await page.mouse.up();
  const layouts = traceEvents.flatMap(({ name, args }) => (name === "Layout" ? [args.beginData?.partialLayout] : []));
  expect(layouts).toContain(true);
  expect(layouts).not.toContain(false);
});

describe("the map", () => {
  const mapNodes = (page: Page) => page.locator(".svelte-flow__minimap-node");

  /** Where the nodes lie to each other, left to right and top to bottom: the same on the canvas and on its map. */
  function places(boxes: readonly Box[]): readonly (readonly [number, number])[] {
    const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))];
    const width = Math.max(...boxes.map(({ x, width: w }) => x + w)) - left;
    const parts = boxes.map(({ x, y }) => [(x - left) / width, (y - top) / width] as const);
    return [...parts].sort(([ax, ay], [bx, by]) => ax - bx || ay - by);
  }

  test("shows each node where it lies, and one that is added", async () => {
    await using open = await openBoiler();
    const { page } = open;
    await expect.poll(() => mapNodes(page).count()).toBe(all.length);
    const drawn = places(await Promise.all(all.map((id) => nodeBoxOf(page, id))));
    const mapped = places(await Promise.all((await mapNodes(page).all()).map(boxOf)));
    for (const [index, [x, y]] of drawn.entries()) {
      // A pixel of the map is a hundredth of its width.
      expect(Math.abs(mapped[index]![0] - x)).toBeLessThan(0.03);
      expect(Math.abs(mapped[index]![1] - y)).toBeLessThan(0.03);
    }
    await page.getByRole("button", { name: "Add filter" }).click();
    await expect.poll(() => mapNodes(page).count()).toBe(all.length + 1);
    await expect.poll(() => page.locator(".svelte-flow__minimap-node.minimap-selected").count()).toBe(1);
  });

  test("moves the view with a drag, and zooms with the wheel", async () => {
    await using open = await openBoiler();
    const { page } = open;
    const before = await nodeBoxOf(page, "celsius");
    const map = await boxOf(page.locator(".svelte-flow__minimap-svg"));
    const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 10, { steps: 5 });
    await page.mouse.up();
    // To the right on the map: the nodes go to the left, much further, and stay as large and as they lay.
    await expect.poll(async () => (await nodeBoxOf(page, "celsius")).x).toBeLessThan(before.x - 60);
    const after = await nodeBoxOf(page, "celsius");
    expect(after.y).toBeLessThan(before.y);
    expect(after.width).toBeCloseTo(before.width, 0);
    expect(await page.locator("[data-canvas] .svelte-flow__node.selected").count()).toBe(0);

    await page.mouse.wheel(0, -240);
    await expect.poll(async () => (await nodeBoxOf(page, "celsius")).width).toBeGreaterThan(before.width);
    await page.getByRole("button", { name: "Fit into view" }).click();
    await expect.poll(async () => Math.round((await nodeBoxOf(page, "celsius")).x)).toBe(Math.round(before.x));
    expect(open.complaints).toEqual([]);
  });
});
