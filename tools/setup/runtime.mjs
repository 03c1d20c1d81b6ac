// Finds the Node.js that runs everything else. The npm package `node` brings it, so a machine with Node 20 will do; its
// install script fetches the executable, and where scripts are switched off it is fetched here.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "./packages.mjs";
import { SetupError, step } from "./progress.mjs";

const expectedSeconds = 10;

/**
 * @param {string} root
 * @returns {Promise<string>} the path of the executable
 */
export async function ensureNode(root) {
  const folder = join(root, "node_modules", "node");
  const executable = join(folder, "bin", "node");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!runs(executable, version)) {
    await step(`Fetch Node.js ${version}`, expectedSeconds, (note) => fetchNode(root, executable, version, note));
  }
  if (!runs(executable, version)) {
    throw new SetupError(
      `Node.js ${version} for ${process.platform}-${process.arch} does not start (${executable})`,
      `the executable needs glibc 2.28 or newer on Linux; on other systems install Node.js ${version} yourself and run \`node tools/run.ts <task>\` with it`,
    );
  }
  return executable;
}

/**
 * @param {string} executable
 * @param {string} version
 */
function runs(executable, version) {
  if (!existsSync(executable)) return false;
  return spawnSync(executable, ["--version"], { encoding: "utf8" }).stdout?.trim() === `v${version}`;
}

/**
 * @param {string} root
 * @param {string} executable
 * @param {string} version
 * @param {(text: string) => void} note
 */
async function fetchNode(root, executable, version, note) {
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const packageName = `${prefix}-${process.platform}-${process.arch}`;
  const scratch = join(root, "node_modules", `.fetch-node-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    await runNpm(
      ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", scratch, `${packageName}@${version}`],
      scratch,
      note,
    );
    mkdirSync(join(executable, ".."), { recursive: true });
    const fetched = join(scratch, "node_modules", packageName, "bin", "node");
    chmodSync(fetched, 0o755);
    renameSync(fetched, executable);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
