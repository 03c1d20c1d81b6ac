// A module is dropped on the page: what it is, or why it is refused; only what is added is stored, and nothing runs of it.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { badModules, tripModule } from "../system/bad-modules.ts";
import { consoleContext } from "./context.ts";
import { nodeAt, openEditor } from "./drawing.ts";

const context = consoleContext();

async function openUpload(page: Page): Promise<void> {
  await context.plant.signIn(page, "/flows/pumps");
  await openEditor(page);
  await page.getByRole("button", { name: "Upload a module" }).click();
  await page.getByRole("dialog").waitFor();
}

const choose = (page: Page, name: string, wasm: Uint8Array): Promise<void> =>
  page.getByLabel("Module file").setInputFiles({ name, mimeType: "application/wasm", buffer: Buffer.from(wasm) });

const typesOf = async () => (await context.plant.client.nodeTypes()).map(({ name }) => name).sort();

test("a good module shows its ports, properties and limits, and is in the palette once it is added", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const before = await typesOf();
  await openUpload(page);
  await choose(page, "trip.wasm", tripModule);
  await page.locator('[data-upload="taken"]').waitFor();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/^Within all \d+ limits$/).click();
  const text = (await dialog.innerText()).replace(/\s+/g, " ");
  expect(text).toMatch(/trip 1\.0\.0/);
  expect(text).toMatch(/in tag/);
  expect(text).toMatch(/\d+ of [\d,]+/);
  expect(text).toMatch(/sha256:[0-9a-f]{64}/);
  expect(await typesOf()).toEqual(before);

  await dialog.getByRole("button", { name: "Add to the palette" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Add trip / }).click();
  await nodeAt(page, "trip").waitFor();
  expect(await typesOf()).toEqual([...before, "trip"].sort());
  expect(open.complaints).toEqual([]);
});

test.each(badModules)(
  "$title is refused with what is wrong, and nothing of it is kept",
  async ({ title, wasm, code, says }) => {
    await using open = await context.browser.open();
    const { page } = open;
    const before = await typesOf();
    const running = await context.plant.client.listFlows();
    await openUpload(page);
    await choose(page, "hostile.wasm", wasm);
    const alert = page.getByRole("dialog").getByRole("alert");
    await alert.waitFor();
    const text = (await alert.innerText()).replaceAll("`", "");
    expect(text, title).toContain(code);
    expect(text).toContain(says.replaceAll("`", ""));
    expect(
      await page.getByRole("dialog").getByRole("button", { name: "Add to the palette" }).getAttribute("aria-disabled"),
    ).toBe("true");
    expect(await typesOf()).toEqual(before);
    expect((await context.plant.client.listFlows()).items.map(({ artefact }) => artefact)).toEqual(
      running.items.map(({ artefact }) => artefact),
    );
    expect(open.complaints).toEqual([]);
  },
);

test("a file that is dropped anywhere on the page is looked at, and a fused flow is told from a node", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/flows/pumps");
  await openEditor(page);
  const flow = await context.plant.client.flowArtefact(
    "pumps" as Parameters<typeof context.plant.client.flowArtefact>[0],
  );
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    const bytes = Uint8Array.fromBase64("${Buffer.from(flow).toString("base64")}");
    data.items.add(new File([bytes], "pumps.wasm", { type: "application/wasm" }));
    return data;
  })()`);
  await page.locator("[data-canvas]").dispatchEvent("drop", { dataTransfer: transfer });
  await page.getByText("This is a fused flow, not a node").waitFor();
  expect(open.complaints).toEqual([]);
});
