// A gateway that is served over TLS tells on its page until when: certificates that openssl made, in a real browser.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { selfSigned } from "@flowfusion/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { TestBrowser } from "./browser.ts";
import { Plant } from "./plant.ts";

let browser: TestBrowser;
let folder: string;

beforeAll(async () => {
  browser = await TestBrowser.launch();
  folder = await mkdtemp(path.join(tmpdir(), "ff-certificate-"));
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A gateway with a certificate of so many days. */
async function startFor(days: number): Promise<Plant> {
  const { certFile, keyFile } = await selfSigned(folder, `gateway-${days}`, { days });
  return Plant.start("--tls-cert", certFile, "--tls-key", keyFile);
}

test.each([
  [10, "Worth a look", /ends in (9|10) days.*SIGHUP/],
  [400, "Healthy", /Store and data plane answer/],
])("with a certificate of %i days the page says: %s", async (days, health, finding) => {
  await using plant = await startFor(days);
  await using open = await browser.open({ isTrusting: true });
  const { page } = open;
  await plant.signIn(page, "/gateway");
  const section = page.getByRole("region", { name: "Health" });
  await section.getByRole("heading", { name: health }).waitFor();
  await section.getByText(finding).waitFor();
  await page
    .getByRole("definition")
    .filter({ hasText: /^Until / })
    .waitFor();
  expect(await violations(page)).toEqual([]);
  expect(open.complaints).toEqual([]);
});
