// Drivers and connections are declared in forms that are made from their schemas; secrets go one way.

import { expect, test } from "vitest";
import { consoleContext } from "./context.ts";

const context = consoleContext();

test("a driver is declared by its kind's schema, refused at the field, mended, changed and deleted", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const { client } = context.plant;
  await context.plant.signIn(page, "/drivers");
  await page.getByRole("button", { name: "New driver" }).click();
  const dialog = page.getByRole("dialog");
  await page.locator('[data-driver-form="ready"]').waitFor();
  await dialog.getByLabel("Kind", { exact: true }).selectOption("simulator");
  await dialog.getByRole("button", { name: "Declare" }).click();
  // Without a name nothing is sent.
  await dialog.getByText("A lower-case letter").first().waitFor();
  expect(await client.getDriver("second")).toBeUndefined();

  await dialog.getByLabel("Name", { exact: true }).fill("second");
  const rate = dialog.getByLabel(/^Updates per second/i);
  await rate.fill("-5");
  await rate.press("Tab");
  await dialog.getByRole("button", { name: "Declare" }).click();
  await dialog.getByRole("alert").first().waitFor();
  expect(await client.getDriver("second")).toBeUndefined();
  await rate.fill("20");
  await rate.press("Tab");
  await dialog.getByRole("button", { name: "Declare" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await client.getDriver("second")).toMatchObject({ kind: "simulator", config: { updatesPerSecond: 20 } });

  const menu = () => page.getByRole("button", { name: "Actions for second" }).click();
  await menu();
  await page.getByRole("menuitem", { name: "Change" }).click();
  await page.locator('[data-driver-form="ready"]').waitFor();
  await rate.fill("30");
  await rate.press("Tab");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await client.getDriver("second")).toMatchObject({ generation: 2, config: { updatesPerSecond: 30 } });

  await menu();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("row", { name: /second/ }).waitFor({ state: "detached" });
  expect(await client.getDriver("second")).toBeUndefined();
  expect(open.complaints).toEqual([]);
});

test("a connection's secret is sent, kept when it is left alone, and never to be read in the page", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const { client } = context.plant;
  const answers: string[] = [];
  page.on("response", async (response) => {
    if (response.url().includes("/v1/connections")) answers.push(await response.text().catch(() => ""));
  });
  await context.plant.signIn(page, "/connections");
  await page.getByRole("button", { name: "New connection" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("broker");
  await dialog.getByLabel("Address", { exact: true }).fill("nowhere");
  await dialog.getByRole("button", { name: "Make" }).click();
  await dialog.getByText("Give an address such as").waitFor();
  await dialog.getByLabel("Address", { exact: true }).fill("mqtt://127.0.0.1:1883");
  await dialog.getByLabel("User", { exact: true }).fill("line-4");
  await dialog.getByLabel("Password", { exact: true }).fill("hunter2-secret");
  await dialog.getByRole("button", { name: "Make" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await client.getConnection("broker")).toMatchObject({ username: "line-4", secrets: ["password"] });

  await page.getByRole("button", { name: "Actions for broker" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  await dialog.getByLabel("User", { exact: true }).fill("line-5");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await client.getConnection("broker")).toMatchObject({ username: "line-5", secrets: ["password"] });
  await page.getByRole("row", { name: /line-5/ }).waitFor();
  expect(answers.join("\n")).not.toContain("hunter2");
  expect(await page.content()).not.toContain("hunter2");
  expect(open.complaints).toEqual([]);
});

test("a viewer sees that it takes another role, and cannot open the forms", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const { token } = await context.plant.client.createToken({ name: "onlooker", role: "viewer" });
  await context.plant.signIn(page, "/connections", token);
  const button = page.getByRole("button", { name: "New connection" });
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  await button.click({ force: true });
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(open.complaints).toEqual([]);
});
