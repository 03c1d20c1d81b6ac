// How a test works on the canvas of the editor.

import type { Locator, Page } from "playwright-core";

export const nodeAt = (page: Page, id: string): Locator => page.locator(`.svelte-flow__node[data-id="${id}"]`);
export const canvasOf = (page: Page): Locator => page.locator("[data-canvas]");
const portOf = (page: Page, id: string, side: "source" | "target", port: string): Locator =>
  nodeAt(page, id).locator(`.svelte-flow__handle.${side}[data-handleid="${port}"]`);

export async function openEditor(page: Page): Promise<void> {
  await canvasOf(page).waitFor();
}

/** Leaves the button pressed at the end when `isHeld`. */
export async function dragWire(
  page: Page,
  source: string,
  output: string,
  target: string,
  input: string,
  isHeld = false,
): Promise<void> {
  const [from, to] = await Promise.all([
    portOf(page, source, "source", output).boundingBox(),
    portOf(page, target, "target", input).boundingBox(),
  ]);
  if (from === null || to === null) throw new Error(`${source}.${output} or ${target}.${input} is not on the canvas`);
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 });
  if (!isHeld) await page.mouse.up();
}
