// How a test deploys a draft that is open in the editor.

import type { Locator, Page } from "playwright-core";
import { nodeAt } from "./drawing.ts";

/** Fusing shares two cores with the browser. */
export const fuseMs = 120_000;

export const dialogOf = (page: Page): Locator => page.getByRole("dialog");
export const deployButton = (within: Page | Locator): Locator =>
  within.getByRole("button", { name: "Deploy", exact: true });

/** From the pumps as they run to a dialog that waits for the last word. */
export async function readyToDeploy(page: Page, band: string): Promise<void> {
  await nodeAt(page, "slow").click();
  await page.getByLabel("Band", { exact: true }).fill(band);
  await deployButton(page).click();
  await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
}

/** From the open dialog to a version that runs for good. */
export async function deployed(page: Page): Promise<void> {
  await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
  await deployButton(dialogOf(page)).click();
  await page.locator('[data-result="healthy"]').waitFor({ timeout: fuseMs });
}
