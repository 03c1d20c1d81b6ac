import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type PulumiEnvironment, pulumiEnvironment } from "./environment.ts";
import { atLeastVersion } from "./version.ts";

// Inside the repository, so that the program finds @pulumi/pulumi.
const stateFolder = join(dirname(dirname(import.meta.dirname)), ".flowfusion");
let folder: string;
let pulumi: PulumiEnvironment;

beforeAll(async () => {
  await mkdir(stateFolder, { recursive: true });
  folder = await mkdtemp(join(stateFolder, "pulumi-test-"));
  pulumi = await pulumiEnvironment({ home: join(folder, "home"), backendDir: join(folder, "state") });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A project of one TypeScript file, set up as the examples are, with a stack `dev`. */
async function project(name: string, program: string): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory);
  await writeFile(
    join(directory, "Pulumi.yaml"),
    `name: ${name}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
  );
  await writeFile(join(directory, "package.json"), JSON.stringify({ name, type: "module", main: "index.ts" }));
  await writeFile(join(directory, "index.ts"), program);
  await cli(directory, "stack", "init", "dev");
  return directory;
}

async function cli(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(pulumi.command, ["--non-interactive", "--color=never", ...args], {
    cwd: directory,
    env: pulumi.env,
  });
  return stdout;
}

describe("the Pulumi CLI with a file backend", () => {
  test("runs a TypeScript program and keeps its outputs, its configuration and its secrets", async () => {
    const directory = await project(
      "greeter",
      `import { Config, getStack } from "@pulumi/pulumi";
       const config = new Config();
       export const greeting: string = \`\${config.require("word")} from \${getStack()}\`;
       export const key = config.requireSecret("key");`,
    );
    await cli(directory, "config", "set", "word", "hello");
    await cli(directory, "config", "set", "--secret", "key", "sesame");
    await cli(directory, "up", "--yes", "--skip-preview");

    expect(JSON.parse(await cli(directory, "stack", "output", "--json"))).toEqual({
      greeting: "hello from dev",
      key: "[secret]",
    });
    expect(await cli(directory, "stack", "output", "key", "--show-secrets")).toBe("sesame\n");
  });

  test("tells a program in preview that it is one", async () => {
    const directory = await project(
      "dry",
      `import { runtime } from "@pulumi/pulumi"; console.log("dry run:", runtime.isDryRun());`,
    );
    expect(await cli(directory, "preview")).toContain("dry run: true");
    expect(await cli(directory, "up", "--yes", "--skip-preview")).toContain("dry run: false");
  });

  test("fails with the program's own message when the program throws", async () => {
    const directory = await project("broken", `throw new Error("the kettle is empty");`);
    await expect(cli(directory, "up", "--yes", "--skip-preview")).rejects.toMatchObject({
      stdout: expect.stringContaining("the kettle is empty"),
    });
  });

  test("leaves no program behind when the CLI is killed", async () => {
    const pidFile = join(folder, "endless.pid");
    const directory = await project(
      "endless",
      `import { writeFileSync } from "node:fs";
       writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
       setInterval(() => {}, 1000);
       await new Promise(() => {});`,
    );
    const run = spawn(pulumi.command, ["up", "--yes", "--skip-preview"], { cwd: directory, env: pulumi.env });
    const pid = () => readFile(pidFile, "utf8").then(Number, () => 0);
    const program = await vi.waitUntil(pid, { timeout: 120_000 });
    await killed(run);
    await vi.waitUntil(() => !isAlive(program), { timeout: 120_000 });
    expect(isAlive(program)).toBe(false);
  });
});

test("the environment keeps the user's own Pulumi settings out", async () => {
  vi.stubEnv("PULUMI_ACCESS_TOKEN", "theirs");
  vi.stubEnv("PULUMI_BACKEND_URL", "https://example.invalid");
  const { env } = await pulumiEnvironment({ home: join(folder, "home"), backendDir: join(folder, "state") });
  vi.unstubAllEnvs();
  expect(env.PULUMI_ACCESS_TOKEN).toBeUndefined();
  expect(env.PULUMI_BACKEND_URL).toBe(`file://${join(folder, "state")}`);
});

test.each([
  { version: "3.176.0", minimum: "3.176.0", expected: true },
  { version: "v3.259.0", minimum: "3.176.0", expected: true },
  { version: "4.0.0", minimum: "3.176.0", expected: true },
  { version: "3.99.9", minimum: "3.176.0", expected: false },
  { version: "1.26", minimum: "1.25.11", expected: true },
  { version: "1.26rc1", minimum: "1.25.11", expected: true },
  { version: "3.176.0-dev.0", minimum: "3.176.0", expected: true },
  { version: "", minimum: "1.0.0", expected: false },
])("whether version $version is at least $minimum is $expected", ({ version, minimum, expected }) => {
  expect(atLeastVersion(version, minimum)).toBe(expected);
});

async function killed(run: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => run.once("exit", resolve));
  run.kill("SIGKILL");
  await ended;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
