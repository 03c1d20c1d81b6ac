// The tasks behind the npm scripts, with what each needs set up first. tools/bootstrap.mjs starts this file under the
// repository's own Node.js, with the npm packages in place.

import { dirname, join } from "node:path";
import { buildAll } from "./build.ts";
import { ensurePeers, peerSearchPath } from "./peers.ts";
import { ensurePulumiCli } from "./pulumi/cli.ts";
import { ensurePulumiPython } from "./pulumi/python.ts";
import { handOver } from "./setup/hand-over.mjs";
import { failWith, print, SetupError } from "./setup/progress.mjs";
import { ensureToolchains } from "./toolchains.ts";

interface Task {
  readonly preparations: readonly (() => Promise<unknown>)[];
  /** Script to run from the root when all is prepared. */
  readonly script?: string;
}

const tasks: Record<string, Task> = {
  demo: { preparations: [buildAll, ensurePulumiCli], script: "tools/demo.ts" },
  test: {
    preparations: [buildAll, ensurePeers, ensurePulumiCli, ensurePulumiPython, ensureToolchains],
    script: "tools/test.ts",
  },
  bench: { preparations: [buildAll], script: "bench/main.ts" },
  cli: { preparations: [buildAll], script: "cli/main.ts" },
  check: { preparations: [], script: "tools/check.ts" },
  build: { preparations: [buildAll] },
  packages: { preparations: [buildAll], script: "tools/packages/main.ts" },
  setup: { preparations: [buildAll, ensurePeers, ensurePulumiCli, ensurePulumiPython, ensureToolchains] },
};

async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) {
    throw new SetupError(`There is no task "${name}"`, `name one of ${Object.keys(tasks).join(", ")}`);
  }
  const startedAtMs = performance.now();
  for (const prepare of task.preparations) await prepare();
  const seconds = (performance.now() - startedAtMs) / 1000;
  if (seconds > 5) print(`Ready after ${seconds.toFixed(0)} s.`);
  if (task.script !== undefined) {
    const script = join(dirname(import.meta.dirname), task.script);
    handOver(process.execPath, [script, ...args], { ...process.env, PATH: peerSearchPath });
  }
}

main().catch(failWith);
