// Signing in and out of the console, as people do.

import type { Role } from "@flowfusion/client";
import { expect, test } from "vitest";
import { consoleContext } from "./context.ts";

const context = consoleContext({ prepare: async () => undefined });

test("a token that the gateway does not know is refused, in words, and one that it knows leads to the page that was asked for", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await page.goto(`${context.plant.gateway.url}/console/gateway`);
  const token = page.getByLabel("Token", { exact: true });
  await token.fill("not-the-token");
  await page.keyboard.press("Enter");
  await page.getByText("does not know this token").waitFor();

  await token.fill(context.plant.gateway.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Gateway", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/gateway");

  const cookies = await open.context.cookies();
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: "Strict" }]);
  const readable = await page.evaluate("document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })");
  expect(readable).not.toContain(context.plant.gateway.token);
  expect(open.complaints).toEqual([]);
});

test("a session that ends leads to the sign-in and back to the same place", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  const { token } = await context.plant.client.createToken({ name: "visitor", role: "viewer" satisfies Role });
  await context.plant.signIn(page, "/gateway", token);
  await context.plant.client.revokeToken("visitor");
  await page.getByText("Your session has ended").waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/gateway");
  await page.getByLabel("Token", { exact: true }).fill(context.plant.gateway.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Gateway", level: 1 }).waitFor();
  expect(open.complaints).toEqual([]);
});

test("signing out ends the session at the gateway, not only in the page", async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page);
  const [cookie] = await open.context.cookies();
  await page.getByRole("button", { name: /admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  const answer = await fetch(`${context.plant.gateway.url}/v1/session`, {
    headers: { cookie: `ff_session=${cookie!.value}` },
  });
  expect(answer.status).toBe(401);
});
