// Programs in other languages: the examples, run with the real CLI on a real gateway. All of them declare one flow, so all
// of them have to give one Flow.wasm.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import schema from "../../schema.json" with { type: "json" };
import { fuseDocument } from "./flows.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { installPythonSdk } from "./python-sdk.ts";
import { errorsIn, holdScreen } from "./screens.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const provider = path.join(root, "provider/bin/pulumi-resource-flowfusion");
const schemaFile = path.join(root, "schema.json");
const boiler = parseFlowName("boiler");
const run = promisify(execFile);

/** What the examples declare. */
const flow = (threshold: number) => ({
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
    hot: { type: "filter", props: { op: ">", value: threshold } },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
    mean: { type: "agg", props: { op: "avg", size: 10, topic: "boiler/mean" } },
    trend: { type: "file", props: { path: "trend.jsonl" } },
  },
  wires: ["temps.out -> hot.in", "hot.pass -> alarms.in", "temps.out -> mean.in", "mean.out -> trend.in"],
});

const digestOf = async (threshold: number): Promise<string> => (await fuseDocument(flow(threshold))).digest;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function example(name: string, gateway: GatewayProcess): Promise<PulumiProject> {
  const project = await PulumiProject.ofExample(name, { endpoint: gateway.url, token: gateway.token });
  cleanups.push(() => project.remove());
  return project;
}

let gateway: GatewayProcess;
beforeEach(async () => {
  gateway = await GatewayProcess.start();
  cleanups.push(() => gateway[Symbol.asyncDispose]());
});

/** Preview and up of the example as it is; a preview after it finds nothing to do. */
async function expectDeployed(project: PulumiProject): Promise<void> {
  const planned = await project.succeed(["preview"]);
  expect(planned.text).toContain(await digestOf(90));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ artefact: await digestOf(90), generation: 1 });
  expect(await project.preview()).toEqual([]);
}

/** The threshold's change is named by its path, and a refresh finds what was deployed. */
async function expectEdited(project: PulumiProject): Promise<void> {
  await project.succeed(["config", "set", "threshold", "95"]);
  const steps = await project.preview();
  expect(steps.map(({ op, urn }) => `${op} ${PulumiProject.nameOf(urn)}`).sort()).toEqual([
    "update Flow boiler",
    "update Node boiler/hot",
  ]);
  expect(steps.find(({ urn }) => urn.endsWith("::boiler"))?.detailedDiff).toEqual({
    "nodes.hot.props.value": { kind: "update", inputDiff: true },
  });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ artefact: await digestOf(95), generation: 2 });
  expect(await project.refresh()).toMatchObject({ code: 0 });
  expect(await project.preview()).toEqual([]);
}

async function expectDestroyed(project: PulumiProject): Promise<void> {
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect(await gateway.client.getFlow(boiler)).toBeUndefined();
}

/** In other languages than TypeScript a replacement is made before what it replaces is deleted. */
test("a flow of a YAML program that is replaced by name runs on, and the stack is whole", {
  timeout: 200_000,
}, async () => {
  const project = await example("yaml", gateway);
  expect(await project.up()).toMatchObject({ code: 0 });
  const { urn } = (await project.resources()).find(({ id }) => id === "boiler")!;
  await project.succeed(["up", "--yes", "--skip-preview", "--replace", urn]);
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ generation: 1, condition: "running" });
  expect(await project.preview()).toEqual([]);
  await project.succeed(["config", "set", "threshold", "95"]);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ generation: 2 });
  expect((await project.resources()).length).toBe(10);
});

describe("a program in YAML", () => {
  test("is previewed, deployed, edited and destroyed like one in TypeScript", async () => {
    const project = await example("yaml", gateway);
    await expectDeployed(project);
    await expectEdited(project);
    await expectDestroyed(project);
  });

  test("is told of a wrong port and a wrong property by where they stand", async () => {
    const project = await example("yaml", gateway);
    await project.edit("Pulumi.yaml", "hot.pass -> alarms.in", "hot.pass -> alarms.input");
    await project.edit("Pulumi.yaml", 'op: ">"', 'op: "=>"');
    const { code, text } = await project.run(["preview"]);
    expect(code).not.toBe(0);
    expect(text).toContain('nodes.hot.props.op: "=>" given');
    expect(text).toMatch(/node "alarms" of type "file" has no input "input"/);
    await holdScreen("docs/guides/languages.md", "mistakes", errorsIn(text));
    expect(await gateway.client.getFlow(boiler)).toBeUndefined();
  });

  test("is told of a property that a flow does not have", async () => {
    const project = await example("yaml", gateway);
    await project.edit("Pulumi.yaml", "wires:", "wirez:");
    const { code, text } = await project.run(["preview"]);
    expect([code === 0, text]).toEqual([false, expect.stringContaining("wirez")]);
  });
});

describe("a program in Python", () => {
  test("is previewed, deployed and destroyed, with the SDK that the schema gives", async () => {
    const project = await example("python", gateway);
    await installPythonSdk(project);
    await expectDeployed(project);
    await expectDestroyed(project);
  });
});

test.each([
  ["yaml", "yaml/Pulumi.yaml", "resources:"],
  ["python", "python/__main__.py", "boiler = ff.Flow("],
])("the guide shows the example in %s as it is", async (language, file, start) => {
  const guide = await readFile(path.join(root, "docs/guides/languages.md"), "utf8");
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text!,
  );
  const shown = blocks.find((text) => text.startsWith(start));
  expect(await readFile(path.join(root, "examples", file), "utf8")).toContain(shown);
});

describe("schema.json", () => {
  let project: PulumiProject;
  beforeEach(async () => {
    project = await example("yaml", gateway);
  });

  test("passes the CLI's own check without a word", async () => {
    expect((await project.succeed(["schema", "check", schemaFile])).text.trim()).toBe("");
  });

  test("is what the provider answers with", async () => {
    const { stdout } = await project.succeed(["package", "get-schema", provider]);
    expect(JSON.parse(stdout)).toMatchObject({ name: "flowfusion", version: schema.version });
    expect(Object.keys(JSON.parse(stdout).resources).sort()).toEqual(Object.keys(schema.resources).sort());
  });

  test("gives an SDK in Python with a class for each resource", async () => {
    await project.succeed(["package", "gen-sdk", schemaFile, "--language", "python", "--out", "sdks"]);
    const text = await readAll(path.join(project.folder, "sdks", "python"), ".py");
    for (const name of namesIn(schema.resources)) expect(text).toContain(`class ${name}(pulumi.`);
  });

  test("gives an SDK for Node.js that compiles", async () => {
    await project.succeed(["package", "gen-sdk", schemaFile, "--language", "nodejs", "--out", "sdks"]);
    await mkdir(path.join(root, ".flowfusion"), { recursive: true });
    const sdk = await mkdtemp(path.join(root, ".flowfusion", "gen-sdk-"));
    cleanups.push(() => rm(sdk, { recursive: true, force: true }));
    await run("cp", ["-r", path.join(project.folder, "sdks", "nodejs"), sdk]);
    const compilerOptions = { module: "nodenext", strict: true, noEmit: true, skipLibCheck: true, types: ["node"] };
    await writeFile(path.join(sdk, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["nodejs/**/*.ts"] }));
    const compiled = run(path.join(root, "node_modules/.bin/tsc"), ["-p", sdk, "--pretty", "false"]);
    await expect(compiled.catch(({ stdout }: { stdout: string }) => ({ stdout }))).resolves.toMatchObject({
      stdout: "",
    });
    const text = await readAll(sdk, ".ts");
    for (const name of namesIn(schema.resources)) expect(text).toContain(`export class ${name} extends pulumi.`);
  });
});

const namesIn = (tokens: object): string[] => Object.keys(tokens).map((token) => token.split(":").at(-1)!);

async function readAll(folder: string, extension: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(extension));
  return (await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")))).join("\n");
}
