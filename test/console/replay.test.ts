// What a draft would do with recorded tags, as the engineer asks who changed it: in the editor, and with a recording in a file.

import { type FlowName, parseFlowName } from "@flowfusion/graph";
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { consoleContext } from "./context.ts";
import { nodeAt, openEditor } from "./drawing.ts";

/** Fusing shares two cores with the browser. */
const timeout = 120_000;
vi.setConfig({ testTimeout: 2 * timeout });

const context = consoleContext({
  async prepare(plant) {
    await plant.run(1_000);
    await plant.deployFragile();
  },
});

async function draft(page: Page, node: string, field: string, value: string): Promise<void> {
  await openEditor(page);
  await nodeAt(page, node).click();
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.locator('[data-editor="valid"]').waitFor();
}

async function replayFromMenu(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Replay a recording" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replay", exact: true }).click();
}

const generationOf = async (flow: FlowName) => (await context.plant.client.getFlow(flow))?.generation;

test("a draft is run on what the gateway recorded, from its editor, and nothing is deployed", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/flows/boiler");
  await draft(page, "average", "Size", "10");
  await replayFromMenu(page);
  const dialog = page.getByRole("dialog");
  await dialog.locator('[data-behaviour="differs"]').waitFor({ timeout });
  const sink = dialog.getByRole("row", { name: /^trends/ });
  const [before, after] = (await sink.getByRole("cell").allTextContents())
    .slice(1)
    .map((text) => Number(text.replaceAll(",", "")));
  expect(after).toBeGreaterThan(before!);
  await sink.getByText(/^first difference at message \d+/).click();
  await sink.getByText("boiler/average").first().waitFor();

  await dialog.getByLabel("Updates, the newest").fill("1e9");
  await dialog.getByRole("button", { name: "Replay", exact: true }).click();
  await dialog.getByRole("alert").getByText("whole number").waitFor();
  expect(await generationOf(parseFlowName("boiler"))).toBe(1);
  expect(open.complaints).toEqual([]);
});

test("a recording in a file is run through a draft that this browser keeps, and what is none is refused", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/recorder");
  await page.getByText("No draft is kept in this browser").waitFor();

  await page.getByRole("link", { name: "To the flows" }).click();
  await page.getByRole("link", { name: "boiler", exact: true }).click();
  await draft(page, "average", "Size", "10");
  await page.getByRole("link", { name: "Recorder" }).click();
  await page.getByLabel("Draft of the flow").waitFor();
  await page.getByRole("radio", { name: "A recording file" }).check();
  const replay = page.getByRole("button", { name: "Replay", exact: true });
  await replay.click();
  await page.getByRole("alert").getByText("Choose a recording").waitFor();

  const recording = await context.plant.client.recording({ updates: 300, tags: ["boiler/+/temp"] });
  const file = { name: "night.rec", mimeType: "application/octet-stream", buffer: Buffer.from(recording) };
  await page.getByLabel("Recording file", { exact: true }).setInputFiles(file);
  await replay.click();
  await page.locator('[data-behaviour="differs"]').waitFor({ timeout });

  await page
    .getByLabel("Recording file", { exact: true })
    .setInputFiles({ ...file, buffer: Buffer.from("no recording at all") });
  await replay.click();
  await page.getByRole("alert").getByText("FF_RECORDING_INVALID").waitFor({ timeout });
  // The browser itself tells of each answer that is an error.
  expect(open.complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
});

test("messages that a draft would die of are counted, with what the first was", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/flows/fragile");
  await draft(page, "log", "Path", "elsewhere.jsonl");
  await replayFromMenu(page);
  const died = page.getByRole("dialog").getByRole("row", { name: /^Dead letters/ });
  await died.waitFor({ timeout });
  await died.getByText(/^draft, first: \w+ ran out of fuel/).click();
  await died
    .getByText(/boiler\/.*temp/)
    .last()
    .waitFor();
  expect(open.complaints).toEqual([]);
});
