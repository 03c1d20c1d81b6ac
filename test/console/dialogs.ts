// The dialogs of the console, each open and whole, as screens.

import type { Page } from "playwright-core";
import { tripModule } from "../system/bad-modules.ts";
import { nodeAt, openEditor } from "./drawing.ts";
import type { Plant } from "./plant.ts";
import type { ConsoleScreen } from "./screens.ts";

/** Fusing shares two cores with the browser. */
const fuseMs = 120_000;

async function edit(page: Page, plant: Plant, flow = "pumps"): Promise<void> {
  await plant.signIn(page, `/flows/${flow}`);
  await openEditor(page);
  await page.locator('[data-editor="valid"]').waitFor();
}

async function fromMenu(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await page.getByRole("dialog").waitFor();
}

async function upload(page: Page, name: string, wasm: Uint8Array): Promise<void> {
  await page.keyboard.press("Escape");
  if (!(await page.getByRole("button", { name: "Upload a module" }).isVisible())) {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Show the palette" }).click();
  }
  await page.getByRole("button", { name: "Upload a module" }).click();
  const file = { name, mimeType: "application/wasm", buffer: Buffer.from(wasm) };
  await page.getByLabel("Module file").setInputFiles(file);
}

const dialog = (
  name: string,
  show: (page: Page, plant: Plant) => Promise<void>,
  needs: ConsoleScreen["needs"] = "plant",
): ConsoleScreen => ({ name: `dialog-${name}`, needs, show });

/** What opens over a page. */
export const dialogs: readonly ConsoleScreen[] = [
  {
    name: "menu-flow",
    needs: "plant",
    async show(page, plant) {
      await edit(page, plant);
      await page.getByRole("button", { name: "More actions" }).click();
      await page.getByRole("menuitem", { name: "Versions" }).waitFor();
    },
  },
  {
    name: "menu-driver",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/drivers");
      await page.getByRole("button", { name: "Actions for plant" }).click();
      await page.getByRole("menuitem", { name: "Log" }).waitFor();
    },
  },
  {
    name: "menu-account",
    needs: "nothing",
    async show(page, plant) {
      await plant.signIn(page, "/flows");
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("button", { name: /admin/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    },
  },
  dialog("new-flow", async (page, plant) => {
    await plant.signIn(page, "/flows");
    await page.getByRole("button", { name: "New flow" }).click();
    await page.getByRole("dialog", { name: /flow/i }).waitFor();
  }),
  dialog("deploy", async (page, plant) => {
    await edit(page, plant);
    await nodeAt(page, "slow").click();
    await page.getByLabel("Band", { exact: true }).fill("7");
    await page.getByRole("button", { name: "Deploy", exact: true }).click();
    await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
  }),
  dialog("replay", async (page, plant) => {
    await edit(page, plant);
    await nodeAt(page, "slow").click();
    await page.getByLabel("Band", { exact: true }).fill("7");
    await page.locator('[data-editor="valid"]').waitFor();
    await fromMenu(page, "Replay a recording");
    await page.getByRole("dialog").getByRole("button", { name: "Replay", exact: true }).click();
    await page.locator("[data-behaviour]").waitFor({ timeout: fuseMs });
  }),
  dialog("upload", async (page, plant) => {
    await edit(page, plant);
    await upload(page, "trip.wasm", tripModule);
    await page.locator('[data-upload="taken"]').waitFor();
  }),
  dialog("upload-refused", async (page, plant) => {
    await edit(page, plant);
    await upload(page, "hostile.wasm", Buffer.from("no module at all"));
    await page.getByRole("dialog").getByRole("alert").waitFor();
  }),
  dialog("picker", async (page, plant) => {
    await edit(page, plant);
    await nodeAt(page, "slow").focus();
    await page.keyboard.press("a");
    await page.getByRole("dialog", { name: "Add a node" }).waitFor();
    await page.keyboard.type("temp");
  }),
  dialog("shortcuts", async (page, plant) => {
    await edit(page, plant);
    await fromMenu(page, "Keyboard shortcuts");
  }),
  dialog("code", async (page, plant) => {
    await edit(page, plant);
    await fromMenu(page, "Copy as Pulumi code");
  }),
  dialog("roll-back", async (page, plant) => {
    await plant.signIn(page, "/flows/edited/history?to=1");
    await page.getByRole("button", { name: "Roll back to this version" }).click();
    await page.getByRole("dialog").waitFor();
  }),
  dialog("driver", async (page, plant) => {
    await plant.signIn(page, "/drivers");
    await page.getByRole("button", { name: "New driver" }).click();
    await page.locator('[data-driver-form="ready"]').waitFor();
    await page.getByLabel("Kind", { exact: true }).selectOption("modbus");
    await page.getByRole("dialog").getByLabel("Host", { exact: true }).waitFor();
  }),
  dialog("token", async (page, plant) => {
    await plant.signIn(page, "/tokens");
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByRole("dialog", { name: "New token" }).waitFor();
  }),
  dialog("driver-log", async (page, plant) => {
    await plant.signIn(page, "/drivers");
    await page.getByRole("button", { name: "Actions for plant" }).click();
    await page.getByRole("menuitem", { name: "Log" }).click();
    await page.getByRole("dialog", { name: "Log of plant" }).getByText("connected").waitFor();
  }),
  dialog("audit", async (page, plant) => {
    await plant.signIn(page, "/audit");
    await page
      .getByRole("button", { name: /^Show entry/ })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
  }),
  dialog("dead-letter", async (page, plant) => {
    await plant.signIn(page, "/dead-letters");
    await page
      .getByRole("button", { name: /^Show message/ })
      .first()
      .click();
    await page.getByRole("dialog").getByText('"topic"').waitFor();
  }),
  dialog("connection", async (page, plant) => {
    await plant.signIn(page, "/connections");
    await page.getByRole("button", { name: "New connection" }).click();
    await page.locator("[data-connection-form]").waitFor();
  }),
];
