// A flow that runs, watched on its canvas: what its wires carry, what its nodes cost, the way of single messages, charts.

import { parseFlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";
import type { OpenPage } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { nodeAt } from "./drawing.ts";

const context = consoleContext();

async function watch(): Promise<OpenPage> {
  const open = await context.browser.open();
  await context.plant.signIn(open.page, "/flows/boiler");
  await open.page.getByRole("button", { name: "Live", exact: true }).click();
  await open.page.locator("[data-live-rates]").waitFor();
  return open;
}

test("wires show their rates and last values while the flow runs on fused, and nothing is asked for once it is not watched", async () => {
  await using open = await watch();
  const { page } = open;
  const wires = page.locator("[data-wire-rate]");
  await expect.poll(() => wires.count()).toBe(7);
  const scaled = page.locator('[data-wire="celsius.out -> hot.in"]');
  await expect.poll(async () => Number(await scaled.getAttribute("data-wire-rate"))).toBeGreaterThan(0);
  await scaled.locator(".wire-value", { hasText: /\d/ }).waitFor();
  const { mode, traps, droppedByBreaker } = await context.plant.client.stats(parseFlowName("boiler"));
  expect([mode, traps, droppedByBreaker]).toEqual(["fused", 0, 0]);

  await page.getByRole("button", { name: "Stop watching" }).click();
  await expect.poll(() => wires.count()).toBe(0);
  expect(open.complaints).toEqual([]);
});

test("nodes are as warm as the share of time or fuel that they take, in figures as well", async () => {
  await using open = await watch();
  const { page } = open;
  for (const measure of ["Time", "Fuel"]) {
    await page.getByRole("radio", { name: measure }).check();
    const shares = page.locator("[data-heat]");
    await expect.poll(() => shares.count()).toBeGreaterThanOrEqual(3);
    const sum = async () => {
      const all = await shares.evaluateAll((elements: { dataset: { heat: string } }[]) =>
        elements.map(({ dataset }) => Number(dataset.heat)),
      );
      return all.reduce((total, share) => total + share, 0);
    };
    await expect.poll(async () => Math.round((await sum()) * 100)).toBe(100);
  }
  await page.getByRole("radio", { name: "No heat" }).check();
  await expect.poll(() => page.locator("[data-heat]").count()).toBe(0);
  expect(open.complaints).toEqual([]);
});

test("a message is followed step by step, forward and back, by keyboard, with payloads and the node on the canvas", async () => {
  await using open = await watch();
  const { page } = open;
  await page.getByRole("button", { name: "Trace", exact: true }).click();
  await page.getByRole("button", { name: "Newest" }).click();
  const panel = page.getByRole("region", { name: "Live", exact: true });
  const steps = panel.locator("[data-steps] li");
  const at = () => panel.locator("[data-position]").getAttribute("data-position");
  await expect.poll(() => steps.count()).toBeGreaterThan(2);
  await nodeAt(page, "temps").locator(".flow-node.here").waitFor();
  await page
    .getByRole("region", { name: "Step", exact: true })
    .getByText(/boiler\/\d+\/temp/)
    .first()
    .waitFor();

  await page.getByRole("button", { name: "Step forward" }).click();
  await nodeAt(page, "spread").locator(".flow-node.here").waitFor();
  await nodeAt(page, "temps").locator(".flow-node.passed").waitFor();
  await page.locator(".flow-wire.on-way").first().waitFor({ state: "attached" });
  await page.keyboard.press("ArrowRight");
  await expect.poll(at).toBe("3");
  const third = await panel.locator("[data-step-node]").innerText();
  await nodeAt(page, third).locator(".flow-node.here").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(at).toBe("1");
  // The step before the first is none.
  await page.keyboard.press("ArrowLeft");
  await expect.poll(at).toBe("1");
  expect(open.complaints).toEqual([]);
});

test("a click on what a wire carries draws its values, and any port can be chosen", async () => {
  await using open = await watch();
  const { page } = open;
  await page.locator('[data-wire="temps.out -> spread.in"]').click();
  await page.locator("[data-chart] canvas").waitFor();
  const port = page.getByLabel("Port", { exact: true });
  await expect.poll(() => port.locator("option").count()).toBeGreaterThan(3);
  await port.selectOption({ label: "celsius.out (output)" });
  await page.getByRole("img", { name: /^Values at celsius\.out \(output\), \d+ topics?, over time/ }).waitFor();
  await page
    .getByRole("cell", { name: /boiler\/\d+\/temp/ })
    .first()
    .waitFor();
  expect(open.complaints).toEqual([]);
});

test("all of it is there as a table, for who does not see the canvas", async () => {
  await using open = await watch();
  const { page } = open;
  await page.getByRole("button", { name: "Nodes", exact: true }).click();
  const row = page.getByRole("table", { name: "Nodes of the flow, live" }).getByRole("row", { name: /^celsius/ });
  await row.getByText(/boiler\/\d+\/temp/).waitFor();
  expect(open.complaints).toEqual([]);
});
