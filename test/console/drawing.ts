// How a test draws a flow in the editor: by mouse, and by keyboard alone.

import { eventually } from "@flowfusion/testkit";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { boxOf } from "./box.ts";

interface DrawnNode {
  readonly id: string;
  readonly type: string;
  /** By the label of the field. */
  readonly fields: Readonly<Record<string, string>>;
  /** The keys that fill its form, from its first field on. */
  readonly keys: readonly string[];
}

/** Eight nodes between the tags of a boiler house and two files. */
const drawnNodes: readonly DrawnNode[] = [
  { id: "temps", type: "tag_input", fields: { "Tags, Item 1": "boiler/+/temp" }, keys: ["Enter", "=boiler/+/temp"] },
  { id: "spread", type: "fan_out", fields: {}, keys: [] },
  { id: "celsius", type: "scale", fields: { Offset: "0.5" }, keys: ["Tab", "=0.5"] },
  { id: "hot", type: "filter", fields: { Op: ">", Value: "90" }, keys: ["=>", "Tab", "Tab", "Tab", "=90"] },
  {
    ...{ id: "route", type: "switch" },
    fields: { Op: ">", Value: "110" },
    keys: ["Enter", "=>", "Tab", "Tab", "Tab", "=110"],
  },
  { id: "average", type: "agg", fields: { Op: "avg", Size: "100" }, keys: ["=avg", "Tab", "Tab", "=100"] },
  { id: "alarms", type: "file", fields: { Path: "alarms.jsonl" }, keys: ["=alarms.jsonl"] },
  { id: "trends", type: "file", fields: { Path: "trends.jsonl" }, keys: ["=trends.jsonl"] },
];

export const drawnWires: readonly (readonly [source: string, output: string, target: string, input: string])[] = [
  ["temps", "out", "spread", "in"],
  ["spread", "out1", "celsius", "in"],
  ["celsius", "out", "hot", "in"],
  ["hot", "pass", "route", "in"],
  ["route", "case1", "alarms", "in"],
  ["spread", "out2", "average", "in"],
  ["average", "out", "trends", "in"],
];

export const nodeAt = (page: Page, id: string): Locator => page.locator(`.svelte-flow__node[data-id="${id}"]`);
export const canvasOf = (page: Page): Locator => page.locator("[data-canvas]");
const portOf = (page: Page, id: string, side: "source" | "target", port: string): Locator =>
  nodeAt(page, id).locator(`.svelte-flow__handle.${side}[data-handleid="${port}"]`);

export async function openEditor(page: Page): Promise<void> {
  await canvasOf(page).waitFor();
}

export async function drawByMouse(page: Page): Promise<void> {
  for (const [index, node] of drawnNodes.entries()) {
    const targetPosition = { x: 110 + (index % 3) * 204, y: 60 + Math.floor(index / 3) * 190 };
    await page
      .getByRole("button", { name: new RegExp(`^Add ${node.type} `) })
      .dragTo(canvasOf(page), { targetPosition });
    await fillForm(page, node);
  }
  // Beneath each other, ports are as far apart as a hand would want them.
  await page.getByRole("button", { name: "Arrange from left to right" }).click();
  await eventually(() => expectOneColumnInView(page));
  for (const [source, output, target, input] of drawnWires) await dragWire(page, source, output, target, input);
}

/** What arranging unwired nodes comes to, once it is through. */
async function expectOneColumnInView(page: Page): Promise<void> {
  const canvas = await boxOf(canvasOf(page));
  const nodes = await page.locator(".svelte-flow__node").all();
  const boxes = await Promise.all(nodes.map(boxOf));
  expect(new Set(boxes.map(({ x }) => Math.round(x))).size).toBe(1);
  expect(Math.min(...boxes.map(({ y }) => y))).toBeGreaterThanOrEqual(canvas.y);
  expect(Math.max(...boxes.map(({ y, height }) => y + height))).toBeLessThanOrEqual(canvas.y + canvas.height);
}

async function fillForm(page: Page, { id, fields }: DrawnNode): Promise<void> {
  const inspector = page.locator("[data-inspector]");
  const name = inspector.getByLabel("Name", { exact: true });
  await name.fill(id);
  await name.press("Enter");
  await nodeAt(page, id).waitFor();
  const add = inspector.locator("[data-properties]").getByRole("button", { name: "Add", exact: true });
  const [first] = Object.keys(fields);
  // The form comes anew with the name, with a field that is still to be added or with all.
  if (first !== undefined)
    await add
      .or(inspector.getByLabel(first, { exact: true }))
      .first()
      .waitFor();
  if ((await add.count()) > 0) await add.click();
  for (const [label, value] of Object.entries(fields)) {
    const field = inspector.getByLabel(label, { exact: true });
    if ((await field.evaluate((element: { tagName: string }) => element.tagName)) === "SELECT") {
      await field.selectOption({ label: value });
    } else await field.fill(value);
  }
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
  // Waits until it lies still: a page that was just opened still fits its graph into sight.
  await portOf(page, source, "source", output).hover();
  await page.mouse.down();
  const to = await boxOf(portOf(page, target, "target", input));
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 });
  if (!isHeld) await page.mouse.up();
}

/** No pointer is used from here on. */
export async function drawByKeyboard(page: Page): Promise<void> {
  for (const { id, type, keys } of drawnNodes) {
    await press(page, "a");
    await choose(page, "Add a node", type);
    await focused(page, type);
    await press(page, "F2", `=${id}`, "Enter");
    await focused(page, id);
    if (keys.length > 0) await press(page, "Enter", ...keys, "Escape");
    await focused(page, id);
  }
  for (const [source, output, target, input] of drawnWires) {
    await press(page, "Control+f");
    await choose(page, "Find a node", source);
    await focused(page, source);
    await press(page, "c");
    // A node with one port leaves no choice.
    if (source !== "temps") await choose(page, `Connect ${source}`, `→ ${output}`);
    await choose(page, `Connect ${source}.${output} to`, `${target} ${input}`);
    await focused(page, source);
  }
}

/** `=text` is typed, all else are keys. */
async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    if (key.startsWith("=") && key.length > 1) await page.keyboard.type(key.slice(1));
    else await page.keyboard.press(key);
  }
}

async function choose(page: Page, title: string, query: string): Promise<void> {
  const input = page.getByRole("dialog", { name: title, exact: true }).getByRole("combobox");
  await input.and(page.locator(":focus")).waitFor();
  await page.keyboard.type(query);
  await page.keyboard.press("Enter");
}

async function focused(page: Page, id: string): Promise<void> {
  await page.locator(`.svelte-flow__node[data-id="${id}"]:focus`).waitFor();
}
