// Drivers, dead letters, the recorder and the audit log, as the people who run a gateway use them.

import { readFile } from "node:fs/promises";
import { parseFlowName } from "@flowfusion/graph";
import { decodeTagUpdateBatch, splitRecording } from "@flowfusion/proto";
import { expect, test } from "vitest";
import { boxOf } from "./box.ts";
import { uprightTablet } from "./browser.ts";
import { consoleContext } from "./context.ts";
import { fragileFlow } from "./plant.ts";

const fragile = parseFlowName("fragile");
let viewerToken: string;
const context = consoleContext({
  async prepare(plant) {
    await plant.run(1_000);
    await plant.deployFragile();
    viewerToken = (await plant.client.createToken({ name: "visitor", role: "viewer" })).token;
  },
});

test("a flow at rest says what happened, in which node, and what can be done", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  const why = "the flow itself ran out of fuel; raise fuelPerMessage, or let it do less for a message";
  await page
    .getByRole("row", { name: /fragile/ })
    .getByText(why)
    .waitFor();
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.goto(`${context.plant.gateway.url}/console/flows/fragile`);
  const reason = page.locator("header").getByText(why);
  await reason.waitFor();
  const hidden = await reason.evaluate((shown: { readonly scrollWidth: number; readonly clientWidth: number }) => {
    return shown.scrollWidth - shown.clientWidth;
  });
  expect(hidden).toBeLessThanOrEqual(0);
  expect(open.complaints).toEqual([]);
});

test("a dead letter is looked at, replayed and discarded, after a question", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/dead-letters");
  const first = page
    .getByRole("row")
    .filter({ has: page.getByRole("cell") })
    .first();
  await first.getByText(/fuel/i).first().waitFor();
  await first.getByRole("button", { name: /^Show message/ }).click();
  await page.getByRole("dialog").getByText('"topic"').waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // Mended, it takes what it died of.
  await context.plant.deploy("fragile", fragileFlow);
  await first.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Replay 1" }).click();
  await page.getByText("1 message went through").waitFor();

  const choose = page.getByRole("row").getByRole("checkbox").first();
  const name = (await choose.getAttribute("aria-label"))!;
  await choose.check();
  await page.getByRole("button", { name: "Discard 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard 1" }).click();
  await page.getByText("1 message was discarded").waitFor();
  await page.getByLabel(name, { exact: true }).waitFor({ state: "detached" });
  const id = Number(/\d+$/.exec(name)![0]);
  const kept = await context.plant.client.deadLetters(fragile, { limit: 200 });
  expect(kept.items.map((letter) => letter.id)).not.toContain(id);
  expect(open.complaints).toEqual([]);
});

test("on a tablet held upright a dead letter takes two lines, and the time of its message is in one of them", async () => {
  await using open = await context.browser.open({ screen: uprightTablet });
  const { page } = open;
  await context.plant.signIn(page, "/dead-letters");
  const time = page
    .getByRole("row")
    .getByText(/^good, /)
    .first();
  expect((await boxOf(time)).height).toBe(16);
  expect(await time.getAttribute("title")).toMatch(/^\d{4}-.*\.\d{9}Z$/);
  expect(open.complaints).toEqual([]);
});

test("a driver is stopped after a question, started again, and its log is read", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/drivers");
  const row = page.getByRole("row", { name: /plant/ });
  await row.getByText("Running").waitFor();
  const act = async (action: string) => {
    await row.getByRole("button", { name: "Actions for plant" }).click();
    await page.getByRole("menuitem", { name: action }).click();
  };
  await act("Log");
  await page.getByRole("dialog", { name: "Log of plant" }).waitFor();
  await page.keyboard.press("Escape");

  await act("Stop");
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await row.getByText("Stopped").waitFor();
  expect((await context.plant.client.getDriver("plant"))?.enabled).toBe(false);
  await act("Start");
  await row.getByText("Running").waitFor();
  expect((await context.plant.client.getDriver("plant"))?.enabled).toBe(true);
  expect(open.complaints).toEqual([]);
});

test("a recording is downloaded with as many updates as were asked for, of the tags that were", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/recorder");
  await page.getByLabel("Updates, the newest").fill("1e9");
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("alert").getByText("whole number").waitFor();

  await page.getByLabel("Updates, the newest").fill("50");
  await page.getByLabel("Tags", { exact: true }).fill("boiler/+/temp");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const bytes = await readFile(await (await download).path());
  const updates = splitRecording(bytes).flatMap((batch) => decodeTagUpdateBatch(batch).updates);
  expect(updates).toHaveLength(50);
  expect(updates.every(({ tag }) => /^boiler\/[^/]+\/temp$/.test(tag))).toBe(true);
  expect(open.complaints).toEqual([]);
});

test("the audit log tells who deployed what, and that it is whole", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/audit");
  const row = page.getByRole("row", { name: /deployFlow.*fragile/ }).first();
  await row.getByRole("button", { name: /^Show entry/ }).click();
  await page
    .getByRole("dialog")
    .getByText(/fuelPerMessage/)
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Check the log" }).click();
  await page.getByText("Every entry is as it was written").waitFor();
  expect(open.complaints).toEqual([]);
});

test("a token is made, shown once, signs in with its role, and is refused once it is revoked", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/tokens");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Line 4");
  await page.keyboard.press("Enter");
  await dialog.getByRole("alert").getByText("A lower-case letter").waitFor();
  await dialog.getByLabel("Name", { exact: true }).fill("line-4");
  await dialog.getByRole("radio", { name: "operator" }).check();
  await dialog.getByRole("radio", { name: "in a year" }).check();
  await dialog.getByRole("button", { name: "Make the token" }).click();
  const token = (await dialog.getByRole("region", { name: "the token" }).textContent())!;
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /line-4.*operator/ });
  await row.waitFor();
  expect(await page.getByText(token).count()).toBe(0);

  await using other = await context.browser.open();
  await context.plant.signIn(other.page, "/flows", token);
  await other.page.getByRole("button", { name: /line-4/ }).waitFor();

  await row.getByRole("button", { name: "Revoke line-4" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await row.waitFor({ state: "detached" });
  await other.page.getByText("Your session has ended").waitFor();
  expect([...open.complaints, ...other.complaints]).toEqual([]);
});

test("a viewer reads, and is told why the rest is not for them", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, "/dead-letters", viewerToken);
  const discard = page.getByRole("button", { name: "Discard all" });
  await discard.waitFor();
  expect(await discard.getAttribute("aria-disabled")).toBe("true");
  await discard.focus();
  await page.getByText("Takes the role operator").first().waitFor();
  await discard.click({ force: true });
  expect(await page.getByRole("dialog").count()).toBe(0);

  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByRole("heading", { name: "For admins" }).waitFor();
  await page.getByRole("link", { name: "Drivers" }).click();
  await page.getByRole("button", { name: "Actions for plant" }).click();
  expect(await page.getByRole("menuitem", { name: "Stop" }).getAttribute("aria-disabled")).toBe("true");
  expect(open.complaints).toEqual([]);
});
