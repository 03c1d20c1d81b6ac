// Builds what the sources need built: the node modules, the router, the bundles of the provider and the command line.
// Each target is a script of its own workspace; it is skipped while nothing that goes into it has changed and its output
// is as it was left. The stamp that says so is written last, so that an interrupted build is repeated.

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { withLock } from "./setup/lock.mjs";
import { runCommand, step } from "./setup/progress.mjs";

interface Target {
  readonly name: string;
  /** Script that builds it, run from the root. */
  readonly script: string;
  /** Files and folders that go into it, tests and output folders apart. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly expectedSeconds: number;
}

const root = dirname(import.meta.dirname);
const stateFolder = join(root, ".flowfusion");

/** In the order in which they need each other. */
export const targets: readonly Target[] = [
  {
    name: "node modules",
    script: "nodes/build.ts",
    inputs: ["nodes", "nodekit/assemblyscript"],
    output: "nodes/dist",
    expectedSeconds: 15,
  },
  {
    name: "binaryen",
    script: "fusion/binaryen/build.ts",
    inputs: ["fusion/binaryen"],
    output: "fusion/binaryen/dist",
    expectedSeconds: 1,
  },
  {
    name: "router",
    script: "engine/dataplane/router/build.ts",
    inputs: ["engine/dataplane/router"],
    output: "engine/dataplane/router/dist",
    expectedSeconds: 5,
  },
  {
    name: "provider",
    script: "provider/build.ts",
    inputs: [
      ...["provider", "client", "drivers", "fusion", "graph", "nodekit", "nodes", "proto", "transport"],
      ...["schema.json", "tools/bundle.ts"],
    ],
    output: "provider/dist",
    expectedSeconds: 3,
  },
  {
    name: "console",
    script: "console/build.ts",
    inputs: ["console", "client", "graph", "fusion", "proto", "sdk"],
    output: "console/dist",
    expectedSeconds: 10,
  },
  {
    name: "command line",
    script: "cli/build.ts",
    inputs: [
      ...["cli", "client", "drivers", "engine", "fusion", "graph", "nodekit", "nodes", "proto", "sdk", "transport"],
      "tools/bundle.ts",
    ],
    output: "cli/dist",
    expectedSeconds: 3,
  },
];

export async function buildAll(): Promise<void> {
  await withLock(join(stateFolder, "build.lock"), async () => {
    for (const target of targets) {
      if (existsSync(join(root, target.script))) await buildTarget(target);
    }
  });
}

async function buildTarget(target: Target): Promise<void> {
  const stampPath = join(stateFolder, "stamps", target.name.replaceAll(" ", "-"));
  const inputs = await digestOf([...target.inputs, "package-lock.json"], isSource);
  const stamp = await readFile(stampPath, "utf8").catch(() => "");
  if (stamp === `${inputs} ${await digestOf([target.output], () => true)}`) return;

  await step(`Build the ${target.name}`, target.expectedSeconds, (note) =>
    runCommand(process.execPath, [target.script], {
      cwd: root,
      onLine: note,
      remedy: `mend the error above, then see whether \`node ${target.script}\` succeeds`,
    }),
  );
  await mkdir(dirname(stampPath), { recursive: true });
  await writeFile(`${stampPath}.new`, `${inputs} ${await digestOf([target.output], () => true)}`);
  await rename(`${stampPath}.new`, stampPath);
}

function isSource(path: string): boolean {
  return !/(^|\/)(node_modules|dist)\/|\.test\.ts$/.test(path);
}

/** A digest over names and contents; a path that is missing counts as empty. */
async function digestOf(paths: readonly string[], accepts: (path: string) => boolean): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const file of (await Promise.all(paths.map(filesOf))).flat().filter(accepts).sort()) {
    const content = await readFile(join(root, file));
    hash.update(`\n${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
