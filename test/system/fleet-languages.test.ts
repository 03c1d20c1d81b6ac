// Fleets in YAML and Python with the real CLI on three gateways: the same waves, the same stop, as in TypeScript.

import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tripModule } from "./bad-modules.ts";
import { blocksOf } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { installPythonSdk } from "./python-sdk.ts";
import { expectChangeInWaves, namesOf, plants, Sites } from "./sites.ts";

// Each test runs the CLI up to ten times.
vi.setConfig({ testTimeout: 900_000 });

const root = path.dirname(path.dirname(import.meta.dirname));

let sites: Sites;
let cleanup: AsyncDisposableStack;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  sites = cleanup.use(await Sites.open());
});
afterEach(() => cleanup.disposeAsync());

async function example(name: string): Promise<PulumiProject> {
  const places = Object.fromEntries(plants.map((plant) => [plant, sites.urlOf(plant)]));
  const project = await PulumiProject.ofExample(name, { ...places, token: sites.token, healthGateMs: "1500" });
  cleanup.defer(() => project.remove());
  if (name.endsWith("python")) await installPythonSdk(project);
  return project;
}

describe.each(["fleet-yaml", "fleet-python"])("%s", (name) => {
  test("goes from wave to wave, once the one before has passed its trial", async () => {
    const project = await example(name);
    expect(namesOf(await project.preview()).filter((step) => /Flow /.test(step))).toEqual([
      "create Flow boiler/harbour",
      "create Flow boiler/kiln",
      "create Flow boiler/pilot",
    ]);
    expect(await project.up()).toMatchObject({ code: 0 });
    await expectChangeInWaves(sites, project);
    const outputs = JSON.parse((await project.succeed(["stack", "output", "--json"])).stdout);
    expect(outputs.waves).toEqual([["pilot"], ["harbour"], ["kiln"]]);
    expect(outputs.digests.kiln).toBe((await sites.flowAt("kiln"))!.artefact);
    expect(await project.refresh()).toMatchObject({ code: 0 });
    expect(await project.preview()).toEqual([]);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await Promise.all(plants.map((plant) => sites.flowAt(plant)))).toEqual([undefined, undefined, undefined]);
  });
});

test("a wave that fails stops the roll-out, and is named with its gateway, the node and the cause", async () => {
  const project = await example("fleet-yaml");
  expect(await project.up()).toMatchObject({ code: 0 });
  const file = path.join(project.folder, "Pulumi.yaml");
  const good = await readFile(file, "utf8");
  await writeFile(path.join(project.folder, "trip.wasm"), tripModule);
  await project.edit("Pulumi.yaml", "      nodes:\n", "      nodes:\n        trip: { type: trip }\n");
  await project.edit(
    "Pulumi.yaml",
    "- hot.pass -> alarms.in",
    "- hot.pass -> trip.in\n        - trip.out -> alarms.in",
  );
  await project.edit(
    "Pulumi.yaml",
    "      wires:\n",
    "      modules: { trip: { fn::fileAsset: trip.wasm } }\n      wires:\n",
  );

  // The pilot plant stands still, so that nothing is wrong there; in the harbour it shows, on a busy machine not at once.
  await project.succeed(["config", "set", "healthGateMs", "10000"]);
  const { code, text } = await sites.feeding("harbour", () => project.up());
  expect(code).not.toBe(0);
  expect(text).toContain(
    "Wave 2 of 3 of fleet boiler, gateway harbour: The gateway went back: generation 2 was rolled back",
  );
  expect(text).toContain("the last: node trip crashed");
  expect(text).toContain("The roll-out stops here; not begun: kiln.");
  const generations = async () => Promise.all(plants.map(async (plant) => (await sites.flowAt(plant))!.generation));
  expect(await generations()).toEqual([2, 1, 3]);

  const goesOn = await sites.feeding("harbour", () =>
    project.run(["up", "--yes", "--skip-preview", "--continue-on-error"]),
  );
  expect(goesOn.code).not.toBe(0);
  expect((await sites.flowAt("kiln"))!.generation).toBe(1);

  await project.succeed(["config", "set", "healthGateMs", "1500"]);
  await writeFile(file, good);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await sites.thresholds()).toEqual([90, 160, 90]);
  expect(await project.preview()).toEqual([]);
});

test("all that is wrong with a fleet is told in the preview, and nothing is deployed", async () => {
  const project = await example("fleet-yaml");
  await project.edit("Pulumi.yaml", "waves: [[pilot], 1]", "waves: [[pylot], 1]");
  await project.edit(
    "Pulumi.yaml",
    "        kiln:\n          hot: { value: 160 }",
    "        kilm:\n          hto: { value: 160 }",
  );
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  expect(text).toContain("overrides.kilm: the fleet has no such gateway; it has harbour, kiln, pilot");
  expect(text).toContain("overrides.kilm.hto: the fleet has no such node; it has");
  expect(text).toContain('waves[0]: there is no gateway "pylot"');
  expect(await sites.flowAt("pilot")).toBeUndefined();
});

test("a fleet goes on in another language as it is", async () => {
  const project = await example("fleet-yaml");
  expect(await project.up()).toMatchObject({ code: 0 });
  await project.edit("Pulumi.yaml", "runtime: yaml", "runtime:\n  name: python\n  options: { virtualenv: venv }");
  const manifest = await readFile(path.join(project.folder, "Pulumi.yaml"), "utf8");
  await writeFile(path.join(project.folder, "Pulumi.yaml"), manifest.slice(0, manifest.indexOf("resources:")));
  await copyFile(path.join(root, "examples/fleet-python/__main__.py"), path.join(project.folder, "__main__.py"));
  await installPythonSdk(project);
  expect(await project.preview()).toEqual([]);
});

test("the guide shows parts of the example in YAML as it is", async () => {
  const shown = (await blocksOf("docs/guides/fleet.md")).filter(({ kind }) => kind === "yaml");
  const program = await readFile(path.join(root, "examples/fleet-yaml/Pulumi.yaml"), "utf8");
  expect(shown.length).toBeGreaterThan(0);
  for (const { text } of shown) expect(program).toContain(text);
});
