// A flow that runs, watched in the page: rates of its nodes, and values that really pass there.

import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestBrowser } from "./browser.ts";
import { Plant } from "./plant.ts";

let browser: TestBrowser;
let plant: Plant;

beforeAll(async () => {
  [browser, plant] = await Promise.all([TestBrowser.launch(), Plant.start()]);
  await plant.run();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await plant[Symbol.asyncDispose]();
});

test("a running flow is watched node by node, with values, while it runs on fused and loses nothing", async () => {
  await using open = await browser.open();
  const { page } = open;
  await plant.signIn(page, "/flows/boiler");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Watch live" }).click();
  const row = page.getByRole("dialog").getByRole("row", { name: /^celsius/ });
  await row.getByText(/boiler\/\d+\/temp/).waitFor();
  const { mode, traps, droppedByBreaker } = await plant.client.stats(parseFlowName("boiler"));
  expect([mode, traps, droppedByBreaker]).toEqual(["fused", 0, 0]);
  expect(open.complaints).toEqual([]);
});
