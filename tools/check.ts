// `npm run check`: what can be said about the sources without running them. Every check says what failed and how to mend it.

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** The workspace that the program is installed for; the root when absent. */
  readonly workspace?: string;
  readonly mend: string;
}

export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
}

const root = dirname(import.meta.dirname);

const checks: readonly Check[] = [
  {
    name: "lint and format (biome)",
    command: ["biome", "ci", "--colors=off"],
    mend: "npm run format, then correct by hand what is left",
  },
  {
    name: "types (tsc)",
    command: ["tsc", "-p", ".", "--pretty", "false"],
    mend: "correct the types; `any` and ts-ignore are no way out",
  },
  {
    name: "types of the console (svelte-check)",
    command: ["svelte-check", "--workspace", "console", "--output", "human", "--fail-on-warnings"],
    workspace: "console",
    mend: "correct the types, and what Svelte says of accessibility",
  },
  {
    name: "dead code and dependencies (knip)",
    command: ["knip", "--no-progress", "--no-config-hints"],
    mend: "remove what is unused, list what is imported in the workspace's package.json; entry points are named in knip.json",
  },
];

/** They are tests as well; `npm test` runs them with the others. */
const houseRules: Check = {
  name: "rules of the house",
  command: ["vitest", "run", "tools/tidy.test.ts", "--reporter=dot"],
  mend: "each failure above says how",
};

export async function runChecks(): Promise<CheckCounts> {
  return runAll(checks);
}

async function runAll(all: readonly Check[]): Promise<CheckCounts> {
  let failed = 0;
  for (const check of all) {
    if (!(await passes(check))) failed += 1;
  }
  return { passed: all.length - failed, failed };
}

async function passes(check: Check): Promise<boolean> {
  const startedAtMs = performance.now();
  const [program, ...args] = check.command;
  const child = spawn(join(root, check.workspace ?? "", "node_modules", ".bin", program), args, {
    cwd: root,
    env: process.env,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (exitCode === 0) {
    console.log(`✓ ${check.name} (${seconds} s)`);
    return true;
  }
  console.log(`✗ ${check.name} (${seconds} s)\n${output.trimEnd()}\nHow to mend: ${check.mend}\n`);
  return false;
}

if (import.meta.main) {
  const { failed } = await runAll([...checks, houseRules]);
  process.exitCode = failed === 0 ? 0 : 1;
}
