// A deploy whose answer does not come: the connection was lost, the gateway died, or it is still at it.

import { parseFlowName } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { consoleContext } from "./context.ts";
import { deployButton, deployed, dialogOf, fuseMs, readyToDeploy } from "./deploying.ts";
import { openEditor } from "./drawing.ts";
import { startHeldGateway } from "./held-gateway.ts";
import { Plant, pumps, signInAt } from "./plant.ts";

const context = consoleContext({ flags: ["--health-gate", "2000"] });

const testMs = 240_000;

describe("a deploy whose answer does not come", { timeout: testMs }, () => {
  test("was made: the page finds the new version at work once the gateway answers again", async () => {
    await context.plant.deployPumps("cut-off");
    await using open = await context.browser.open();
    const { page } = open;
    await context.plant.signIn(page, "/flows/cut-off");
    await openEditor(page);
    await readyToDeploy(page, "8");
    const calls = "**/v1/flows/cut-off*";
    await page.route(calls, async (route) => {
      // The gateway gets it, and the page no answer.
      if (route.request().method() === "PUT") await route.fetch();
      await route.abort();
    });
    await deployButton(dialogOf(page)).click();
    await page.locator('[data-deploy="unanswered"]').waitFor({ timeout: fuseMs });
    await page.getByText("is not known. This page asks").waitFor();
    await page.unroute(calls);
    await page.locator('[data-result="healthy"]').waitFor({ timeout: fuseMs });
    expect(await context.plant.client.getFlow(parseFlowName("cut-off"))).toMatchObject({ generation: 2 });
    expect(open.complaints).toEqual([]);
  });

  test("is still being made: the page waits for it, however often it has to ask", async () => {
    await using gateway = await startHeldGateway();
    const { url, token, client } = gateway;
    const name = parseFlowName("slow");
    const { wasm, digest } = await fuseDocument(pumps);
    await client.uploadArtefact(wasm);
    await client.deployFlow(name, { artefact: digest, expected: "absent" });
    await using open = await context.browser.open();
    const { page } = open;
    await signInAt(page, url, "/flows/slow", token);
    await openEditor(page);
    await readyToDeploy(page, "8");

    const release = gateway.hold();
    await page.route("**/v1/flows/slow*", async (route) => {
      if (route.request().method() !== "PUT") return route.continue();
      // The gateway begins, and the connection is lost before it is through.
      const reaching = route.fetch().catch(() => undefined);
      await expect.poll(async () => (await client.deployments({ limit: 1 })).items[0]?.events.length).toBe(1);
      await route.abort();
      await reaching;
    });
    await deployButton(dialogOf(page)).click();
    for (let asked = 0; asked < 3; asked++) {
      await page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/deployments");
      expect((await client.deployments({ limit: 1 })).items[0]).toMatchObject({ flow: "slow", phase: "deploying" });
      expect(await page.locator("[data-deploy]").getAttribute("data-deploy")).toBe("unanswered");
      expect(await client.getFlow(name)).toMatchObject({ generation: 1 });
    }
    release();
    await page.locator('[data-result="healthy"]').waitFor({ timeout: fuseMs });
    await page.getByRole("heading", { name: "Generation 2 runs" }).waitFor();
    expect(await client.getFlow(name)).toMatchObject({
      generation: 2,
      graph: { nodes: { slow: { props: { band: 8 } } } },
    });
    expect(open.complaints).toEqual([]);
  });

  test("waits for its turn behind another's: the page waits with it, and shows their change when they were first", async () => {
    await using gateway = await startHeldGateway();
    const { url, token, client } = gateway;
    const name = parseFlowName("queued");
    const { wasm, digest } = await fuseDocument(pumps);
    await client.uploadArtefact(wasm);
    await client.deployFlow(name, { artefact: digest, expected: "absent" });
    const edited = { ...pumps, nodes: { ...pumps.nodes, slow: { type: "deadband", props: { band: 6 } } } };
    const theirs = await fuseDocument(edited);
    await client.uploadArtefact(theirs.wasm);
    await using open = await context.browser.open();
    const { page } = open;
    await signInAt(page, url, "/flows/queued", token);
    await openEditor(page);
    await readyToDeploy(page, "8");

    const release = gateway.hold();
    const deploysUnderWay = async () =>
      (await client.deployments({ limit: 10 })).items.filter(({ phase }) => phase === "deploying");
    const first = client.deployFlow(name, { artefact: theirs.digest, expected: 1 });
    await expect.poll(async () => (await deploysUnderWay()).length).toBe(1);
    await page.route("**/v1/flows/queued*", async (route) => {
      if (route.request().method() !== "PUT") return route.continue();
      // It stands in the queue when the connection is lost.
      const reaching = route.fetch().catch(() => undefined);
      await expect.poll(async () => (await deploysUnderWay()).length).toBe(2);
      await route.abort();
      await reaching;
    });
    await deployButton(dialogOf(page)).click();
    for (let asked = 0; asked < 3; asked++) {
      await page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/deployments");
      expect(await deploysUnderWay()).toHaveLength(2);
      expect(await page.locator("[data-deploy]").getAttribute("data-deploy")).toBe("unanswered");
    }
    release();
    expect(await first).toMatchObject({ generation: 2 });
    await page.locator('[data-deploy="conflict"]').waitFor({ timeout: fuseMs });
    expect((await dialogOf(page).innerText()).replace(/\s+/g, " ")).toMatch(/slow deadband band 5 → 6/);
    expect(await client.getFlow(name)).toMatchObject({ generation: 2, artefact: theirs.digest });
    expect(open.complaints).toEqual([]);
  });

  test("was not made, and somebody else deployed meanwhile: their change is shown", async () => {
    const name = parseFlowName("overtaken");
    const { client } = context.plant;
    await context.plant.deployPumps(name);
    await using open = await context.browser.open();
    const { page } = open;
    await context.plant.signIn(page, `/flows/${name}`);
    await openEditor(page);
    await readyToDeploy(page, "8");
    const calls = /\/v1\/(flows\/overtaken|deployments)/;
    await page.route(calls, (route) => route.abort());
    await deployButton(dialogOf(page)).click();
    await page.locator('[data-deploy="unanswered"]').waitFor();
    const theirs = { ...pumps, nodes: { ...pumps.nodes, slow: { type: "deadband", props: { band: 6 } } } };
    await context.plant.deploy(name, theirs);
    await page.unroute(calls);
    await page.locator('[data-deploy="conflict"]').waitFor({ timeout: fuseMs });
    const shown = (await dialogOf(page).innerText()).replace(/\s+/g, " ");
    expect(shown).toContain("deployed generation 2");
    expect(shown).toMatch(/slow deadband band 5 → 6/);
    expect(await client.getFlow(name)).toMatchObject({ generation: 2 });
    expect(open.complaints).toEqual([]);
  });

  test("was not made, for the gateway died: the draft is there after the next sign-in, and is deployed", async () => {
    await using own = await Plant.start();
    await own.deployPumps("pumps");
    await using open = await context.browser.open();
    const { page } = open;
    await own.signIn(page, "/flows/pumps");
    await openEditor(page);
    await readyToDeploy(page, "9");
    const { port } = new URL(own.gateway.url);
    await own.gateway.freeze();
    await deployButton(dialogOf(page)).click();
    await page.locator('[data-deploy="swapping"]').waitFor();
    await own.gateway.end("SIGKILL");
    await page.locator('[data-deploy="unanswered"]').waitFor({ timeout: fuseMs });
    await own.gateway.start("--http", `127.0.0.1:${port}`);
    await page.getByText("Your session has ended").waitFor();
    await page.getByLabel("Token", { exact: true }).fill(own.gateway.token);
    await page.keyboard.press("Enter");
    await openEditor(page);
    await page.getByText("1 change", { exact: true }).waitFor();
    expect(await own.client.getFlow(parseFlowName("pumps"))).toMatchObject({ generation: 1 });
    await deployButton(page).click();
    await deployed(page);
    expect(await own.client.getFlow(parseFlowName("pumps"))).toMatchObject({
      ...{ generation: 2, graph: { nodes: { slow: { props: { band: 9 } } } } },
    });
    expect(open.complaints).toEqual([]);
  });
});
