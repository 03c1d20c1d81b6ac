// A flow that a Pulumi program declares and somebody changes in the console: the page and `pulumi refresh` tell of the same node.

import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PulumiProject } from "../system/pulumi-project.ts";
import { violations } from "./axe.ts";
import { consoleContext } from "./context.ts";
import { nodeAt, openEditor } from "./drawing.ts";

const context = consoleContext();
const name = parseFlowName("declared");
/** Fusing and the CLI share two cores with the browser. */
const testMs = 300_000;
const fuseMs = 120_000;
let project: PulumiProject;

beforeAll(async () => {
  const { url: endpoint, token } = context.plant.gateway;
  project = await PulumiProject.create({ endpoint, token });
  await project.write(`
    new ff.Flow("declared", {
      gateway,
      nodes: {
        temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
        hot: ff.filter({ op: ">", value: 90 }),
        log: ff.file({ path: "declared.jsonl" }),
      },
      wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.log.in)],
    });
  `);
  const { code, text } = await project.up();
  expect(code, text).toBe(0);
}, testMs);
afterAll(async () => {
  await project.remove();
});

test("a threshold that is changed in the console is drift there, in the list, and for pulumi refresh", {
  timeout: testMs,
}, async () => {
  await using open = await context.browser.open();
  const { page } = open;
  await context.plant.signIn(page, `/flows/${name}`);
  await openEditor(page);
  expect(await page.locator("[data-drift-badge]").count()).toBe(0);

  await nodeAt(page, "hot").click();
  await page.getByLabel("Value", { exact: true }).fill("95");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("A Pulumi program declares this flow", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Deploy here all the same" }).click();
  await page.locator('[data-deploy="ready"]').waitFor({ timeout: fuseMs });
  await dialog.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.locator('[data-result="healthy"], [data-result="deployed"]').waitFor({ timeout: fuseMs });
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await page.getByText("Drift: 1 change").click();
  const changes = page.getByRole("dialog").getByRole("list", { name: "What changes" });
  const shown = (await changes.innerText()).replace(/\s+/g, " ");
  expect(shown).toMatch(/hot filter value 90 → 95/);
  expect(await changes.getByRole("listitem").count()).toBe(2);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.goto(`${context.plant.gateway.url}/console/flows`);
  await page
    .getByRole("row", { name: /declared/ })
    .getByText("Drift", { exact: true })
    .waitFor();

  const { stdout } = await project.run(["refresh", "--preview-only", "--json"]);
  const { steps } = JSON.parse(stdout) as { steps: { urn: string; detailedDiff?: Record<string, unknown> }[] };
  const drifted = steps.filter(({ detailedDiff }) => Object.keys(detailedDiff ?? {}).length > 0);
  expect(
    Object.fromEntries(drifted.map(({ urn, detailedDiff }) => [PulumiProject.nameOf(urn), Object.keys(detailedDiff!)])),
  ).toEqual({ "Flow declared": ["nodes.hot.props.value"], "Node declared/hot": ["props.value"] });

  const up = await project.succeed(["refresh", "--yes", "--skip-preview"]).then(() => project.up());
  expect(up.code, up.text).toBe(0);
  await page.goto(`${context.plant.gateway.url}/console/flows/${name}`);
  await openEditor(page);
  expect(await page.locator("[data-drift-badge]").count()).toBe(0);
  expect(open.complaints).toEqual([]);
});
