// The screens of the console and how one gets there: for what is held against every one of them, and for pictures.

import type { Page } from "playwright-core";
import { dialogs } from "./dialogs.ts";
import type { Plant } from "./plant.ts";

export interface ConsoleScreen {
  readonly name: string;
  /** `nothing`: a gateway that just started; `plant`: one at work. */
  readonly needs: "nothing" | "plant";
  /** Opens it, and waits until it shows what it is about. */
  show(page: Page, plant: Plant): Promise<void>;
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).first().waitFor();

export const screens: readonly ConsoleScreen[] = [
  {
    name: "sign-in",
    needs: "nothing",
    async show(page, plant) {
      await page.goto(`${plant.gateway.url}/console/`);
      await heading(page, "Sign in");
    },
  },
  {
    name: "flows-empty",
    needs: "nothing",
    async show(page, plant) {
      await plant.signIn(page, "/flows");
      await heading(page, "No flow runs here yet");
    },
  },
  {
    name: "flows",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/flows");
      await page
        .getByRole("img", { name: /into boiler/ })
        .locator("path")
        .first()
        .waitFor();
    },
  },
  {
    name: "flow",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/flows/boiler");
      await page.locator(".svelte-flow__node", { hasText: "celsius" }).waitFor();
      await page.locator('[data-editor="valid"]').waitFor();
    },
  },
  {
    name: "flow-live",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/flows/boiler");
      await page.getByRole("button", { name: "Live", exact: true }).click();
      await page.getByRole("radio", { name: "Time" }).check();
      await page.locator("[data-heat]").first().waitFor();
      await page.getByRole("button", { name: "Trace", exact: true }).click();
      await page.locator("[data-traces] li").nth(3).waitFor();
      await page.getByRole("button", { name: "Newest" }).click();
      await page.getByRole("button", { name: "Step forward" }).click();
      await page.locator(".flow-node.passed").waitFor();
    },
  },
  {
    name: "flow-chart",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/flows/boiler");
      await page.getByRole("button", { name: "Live", exact: true }).click();
      await page.getByRole("button", { name: "Chart", exact: true }).click();
      await page.locator("[data-chart] canvas").waitFor();
    },
  },
  {
    name: "history",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/flows/edited/history");
      await page.locator("[data-diff-canvas] .flow-node.updated").waitFor();
      await page.getByRole("list", { name: "What changes" }).waitFor();
    },
  },
  {
    name: "gateway",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/gateway");
      await heading(page, "Healthy");
      await page
        .getByRole("img", { name: /^Memory/ })
        .locator("path")
        .first()
        .waitFor();
    },
  },
  {
    name: "dead-letters-empty",
    needs: "nothing",
    async show(page, plant) {
      await plant.signIn(page, "/dead-letters");
      await heading(page, "No dead letters");
    },
  },
  {
    name: "drivers",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/drivers");
      await page.getByRole("row", { name: /plant/ }).getByText("Connected", { exact: true }).waitFor();
    },
  },
  {
    name: "connections-empty",
    needs: "nothing",
    async show(page, plant) {
      await plant.signIn(page, "/connections");
      await heading(page, "No connection is declared");
    },
  },
  {
    name: "recorder",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/recorder");
      await page.getByText("of 4.19 MB").waitFor();
    },
  },
  {
    name: "tokens",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/tokens");
      await page.getByRole("row", { name: /visitor/ }).waitFor();
    },
  },
  {
    name: "audit",
    needs: "plant",
    async show(page, plant) {
      await plant.signIn(page, "/audit");
      await page.getByRole("row", { name: /putDriver/ }).waitFor();
    },
  },
  {
    name: "not-found",
    needs: "nothing",
    async show(page, plant) {
      await plant.signIn(page, "/nowhere");
      await heading(page, "Not here");
    },
  },
  ...dialogs,
];
