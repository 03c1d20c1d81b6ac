// The versions of a flow: who put what in place, any two compared, and the way back.

import { parseFlowName } from "@flowfusion/graph";
import { beforeAll, expect, test } from "vitest";
import { consoleContext } from "./context.ts";
import { nodeAt } from "./drawing.ts";
import { pumps } from "./plant.ts";

const context = consoleContext();
const name = parseFlowName("versions");

const withBand = (band: number): typeof pumps => ({
  ...pumps,
  nodes: { ...pumps.nodes, slow: { type: "deadband", props: { band } } },
});

beforeAll(async () => {
  const { plant } = context;
  await plant.deploy(name, withBand(5));
  await plant.deploy(name, withBand(7));
  const { slow: _, ...nodes } = pumps.nodes;
  await plant.deploy(name, { nodes, wires: ["speeds.out -> log.in"] });
});

test("each version says who, when and with what, and is compared with the one before it, as a picture and as a list", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, `/flows/${name}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  const version = (generation: number) => page.locator(`[data-version="${generation}"]`);
  await version(3).getByText("runs", { exact: true }).waitFor();
  expect(await version(2).innerText()).toMatch(/Deployed · admin, over the API/);

  // What is gone is a shadow on the canvas, with the wires that it had.
  await nodeAt(page, "slow").locator(".flow-node.removed").waitFor();
  const changes = page.getByRole("list", { name: "What changes" });
  const shown = await changes.innerText();
  expect(shown).toMatch(/removed:\s*slow\s*deadband/);
  expect(shown).toMatch(/added:\s*speeds\.out -> log\.in/);

  await version(2).click();
  await expect.poll(async () => (await changes.innerText()).replace(/\s+/g, " ")).toMatch(/slow deadband band 5 → 7/);
  await nodeAt(page, "slow").locator(".flow-node.updated").waitFor();

  await page.getByLabel("Compared with").selectOption("3");
  await expect.poll(() => new URL(page.url()).search).toBe("?to=2&from=3");
  await nodeAt(page, "slow").locator(".flow-node.added").waitFor();
  await version(1).click();
  await page.getByText("This is the first version").waitFor();
  expect(open.complaints).toEqual([]);
});

test("an earlier version is put back after a question, as the next generation, and the list shows it by itself", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, `/flows/${name}/history?to=1`);
  await page.getByRole("button", { name: "Roll back to this version" }).click();
  const question = page.getByRole("dialog");
  await question.getByText("as generation 4").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  expect(await context.plant.client.getFlow(name)).toMatchObject({ generation: 3 });

  await page.getByRole("button", { name: "Roll back to this version" }).click();
  await question.getByRole("button", { name: "Roll back", exact: true }).click();
  await page.locator('[data-version="4"]').getByText("Back to 1").waitFor();
  expect(await context.plant.client.getFlow(name)).toMatchObject({
    ...{ generation: 4, deployedVia: "console" },
    graph: { nodes: { slow: { props: { band: 5 } } } },
  });
  expect(open.complaints).toEqual([]);
});

test("a flow that was never deployed has no versions, and says so", async () => {
  await using open = await context.browser.open();
  await context.plant.signIn(open.page, "/flows/nowhere/history");
  await open.page.getByText("This flow has no versions").waitFor();
  expect(open.complaints).toEqual([]);
});
