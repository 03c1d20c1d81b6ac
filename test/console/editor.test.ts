// A flow is drawn from nothing, deployed, changed under load and rolled back, on a real gateway with a simulated plant.

import { parseFlowName } from "@flowfusion/graph";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import type { OpenPage } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { deployButton, deployed, dialogOf, fuseMs, readyToDeploy } from "./deploying.ts";
import { canvasOf, dragWire, drawByKeyboard, drawByMouse, drawnWires, nodeAt, openEditor } from "./drawing.ts";
import { boilerHouse, pumps } from "./plant.ts";

const context = consoleContext({ flags: ["--health-gate", "2000"] });

const testMs = 240_000;

async function openFlow(name: string): Promise<OpenPage> {
  const open = await context.browser.open();
  await context.plant.signIn(open.page, `/flows/${name}`);
  await openEditor(open.page);
  return open;
}

/** Goes on from control to control to the button of this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const wanted = dialogOf(page).getByRole("button", { name, exact: true }).and(page.locator(":focus"));
  for (let left = 20; left > 0 && (await wanted.count()) === 0; left--) await page.keyboard.press("Tab");
  expect(await wanted.count()).toBe(1);
}

async function expectDrawn(name: string): Promise<void> {
  const running = await context.plant.client.getFlow(parseFlowName(name));
  expect(Object.keys(running!.graph.nodes).sort()).toEqual(Object.keys(boilerHouse.nodes).sort());
  expect(Object.keys(running!.graph.wires).sort()).toEqual(
    drawnWires.map(([source, output, target, input]) => `${source}.${output} -> ${target}.${input}`).sort(),
  );
  expect(running!.graph.nodes).toMatchObject({
    temps: { props: { tags: ["boiler/+/temp"] } },
    celsius: { props: { offset: 0.5 } },
    hot: { props: { op: ">", value: 90 } },
    route: { props: { cases: [{ op: ">", value: 110 }] } },
    average: { props: { op: "avg", size: 100 } },
    trends: { props: { path: "trends.jsonl" } },
  });
  await expect.poll(async () => (await context.plant.client.stats(parseFlowName(name))).messagesIn).toBeGreaterThan(0);
}

test("who only looks at a flow lays nothing out, and a move by somebody is kept", async () => {
  const flow = parseFlowName("looked-at");
  await context.plant.deployPumps(flow);
  await using open = await context.browser.open();
  const { page } = open;
  await page.clock.install();
  await context.plant.signIn(page, `/flows/${flow}`);
  await nodeAt(page, "slow").waitFor();
  await page.locator('[data-editor="valid"]').waitFor();
  await page.clock.runFor(5_000);

  await nodeAt(page, "slow").focus();
  await page.keyboard.press("Shift+ArrowDown");
  await page.clock.runFor(5_000);
  await expect.poll(() => context.plant.client.layout(flow)).toMatchObject({ generation: 1 });
  expect(open.complaints).toEqual([]);
});

test("a wire between ports of one height is straight, whatever they take", async () => {
  await using open = await openFlow("boiler");
  const wire = open.page.locator(
    '.svelte-flow__edge[data-id="average.out -> trends.in"] .svelte-flow__edge-interaction',
  );
  await wire.waitFor({ state: "attached" });
  const [from, to] = (await wire.getAttribute("d"))!
    .split(" ")
    .flatMap((part, index, all) => (index === 0 || index === all.length - 1 ? [part] : []));
  const heightOf = (point: string) => Math.round(Number(point.split(",")[1]) * 10) / 10;
  expect(heightOf(to!)).toBe(heightOf(from!));
});

test("an empty flow leaves its canvas all of the room", async () => {
  await using open = await openFlow("nothing-yet");
  await open.page.locator("[data-editor]:not([data-editor=checking])").waitFor();
  expect(await open.page.locator("[data-inspector]").count()).toBe(0);
});

describe("a flow of eight nodes is drawn from nothing and deployed", { timeout: testMs }, () => {
  test("by mouse", async () => {
    await using open = await context.browser.open();
    const { page } = open;
    await context.plant.signIn(page, "/flows");
    await page.getByRole("button", { name: "New flow" }).click();
    await page.getByLabel("Name", { exact: true }).fill("drawn");
    await page.getByRole("button", { name: "Draw it" }).click();
    await openEditor(page);
    await drawByMouse(page);
    await page.getByRole("button", { name: "Arrange from left to right" }).click();
    await page.locator('[data-editor="valid"]').waitFor();
    await deployButton(page).click();
    await deployed(page);
    await expectDrawn("drawn");
    expect(open.complaints).toEqual([]);
  });

  test("by keyboard alone", async () => {
    await using open = await openFlow("typed");
    const { page } = open;
    await drawByKeyboard(page);
    await page.locator('[data-editor="valid"]').waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
    await tabTo(page, "Deploy");
    await page.keyboard.press("Enter");
    await page.locator('[data-result="healthy"]').waitFor({ timeout: fuseMs });
    await expectDrawn("typed");
    expect(open.complaints).toEqual([]);
  });
});

test("a threshold is changed under load: seen as a diff, swapped without a loss, rolled back", {
  timeout: testMs,
}, async () => {
  await using open = await openFlow("boiler");
  const { page } = open;
  const before = (await context.plant.client.getFlow(parseFlowName("boiler")))!;
  await nodeAt(page, "hot").click();
  await page.getByLabel("Value", { exact: true }).fill("95");
  await nodeAt(page, "hot").locator(".flow-node.updated").waitFor();
  await deployButton(page).click();
  const changes = page.getByRole("list", { name: "What changes" });
  expect((await changes.innerText()).replace(/\s+/g, " ")).toMatch(/hot filter value 90 → 95/);
  await page.getByText("average", { exact: true }).and(dialogOf(page).locator("span")).waitFor({ timeout: fuseMs });
  await deployed(page);
  expect(await page.locator("[data-lost]").getAttribute("data-lost")).toBe("0");
  expect(await context.plant.client.getFlow(parseFlowName("boiler"))).toMatchObject({
    ...{ generation: before.generation + 1, deployedVia: "console" },
    graph: { nodes: { hot: { props: { value: 95 } } } },
  });

  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByRole("heading", { name: `Generation ${before.generation + 2} runs` }).waitFor({ timeout: fuseMs });
  const after = (await context.plant.client.getFlow(parseFlowName("boiler")))!;
  expect(after.artefact).toBe(before.artefact);
  // The draft is as it was, and differs from what runs again.
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("1 change", { exact: true }).waitFor();
  expect(open.complaints).toEqual([]);
});

test("a roll-back is done once the version before runs, before its trial is over", { timeout: testMs }, async () => {
  await context.plant.deploy("tried", pumps, { healthGateMs: 600_000 });
  await using open = await openFlow("tried");
  const { page } = open;
  await readyToDeploy(page, "7");
  await deployButton(dialogOf(page)).click();
  await page.locator('[data-result="on_trial"]').waitFor({ timeout: fuseMs });
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByRole("heading", { name: "Rolled back. Generation 3 runs" }).waitFor();
  await page.locator('[data-result="on_trial"]').waitFor();
  await page.getByRole("button", { name: "Roll back" }).waitFor({ state: "detached" });
  await page.getByText(/^9m \d+s left$/).waitFor();
  expect(open.complaints).toEqual([]);
});

test("who deploys second is shown what the first changed", { timeout: testMs }, async () => {
  await using open = await openFlow("pumps");
  const { page } = open;
  await nodeAt(page, "slow").click();
  await page.getByLabel("Band", { exact: true }).fill("7");
  await deployButton(page).click();
  await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });

  const name = parseFlowName("pumps");
  const running = (await context.plant.client.getFlow(name))!;
  const theirs = { ...running.graph.nodes, log: { type: "file", props: { path: "theirs.jsonl" } } };
  const { wasm, digest } = await fuseDocument({ nodes: theirs, wires: Object.keys(running.graph.wires) });
  await context.plant.client.uploadArtefact(wasm);
  await context.plant.client.deployFlow(name, { artefact: digest, expected: running.generation });

  await dialogOf(page).getByRole("button", { name: "Deploy", exact: true }).click();
  await page.locator('[data-deploy="conflict"]').waitFor({ timeout: fuseMs });
  const shown = (await dialogOf(page).innerText()).replace(/\s+/g, " ");
  expect(shown).toContain(`deployed generation ${running.generation + 1}`);
  expect(shown).toMatch(/log file path "pumps.jsonl" → "theirs.jsonl"/);
  await page.getByRole("button", { name: "Go on editing against theirs" }).click();
  await page.getByText(`Generation ${running.generation + 1}`, { exact: true }).waitFor();
  await page.getByText("2 changes", { exact: true }).waitFor();
  expect((await context.plant.client.getFlow(name))!.artefact).toBe(digest);
});

test("a wire that cannot be drawn says why, and what was done is undone and done again", {
  timeout: testMs,
}, async () => {
  await using open = await openFlow("pumps");
  const { page } = open;
  const wires = page.locator(".svelte-flow__edge");
  const count = await wires.count();
  await dragWire(page, "slow", "out", "slow", "in", true);
  await page.getByText("slow → slow is a cycle of 1 node").waitFor();
  await page.mouse.up();
  expect(await wires.count()).toBe(count);

  await nodeAt(page, "slow").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await expect.poll(() => page.locator(".svelte-flow__node:has(.flow-node:not(.removed))").count()).toBe(0);
  await page.keyboard.press("Control+z");
  await expect.poll(() => page.locator(".svelte-flow__node:has(.flow-node:not(.removed))").count()).toBe(3);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => page.locator(".svelte-flow__node:has(.flow-node:not(.removed))").count()).toBe(0);
  expect(open.complaints).toEqual([]);
});

test("unfinished work is there again after the page was closed, and can be given up", { timeout: testMs }, async () => {
  await using open = await openFlow("later");
  const { page } = open;
  await page.getByRole("button", { name: "Add filter" }).click();
  await nodeAt(page, "filter").waitFor();
  await expect.poll(() => page.evaluate("localStorage.getItem('flowfusion.draft.later')")).not.toBeNull();
  await page.reload();
  await nodeAt(page, "filter").waitFor();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Give up all changes" }).click();
  await expect.poll(() => nodeAt(page, "filter").count()).toBe(0);
  expect(await canvasOf(page).innerText()).toContain("An empty flow");
  expect(open.complaints).toEqual([]);
});
