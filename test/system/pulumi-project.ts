// A Pulumi project in a folder of its own, driven with the real CLI and a file backend. Programs are written by the
// tests; packages resolve to the repository's.

import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type PulumiEnvironment, pulumiEnvironment } from "@flowfusion/tools";
import { onTerminal, type TerminalOptions, type TerminalRun } from "./terminal.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

export interface CliResult {
  readonly code: number;
  /** Both streams, stdout first. */
  readonly text: string;
  readonly stdout: string;
}

export interface RunningCli {
  readonly pid: number;
  /** As Ctrl-C does. */
  interrupt(): void;
  readonly result: Promise<CliResult>;
}

/** One event of an update, as far as tests look at it. */
export interface EngineEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
    readonly ephemeral?: boolean;
  };
  readonly resOutputsEvent?: { readonly metadata: { readonly op: string; readonly urn: string } };
}

/** A step of a preview, as `pulumi preview --json` gives it. */
export interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: { readonly [path: string]: { readonly kind: string; readonly inputDiff: boolean } };
}

interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string | undefined;
  readonly inputs: { readonly [name: string]: unknown } | undefined;
  readonly outputs: { readonly [name: string]: unknown } | undefined;
}

/** Where a stack `dev` has its configuration. */
const settingsFile = "Pulumi.dev.yaml";

/** What the CLI makes of a new stack, path in the project → contents. */
type StackFiles = ReadonlyMap<string, Uint8Array>;

/** Stacks `dev` of this process by their token: making one takes the CLI two starts and two derivations of a key. */
const knownStacks = new Map<string, Promise<StackFiles>>();

export class PulumiProject {
  readonly folder: string;
  readonly #environment: PulumiEnvironment;

  private constructor(folder: string, environment: PulumiEnvironment) {
    this.folder = folder;
    this.#environment = environment;
  }

  /** Makes a project with a stack `dev`. */
  static async create(config: { readonly [key: string]: string }): Promise<PulumiProject> {
    const project = await PulumiProject.#inFolder();
    const { folder } = project;
    await mkdir(path.join(folder, "program"));
    await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await project.writeManifest();
    await project.#takeStack(config);
    return project;
  }

  /** Makes a project with a stack `dev` out of a folder of examples. */
  static async ofExample(example: string, config: { readonly [key: string]: string }): Promise<PulumiProject> {
    const project = await PulumiProject.#inFolder();
    await cp(path.join(root, "examples", example), project.folder, { recursive: true });
    await project.edit("Pulumi.yaml", "../../provider/bin", path.join(root, "provider/bin"));
    await project.newStack("dev", config);
    return project;
  }

  static async #inFolder(): Promise<PulumiProject> {
    const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-pulumi-"));
    const environment = await pulumiEnvironment({
      home: path.join(folder, ".home"),
      backendDir: path.join(folder, ".backend"),
    });
    return new PulumiProject(folder, environment);
  }

  /** Replaces a text that must be in the file. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const text = await readFile(path.join(this.folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
    await writeFile(path.join(this.folder, file), text.replace(from, to));
  }

  async writeManifest(): Promise<void> {
    const manifest = {
      name: "system",
      main: "program/index.ts",
      runtime: { name: "nodejs", options: { typescript: false } },
      plugins: { providers: [{ name: "flowfusion", path: path.join(root, "provider/bin") }] },
    };
    await writeFile(path.join(this.folder, "Pulumi.yaml"), JSON.stringify(manifest));
  }

  async newStack(stack: string, config: { readonly [key: string]: string }): Promise<void> {
    await this.succeed(["stack", "init", stack]);
    const settings = Object.entries(config).flatMap(([key, value]) => [
      key === "token" ? "--secret" : "--plaintext",
      `${key}=${value}`,
    ]);
    if (settings.length > 0) await this.succeed(["config", "set-all", ...settings]);
  }

  /** A stack `dev`, made by the CLI for the first project with this token, and copied for those after it. */
  async #takeStack({ token = "", ...plain }: { readonly [key: string]: string }): Promise<void> {
    const known = knownStacks.get(token);
    if (known === undefined) {
      const made = this.newStack("dev", token === "" ? {} : { token }).then(() => this.#stackFiles());
      knownStacks.set(token, made);
      await made;
    } else {
      for (const [file, contents] of await known) {
        await mkdir(path.dirname(path.join(this.folder, file)), { recursive: true });
        await writeFile(path.join(this.folder, file), contents);
      }
      await this.succeed(["stack", "select", "dev"]);
    }
    const lines = Object.entries(plain).map(([key, value]) => `  system:${key}: ${JSON.stringify(value)}\n`);
    await appendFile(path.join(this.folder, settingsFile), `${token === "" ? "config:\n" : ""}${lines.join("")}`);
  }

  async #stackFiles(): Promise<StackFiles> {
    const kept = await readdir(path.join(this.folder, ".backend"), { recursive: true, withFileTypes: true });
    const files = kept.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const names = [settingsFile, ...files.map((file) => path.relative(this.folder, file))];
    return new Map(
      await Promise.all(
        names.map(async (name): Promise<[string, Uint8Array]> => [name, await readFile(path.join(this.folder, name))]),
      ),
    );
  }

  /** The program's text, after the imports and the gateway that all programs begin with. */
  async write(program: string): Promise<void> {
    const head = `
      import * as ff from "@flowfusion/sdk";
      import * as pulumi from "@pulumi/pulumi";
      const config = new pulumi.Config();
      const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };
    `;
    await this.writeWhole(`${head}\n${program}\n`);
  }

  /** The program's text, all of it. */
  async writeWhole(program: string): Promise<void> {
    await writeFile(path.join(this.folder, "program/index.ts"), program);
  }

  run(args: readonly string[], variables: { readonly [name: string]: string } = {}): Promise<CliResult> {
    return this.start(args, variables).result;
  }

  /** The same, for tests that interfere while it runs. */
  start(args: readonly string[], variables: { readonly [name: string]: string } = {}): RunningCli {
    const env = { ...this.#environment.env, NO_COLOR: "1", ...variables };
    const options = { cwd: this.folder, env, maxBuffer: 64 * 1024 * 1024 };
    const { promise: result, resolve } = Promise.withResolvers<CliResult>();
    const child = execFile(
      this.#environment.command,
      [...args, "--non-interactive"],
      options,
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, text: stdout + stderr, stdout });
      },
    );
    return { pid: child.pid!, interrupt: () => void child.kill("SIGINT"), result };
  }

  /** Runs to the end; gives what the engine told meanwhile, event by event. */
  async events(
    args: readonly string[],
  ): Promise<{ readonly result: CliResult; readonly events: readonly EngineEvent[] }> {
    const file = path.join(this.folder, "events.ndjson");
    await rm(file, { force: true });
    const result = await this.run([...args, "--event-log", file], { PULUMI_DEBUG_COMMANDS: "1" });
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    return { result, events: lines.map((line) => JSON.parse(line) as EngineEvent) };
  }

  /** The command line with this project's environment, the Pulumi CLI on PATH. */
  flowfusion(args: readonly string[], variables: { readonly [name: string]: string } = {}): Promise<CliResult> {
    const { env, command } = this.#environment;
    const searchPath = `${path.dirname(command)}${path.delimiter}${env.PATH ?? ""}`;
    const options = { cwd: this.folder, env: { ...env, PATH: searchPath, ...variables } };
    return new Promise((resolve) => {
      execFile(process.execPath, [path.join(root, "cli/dist/main.mjs"), ...args], options, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, text: stdout + stderr, stdout });
      });
    });
  }

  /** Runs a script in the project's folder, with `pulumi` and `flowfusion` as commands. */
  async shell(script: string, variables: { readonly [name: string]: string } = {}): Promise<CliResult> {
    const env = { ...(await this.#shellVariables()), NO_COLOR: "1", ...variables };
    return new Promise((resolve) => {
      execFile("sh", ["-euc", script], { cwd: this.folder, env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, text: stdout + stderr, stdout });
      });
    });
  }

  /** The same on a terminal. */
  async onTerminal(
    line: string,
    variables: { readonly [name: string]: string } = {},
    options: Omit<TerminalOptions, "cwd" | "env"> = {},
  ): Promise<TerminalRun> {
    const env = { ...(await this.#shellVariables()), ...variables };
    return onTerminal(line, { ...options, cwd: this.folder, env });
  }

  async #shellVariables(): Promise<Record<string, string>> {
    const { env, command } = this.#environment;
    const bin = path.join(this.folder, ".bin");
    await mkdir(bin, { recursive: true });
    const flowfusion = `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, "cli/dist/main.mjs")}" "$@"\n`;
    await writeFile(path.join(bin, "flowfusion"), flowfusion, { mode: 0o755 });
    const places = [bin, path.dirname(command), path.join(root, "node_modules/.bin"), env.PATH ?? ""];
    return { ...env, PATH: places.join(path.delimiter) };
  }

  async succeed(args: readonly string[], variables: { readonly [name: string]: string } = {}): Promise<CliResult> {
    const result = await this.run(args, variables);
    if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${result.code}:\n${result.text}`);
    return result;
  }

  up(): Promise<CliResult> {
    return this.run(["up", "--yes", "--skip-preview"]);
  }

  refresh(): Promise<CliResult> {
    return this.run(["refresh", "--yes", "--skip-preview"]);
  }

  destroy(): Promise<CliResult> {
    return this.run(["destroy", "--yes", "--skip-preview"]);
  }

  /** The steps of a preview that do something. */
  async preview(): Promise<PreviewStep[]> {
    const { stdout } = await this.succeed(["preview", "--json"]);
    const { steps = [] } = JSON.parse(stdout) as { steps?: PreviewStep[] };
    return steps.filter(({ op }) => op !== "same");
  }

  /** What a preview would change, by operation and name, with each property: `update Driver line` → `update config.tags`. */
  async edits(): Promise<{ [name: string]: string[] }> {
    return Object.fromEntries(
      (await this.preview()).map(({ op, urn, detailedDiff }) => [
        `${op} ${PulumiProject.nameOf(urn)}`,
        Object.entries(detailedDiff ?? {})
          .map(([place, { kind }]) => `${kind} ${place}`)
          .sort(),
      ]),
    );
  }

  /** What a refresh would find changed, by name, with each property. */
  async drift(): Promise<{ [name: string]: string[] }> {
    const { stdout } = await this.run(["refresh", "--preview-only", "--json"]);
    const { steps } = JSON.parse(stdout) as { steps: PreviewStep[] };
    const found = steps.filter(({ detailedDiff }) => Object.keys(detailedDiff ?? {}).length > 0);
    return Object.fromEntries(
      found.map(({ urn, detailedDiff }) => [PulumiProject.nameOf(urn), Object.keys(detailedDiff!).sort()]),
    );
  }

  /** The resources of the stack, without the stack and the provider themselves; secrets deciphered. */
  async resources(): Promise<StackResource[]> {
    const { stdout } = await this.succeed(["stack", "export", "--show-secrets"]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: StackResource[] } };
    return (deployment.resources ?? [])
      .filter(({ type }) => type.startsWith("flowfusion:"))
      .map(({ urn, type, id, inputs, outputs }) => ({ urn, type, id, inputs, outputs }));
  }

  /** Names without the stack's prefix: `Flow boiler`, `Node boiler/hot`. */
  static nameOf(urn: string): string {
    const [, , type = "", name = ""] = urn.split("::");
    return `${type.split(":").at(-1)} ${name}`;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
