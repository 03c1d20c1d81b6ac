// What is fitted into view lies beside what lies over the canvas: the map, and the buttons.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Document } from "../system/flows.ts";
import { uprightTablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { openEditor } from "./drawing.ts";

/** Flows side by side in one: so many of so many nodes each. */
function lanes(count: number, length: number): Document {
  const ends = [
    { type: "tag_input", props: { tags: ["t"] } },
    { type: "file", props: { path: "out.jsonl" } },
  ] as const;
  const lane = Array.from({ length: count }, (_, row) => {
    const ids = Array.from({ length }, (_one, column) => `n${row}-${column}`);
    const typed = ids.map((id, column) => {
      const end = column === 0 ? ends[0] : column === length - 1 ? ends[1] : { type: "deadband", props: { band: 5 } };
      return [id, end] as const;
    });
    return { typed, wires: ids.slice(1).map((id, index) => `${ids[index]}.out -> ${id}.in`) };
  });
  return {
    nodes: Object.fromEntries(lane.flatMap(({ typed }) => typed)),
    wires: lane.flatMap(({ wires }) => wires),
  };
}

const context = consoleContext({
  async prepare(plant) {
    await plant.deploy("tall", lanes(10, 3));
    await plant.deploy("wide", lanes(4, 4));
  },
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const isOver = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

async function covered(page: Page): Promise<readonly string[]> {
  const boxOf = `(one) => { const { x, y, width, height } = one.getBoundingClientRect(); return { x, y, width, height }; }`;
  const boxes = (of: string) =>
    page.evaluate(`[...document.querySelectorAll("${of}")].map(${boxOf})`) as Promise<Box[]>;
  const over = [...(await boxes(".svelte-flow__minimap")), ...(await boxes("[data-canvas-tools]"))];
  const nodes = await boxes(".svelte-flow__node");
  return nodes.flatMap((node, index) => (over.some((one) => isOver(one, node)) ? [`node ${index}`] : []));
}

test.each([
  ["a tablet held upright", "tall", uprightTablet, 1],
  ["a small window at twice its size", "wide", { width: 640, height: 360 }, 0],
])("on %s neither the map nor a button covers a node that was fitted into view", async (_what, flow, screen, maps) => {
  await using open = await context.browser.open({ screen });
  const { page } = open;
  await context.plant.signIn(page, `/flows/${flow}`);
  await openEditor(page);
  await page.locator(".svelte-flow__node").first().waitFor();
  expect(await page.locator(".svelte-flow__minimap").count()).toBe(maps);
  await expect.poll(() => covered(page)).toEqual([]);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Fit into view" }).click();
  await expect.poll(() => covered(page)).toEqual([]);
  expect(open.complaints).toEqual([]);
});
