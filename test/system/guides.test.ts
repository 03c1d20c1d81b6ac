// The guides for authors of programs, done as they say: their files are written down and compile, their commands run.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { type Block, blocksOf, follow } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { errorsIn, holdScreen } from "./screens.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const run = promisify(execFile);
const guideMsMax = 300_000;

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

/** Blocks that begin with the name of a file, as files. */
const filesOf = (blocks: readonly Block[]): { readonly name: string; readonly text: string }[] =>
  blocks.flatMap(({ kind, text }) => {
    const name = kind === "ts" ? /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] : undefined;
    return name === undefined ? [] : [{ name, text }];
  });

/** A folder inside the repository, so that packages resolve to it, with the guide's files; they must compile. */
async function written(blocks: readonly Block[]): Promise<string> {
  await mkdir(path.join(root, ".flowfusion"), { recursive: true });
  const folder = await mkdtemp(path.join(root, ".flowfusion", "guide-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
  const config = { extends: "../../tsconfig.json", include: ["*.ts", "../../fusion/*.d.ts"], exclude: [] };
  await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(config));
  for (const { name, text } of filesOf(blocks)) await writeFile(path.join(folder, name), text);
  const tsc = run(path.join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"]);
  await expect(tsc.catch(({ stdout }: { stdout: string }) => ({ stdout }))).resolves.toMatchObject({ stdout: "" });
  return folder;
}

async function projectOn(
  gateway: GatewayProcess,
  config: { readonly [key: string]: string } = {},
): Promise<PulumiProject> {
  const project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token, ...config });
  cleanup.defer(() => project.remove());
  return project;
}

const shellOf =
  (project: PulumiProject) =>
  async (script: string): Promise<string> => {
    const { code, text } = await project.shell(script);
    expect({ code, text }, script).toMatchObject({ code: 0 });
    return text;
  };

test("the guide to testing a flow shows tests that pass", { timeout: guideMsMax }, async () => {
  const blocks = await blocksOf("docs/guides/test-your-flow.md");
  const folder = await written(blocks);
  const line = (second: number, value: number) =>
    JSON.stringify({ topic: "boiler/1/temp", timestamp: `2026-03-01T06:00:0${second}Z`, quality: "good", value });
  await writeFile(path.join(folder, "day.jsonl"), [line(0, 80), line(1, 91.5), line(2, 96)].join("\n"));
  await writeFile(path.join(folder, "vitest.config.ts"), "export default {};\n");
  const vitest = run(path.join(root, "node_modules/.bin/vitest"), ["run", "--no-color", "--testTimeout=200000"], {
    cwd: folder,
    env: { ...process.env, CI: "" },
  });
  const { stdout } = await vitest.catch((error: { stdout: string }) => error);
  expect(stdout).toMatch(/Tests .*4 passed \(4\)/);
  const snapshot = await readFile(path.join(folder, "__snapshots__/day.test.ts.snap"), "utf8");
  // The guide shows these lines, among others, as what a change of the limit makes of them.
  const shown = blocks
    .find(({ kind }) => kind === "diff")!
    .text.split("\n")
    .map((one) => one.slice(1).trim());
  expect(snapshot.split("\n").map((one) => one.trim())).toEqual(expect.arrayContaining(shown));
});

test("the guide to the structure of a program deploys what it shows", { timeout: guideMsMax }, async () => {
  const gateway = cleanup.use(await GatewayProcess.start());
  const blocks = await blocksOf("docs/guides/structure-a-program.md");
  await written(blocks);
  const project = await projectOn(gateway);
  for (const { name, text } of filesOf(blocks)) await writeFile(path.join(project.folder, "program", name), text);
  await follow(
    blocks.filter(({ text }) => !text.includes("=>")),
    shellOf(project),
  );
  await project.edit("program/line.ts", 'op: ">"', 'op: "=>"');
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  await holdScreen("docs/guides/structure-a-program.md", "mistake", errorsIn(text));
});

test("the guide from Node-RED leads to a program that previews", { timeout: guideMsMax }, async () => {
  const gateway = cleanup.use(await GatewayProcess.start());
  const blocks = await blocksOf("docs/guides/from-node-red.md");
  const project = await projectOn(gateway);
  const plant = path.join(project.folder, "plant");
  const shell = shellOf(project);
  await follow(blocks, async (script) => {
    // What the quickstart has told, and npm would bring.
    if (script.includes("cd plant")) {
      await symlink(path.join(root, "node_modules"), path.join(plant, "node_modules"));
      await shell(
        `cd plant; pulumi stack init dev; pulumi config set endpoint ${gateway.url}; pulumi config set --secret token ${gateway.token}`,
      );
    }
    return shell(script);
  });
  const program = await readFile(path.join(plant, "index.ts"), "utf8");
  expect(program).toContain(blocks.find(({ kind }) => kind === "ts")!.text);
});
