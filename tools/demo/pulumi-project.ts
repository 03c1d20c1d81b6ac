// The quickstart as a project of its own, in a folder of the demo, driven by the real Pulumi CLI.

import { spawn } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { type PulumiEnvironment, pulumiEnvironment } from "../pulumi/environment.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const stack = "demo";

/** Rows that only say that something has begun are followed by one that says how it ended. */
const isResult = (line: string): boolean =>
  !/ (creating|updating) \(\d+s\) (\[diff: [^\]]*\])?$/.test(line) && !line.startsWith("@ ");

export class PulumiProject {
  readonly folder: string;
  readonly environment: PulumiEnvironment;
  readonly #onLine: (line: string) => void;

  private constructor(folder: string, environment: PulumiEnvironment, onLine: (line: string) => void) {
    this.folder = folder;
    this.environment = environment;
    this.#onLine = onLine;
  }

  /** Copies the quickstart to `folder` and makes a stack. `onLine` gets what previews and updates print. */
  static async create(folder: string, onLine: (line: string) => void): Promise<PulumiProject> {
    await mkdir(folder, { recursive: true });
    const quickstart = path.join(root, "examples/quickstart");
    for (const file of ["index.ts", "package.json"]) await cp(path.join(quickstart, file), path.join(folder, file));
    const manifest = await readFile(path.join(quickstart, "Pulumi.yaml"), "utf8");
    await writeFile(
      path.join(folder, "Pulumi.yaml"),
      manifest.replace("../../provider/bin", path.join(root, "provider/bin")),
    );
    await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    const environment = await pulumiEnvironment({
      home: path.join(folder, ".pulumi"),
      backendDir: path.join(folder, ".state"),
    });
    const project = new PulumiProject(folder, environment, onLine);
    await project.run(["stack", "init", stack], { isQuiet: true });
    return project;
  }

  async configure(key: string, value: string, isSecret = false): Promise<void> {
    await this.run(["config", "set", ...(isSecret ? ["--secret"] : []), key, value], { isQuiet: true });
  }

  async preview(options: { readonly diff?: boolean } = {}): Promise<void> {
    await this.run(["preview", ...(options.diff ? ["--diff"] : [])]);
  }

  async up(): Promise<void> {
    await this.run(["up", "--yes", "--skip-preview"]);
  }

  async outputs<T>(): Promise<T> {
    return JSON.parse(await this.run(["stack", "output", "--json"], { isQuiet: true })) as T;
  }

  async run(args: readonly string[], { isQuiet = false } = {}): Promise<string> {
    const child = spawn(this.environment.command, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: this.environment.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed (exit code ${code}):\n${text}`);
    if (!isQuiet) for (const line of text.trimEnd().split("\n").filter(isResult)) this.#onLine(line);
    return text;
  }
}
