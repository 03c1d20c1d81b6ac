// examples/fleet with the real CLI on three gateways: a change goes from wave to wave, and stops where it fails.

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tripModule } from "./bad-modules.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { holdScreen, partOf } from "./screens.ts";
import { expectChangeInWaves, namesOf, type Plant, plants, Sites } from "./sites.ts";
import { hasTerminals } from "./terminal.ts";

// Each test runs the CLI up to ten times.
vi.setConfig({ testTimeout: 900_000 });

const root = path.dirname(path.dirname(import.meta.dirname));
const gateMs = "1500";
/** Of a trial that is to fail: it ends with the first reading, which a busy machine may bring late. */
const judgedGateMs = "10000";

let sites: Sites;
let project: PulumiProject;

beforeEach(async () => {
  sites = await Sites.open();
  project = await PulumiProject.create({ healthGateMs: gateMs });
  await useGateways(plants);
  await project.writeWhole(await readFile(path.join(root, "examples/fleet/index.ts"), "utf8"));
});

afterEach(() => Promise.all([sites[Symbol.asyncDispose](), project.remove()]));

async function useGateways(names: readonly Plant[]): Promise<void> {
  const { token } = sites;
  const gateways = Object.fromEntries(names.map((name) => [name, { endpoint: sites.urlOf(name), token }]));
  await project.succeed(["config", "set", "--secret", "gateways", JSON.stringify(gateways)]);
}

const flowAt = (plant: Plant) => sites.flowAt(plant);

/** The fleet as it is, and with a node that traps on what comes in at the kiln, which is the second of three waves. */
async function programs(): Promise<{ good: string; bad: string }> {
  const good = await readFile(path.join(project.folder, "program/index.ts"), "utf8");
  const tripFile = path.join(project.folder, "trip.wasm");
  await writeFile(tripFile, tripModule);
  const trip = `ff.module(
    { name: "trip", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
    new pulumi.asset.FileAsset(${JSON.stringify(tripFile)}),
  )({})`;
  const bad = good
    .replace("temps: ff.tagInput", `trip: ${trip}, temps: ff.tagInput`)
    .replace("n.hot.pass.to(n.alarms.in)", "n.hot.pass.to(n.trip.in), n.trip.out.to(n.alarms.in)")
    .replace('"50%"', '["kiln"]');
  return { good, bad };
}

test("a change is previewed for every gateway, and goes from wave to wave once the one before has passed its trial", async () => {
  const first = await project.up();
  expect(first).toMatchObject({ code: 0 });
  await expectChangeInWaves(sites, project);
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await Promise.all(plants.map(flowAt))).toEqual([undefined, undefined, undefined]);
});

test("a wave that fails stops the roll-out, and is named with its gateway, the node and the cause", async () => {
  expect(await project.up()).toMatchObject({ code: 0 });
  const { good, bad } = await programs();
  await project.writeWhole(bad);
  await project.succeed(["config", "set", "healthGateMs", judgedGateMs]);

  // The pilot plant stands still, so that nothing is wrong there; in the kiln it shows.
  const { code, text } = await sites.feeding("kiln", () => project.up());
  expect(code).not.toBe(0);
  expect(text).toContain(
    "Wave 2 of 3 of fleet boiler, gateway kiln: The gateway went back: generation 2 was rolled back",
  );
  expect(text).toContain("the last: node trip crashed");
  expect(text).toContain("The roll-out stops here; not begun: harbour.");
  const [cause] = /error: Wave 2 of 3 of fleet[\s\S]*?not begun: harbour\./.exec(
    text.slice(text.indexOf("Diagnostics:")),
  )!;
  await holdScreen("docs/guides/fleet.md", "stopped", cause.replaceAll(/^ +/gm, ""), {
    varying: [/\d+ traps?/g, /\d+(?= allowed)/g],
  });
  const typesAt = async (plant: Plant) => Object.keys((await flowAt(plant))!.graph.nodes);
  expect(await typesAt("pilot")).toContain("trip");
  expect(await typesAt("kiln")).not.toContain("trip");
  expect(await flowAt("harbour")).toMatchObject({ generation: 1 });

  // Neither is anything begun behind it where the CLI goes on after errors.
  const goesOn = await sites.feeding("kiln", () =>
    project.run(["up", "--yes", "--skip-preview", "--continue-on-error"]),
  );
  expect(goesOn.code).not.toBe(0);
  expect(await flowAt("harbour")).toMatchObject({ generation: 1 });

  await project.succeed(["config", "set", "healthGateMs", gateMs]);
  await project.writeWhole(good);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await typesAt("pilot")).not.toContain("trip");
  expect(await project.preview()).toEqual([]);
});

test("an up that is stopped while a wave is on trial lets no wave begin before that trial was passed", async () => {
  expect(await project.up()).toMatchObject({ code: 0 });
  const { good, bad } = await programs();
  await project.writeWhole(bad);
  // The trial goes on until the CLI has ended and the kiln is fed.
  await project.succeed(["config", "set", "healthGateMs", "20000"]);
  const kilnIs = (phase: string) =>
    vi.waitFor(async () => expect(await sites.newestAt("kiln")).toMatchObject({ phase }), { timeout: 200_000 });
  const up = project.start(["up", "--yes", "--skip-preview"]);
  await kilnIs("on_trial");
  up.interrupt();
  const { text } = await up.result;
  expect(text).toContain("Wave 2 of 3 of fleet boiler, gateway kiln: Stopped while generation 2 is on trial");
  expect(text).toContain("The roll-out stops here; not begun: harbour.");

  await sites.feeding("kiln", async () => {
    await kilnIs("rolled_back");
    const again = await project.up();
    expect(again.code).not.toBe(0);
    expect(again.text).toContain("gateway kiln: The gateway went back: generation 4 was rolled back");
  });
  expect(await flowAt("harbour")).toMatchObject({ generation: 1 });
  await project.writeWhole(good);
  await project.succeed(["config", "set", "healthGateMs", gateMs]);
  const whole = await project.up();
  expect(whole.code, whole.text).toBe(0);
});

test("a gateway that is away holds up those behind it, unless it is left out", async () => {
  expect(await project.up()).toMatchObject({ code: 0 });
  const good = await readFile(path.join(project.folder, "program/index.ts"), "utf8");
  await project.writeWhole(good.replace("size: 100", "size: 50").replace('"50%"', '["kiln"]'));
  await sites.closeGateway("kiln");
  const stopped = await project.up();
  expect(stopped.code).not.toBe(0);
  expect(stopped.text).toMatch(/gateway kiln: .*nothing listens there[\s\S]*not begun: harbour/);
  const sizes = async () =>
    Promise.all(
      (["pilot", "harbour"] as const).map(async (plant) => (await flowAt(plant))!.graph.nodes.mean!.props!.size),
    );
  expect(await sizes()).toEqual([50, 100]);

  expect(await project.run(["up", "--yes", "--skip-preview", "--exclude", "**boiler/kiln**"])).toMatchObject({
    code: 0,
  });
  expect(await sizes()).toEqual([50, 50]);
});

test("a gateway that is added gets the flow, one that is taken away loses it, the others are left alone", async () => {
  await useGateways(["pilot", "kiln"]);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await flowAt("harbour")).toBeUndefined();

  const program = await readFile(path.join(project.folder, "program/index.ts"), "utf8");
  await project.writeWhole(program.replace('["pilot"], ', ""));
  await useGateways(["harbour", "kiln"]);
  const steps = namesOf(await project.preview()).filter((step) => step.includes("Flow "));
  expect(steps).toEqual(["create Flow boiler/harbour", "delete Flow boiler/pilot"]);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await flowAt("pilot")).toBeUndefined();
  expect([(await flowAt("harbour"))!.generation, (await flowAt("kiln"))!.generation]).toEqual([1, 1]);
  expect(await project.preview()).toEqual([]);
});

test("the guide does what it says, with the program that it shows", async () => {
  const guide = await readFile(path.join(root, "docs/guides/fleet.md"), "utf8");
  const program = await readFile(path.join(root, "examples/fleet/index.ts"), "utf8");
  const blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({ kind, text: text! }));
  for (const { text } of blocks.filter(({ kind }) => kind === "ts")) expect(program).toContain(text);

  await project.succeed(["config", "rm", "gateways"]);
  const places = Object.fromEntries(plants.map((plant) => [plant.toUpperCase(), sites.urlOf(plant)]));
  const gate = `pulumi config set healthGateMs ${gateMs}`;
  const commands = blocks.filter(({ kind }) => kind === "sh").map(({ text }) => text);
  const script = ["set -eu", ...commands].join("\n").replace("pulumi stack init plants", (line) => `${line}\n${gate}`);
  const [before = "", after = ""] = script.split(/^pulumi preview$/m);
  const run = async (part: string) => {
    const { code, text } = await project.shell(part, { ...places, TOKEN: sites.token });
    expect(code, text).toBe(0);
  };
  await run(before);
  if (hasTerminals()) {
    const { screen } = await project.onTerminal("pulumi preview");
    await holdScreen("docs/guides/fleet.md", "preview", partOf(screen, /^ +Type +Name/, /^$/), {
      places: [["system-plants", "fleet-plants"]],
    });
  }
  await run(after);
  expect(await sites.thresholds()).toEqual([95, 160, 95]);
});

test("what is overridden on one gateway changes there alone", async () => {
  expect(await project.up()).toMatchObject({ code: 0 });
  const program = await readFile(path.join(project.folder, "program/index.ts"), "utf8");
  await project.writeWhole(program.replace("value: 160", "value: 150"));
  expect(namesOf(await project.preview())).toEqual(["update Flow boiler/kiln", "update Node boiler/kiln/hot"]);
  await project.writeWhole(program.replace("value: 160", "valeu: 150"));
  const wrong = await project.up();
  expect(wrong.code).not.toBe(0);
  expect(wrong.text).toContain("nodes.hot.props.valeu: no property of that name is known");
});
