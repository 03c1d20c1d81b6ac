// What is around every page of the console: navigation, theme, the connection to the gateway, the list of flows.

import { parseFlowName } from "@flowfusion/graph";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { boxOf } from "./box.ts";
import { tablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { boilerHouse, Plant } from "./plant.ts";

const context = consoleContext();

test("the list shows what runs, with rates that move, and finds and sorts it", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  const row = (name: string) => page.getByRole("row", { name: new RegExp(name) });
  const rate = row("boiler").getByRole("cell").nth(3);
  await rate.getByText(/[1-9]/).waitFor();
  await row("boiler").getByText("Running").waitFor();
  await row("boiler").getByText("by admin").waitFor();

  const names = () => page.getByRole("row").getByRole("cell").getByRole("link").allTextContents();
  expect(await names()).toEqual(["boiler", "pumps"]);
  await page.getByRole("button", { name: "Flow", exact: true }).click();
  expect(await names()).toEqual(["pumps", "boiler"]);
  await page
    .getByRole("columnheader", { name: "Flow", exact: true })
    .and(page.locator("[aria-sort=descending]"))
    .waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("PUM");
  await row("boiler").waitFor({ state: "detached" });
  expect(await names()).toEqual(["pumps"]);
  await expect.poll(() => new URL(page.url()).search).toBe("?q=PUM");
  await page.keyboard.type("x");
  await page.getByRole("button", { name: "Clear the search" }).click();
  await row("boiler").waitFor();
  expect(open.complaints).toEqual([]);
});

test("of very many flows the list shows a hundred at a time, finds any of them, and goes on taking clicks", async () => {
  const names = Array.from({ length: 104 }, (_, index) => `many-${String(index).padStart(3, "0")}`);
  const { artefact } = await context.plant.deployPumps(names[0]!);
  for (const name of names.slice(1)) {
    await context.plant.client.deployFlow(parseFlowName(name), { artefact, expected: "absent" });
  }
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  const rows = page.getByRole("row").filter({ has: page.getByRole("cell") });
  await page.getByText("many-000").waitFor();
  expect(await rows.count()).toBe(100);
  await page.getByLabel("Search flows").fill("many-103");
  await page.getByText("many-103").waitFor();
  await page.getByLabel("Search flows").fill("many-");
  await page.getByRole("button", { name: "Show more, 4 are left" }).click();
  await page.getByText("many-103").waitFor();
  expect(await rows.count()).toBe(104);
  for (const name of names) await context.plant.client.deleteFlow(parseFlowName(name), { expected: 1 });
  expect(open.complaints).toEqual([]);
});

test("a flow that is deployed and one that is deleted come and go by themselves", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  const visitor = await context.plant.deployPumps("visitor");
  await page.getByRole("row", { name: /visitor/ }).waitFor();
  await context.plant.client.deleteFlow(visitor.name, { expected: visitor.generation });
  await page.getByRole("row", { name: /visitor/ }).waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test("a version on trial is told of in the list and on its page, and no more once the trial is over", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const boiler = page.getByRole("row", { name: /boiler/ });
  await context.plant.deploy("boiler", boilerHouse, { healthGateMs: 600_000 });
  await context.plant.signIn(page, "/flows/boiler");
  await page.getByText("On trial").waitFor();
  await page.getByRole("link", { name: "Flows" }).first().click();
  await boiler.getByText("On trial").waitFor();
  await context.plant.deploy("boiler", boilerHouse, { healthGateMs: 0 });
  await boiler.getByText("On trial").waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test("the way through the pages is by links, back and forth, with the focus in the page", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.getByRole("navigation").getByRole("link", { name: "Gateway" }).click();
  await page.getByRole("heading", { name: "Healthy" }).waitFor();
  await expect.poll(() => page.title()).toBe("Gateway · Flow Fusion");
  await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("content");
  const current = page.getByRole("navigation").locator("[aria-current=page]");
  expect(await current.textContent()).toContain("Gateway");
  await page.goBack();
  await page.getByRole("heading", { name: "Flows", level: 1 }).waitFor();
  await page.goForward();
  await page.getByRole("heading", { name: "Healthy" }).waitFor();
  expect(open.complaints).toEqual([]);
});

test("a page whose code takes long to come is told to be on its way", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route(/assets\/GatewayPage.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("navigation").getByRole("link", { name: "Gateway" }).click();
  await page.getByRole("status").getByText("Loading").waitFor({ state: "attached" });
  release();
  await page.getByRole("heading", { name: "Healthy" }).waitFor();
  await page.getByText("Loading").waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test("by keyboard alone, the first stop skips the navigation, and each stop shows where it is", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.reload();
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Skip to content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("content");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.placeholder")).toBe("Search flows");
  expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
});

test("the theme is chosen once and kept; without a choice it is the system's", async () => {
  await using open = await context.browser.open({ theme: "dark" });
  const { page } = open;
  await context.plant.signIn(page);
  const theme = () => page.evaluate("document.documentElement.dataset.theme");
  expect(await theme()).toBe("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(theme).toBe("light");
  await page.getByRole("navigation").getByRole("button", { name: /admin/ }).press("Enter");
  await page.getByRole("menuitemradio", { name: "Dark" }).press("Enter");
  await expect.poll(theme).toBe("dark");
  await page.reload();
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  expect(await theme()).toBe("dark");
  expect(open.complaints).toEqual([]);
});

test("who asks for less motion gets none", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  const longestMs = (kind: "animation" | "transition"): Promise<number> =>
    page.evaluate(`Math.max(...[...document.querySelectorAll("*")].map((element) =>
      Math.max(...getComputedStyle(element).${kind}Duration.split(",").map((text) => parseFloat(text) * 1_000))))`);
  expect(await longestMs("animation")).toBeLessThan(1);
  // Not even a short one: what has a duration and names no property makes a transition of each change of any.
  expect(await longestMs("transition")).toBe(0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await longestMs("transition")).toBeGreaterThan(50);
});

test("on a tablet the navigation is icons that keep their names", async () => {
  await using open = await context.browser.open({ screen: tablet });
  await context.plant.signIn(open.page);
  const link = open.page.getByRole("navigation").getByRole("link", { name: "Gateway" });
  expect((await boxOf(link)).width).toBeLessThan(60);
  await link.click();
  await open.page.getByRole("heading", { name: "Healthy" }).waitFor();
});

test("a gateway that goes away greys what is shown, and one that comes back is shown again without a click", async () => {
  await using own = await Plant.start();
  await own.run();
  await using open = await context.browser.open();
  const { page } = open;
  await own.signIn(page);
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  const { port } = new URL(own.gateway.url);
  await own.gateway.end("SIGKILL");
  await page.getByText("The gateway does not answer.").waitFor();
  await page.locator("main .stale").waitFor();
  expect(await page.getByRole("row", { name: /boiler/ }).count()).toBe(1);

  await own.gateway.start("--http", `127.0.0.1:${port}`);
  // Sessions end with the gateway that kept them; the page says so, and goes on at the same place.
  await page.getByText("Your session has ended").waitFor();
  await page.getByLabel("Token", { exact: true }).fill(own.gateway.token);
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  await page.getByText("The gateway does not answer.").waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test("calls that fail for a while are told of, and what was shown stays and goes on", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  await page.getByRole("row", { name: /boiler/ }).waitFor();
  await page.context().setOffline(true);
  await page.getByText("The gateway does not answer.").waitFor();
  await page.context().setOffline(false);
  await page.getByText("The gateway does not answer.").waitFor({ state: "detached" });
  await page.locator("main .stale").waitFor({ state: "detached" });
  expect(open.complaints).toEqual([]);
});

test("in the system's own colours it is seen what is chosen: a page, a way to look, a node", async () => {
  await using open = await context.browser.open({ hasForcedColors: true });
  const { page } = open;
  await context.plant.signIn(page, "/flows/boiler");
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.locator('.svelte-flow__node[data-id="celsius"]').click();
  const chosen = [
    page.getByRole("link", { name: "Flows" }).and(page.locator("[aria-current]")),
    page.getByText("No heat", { exact: true }),
    page.locator('.svelte-flow__node[data-id="celsius"] .flow-node'),
  ];
  type Styled = { computedStyleMap(): { get(property: string): unknown } };
  const outlineOf = (one: Locator) =>
    one.evaluate((element: Styled) => String(element.computedStyleMap().get("outline-style")));
  for (const one of chosen) expect(await outlineOf(one)).toBe("solid");
  expect(await outlineOf(page.locator('.svelte-flow__node[data-id="hot"] .flow-node'))).toBe("none");
  expect(open.complaints).toEqual([]);
});
