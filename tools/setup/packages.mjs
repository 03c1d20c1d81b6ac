// Brings node_modules in step with package-lock.json. npm writes its own account of what it installed as the last thing it
// does (node_modules/.package-lock.json), so an interrupted installation has none and is repeated.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, SetupError, step } from "./progress.mjs";

const expectedSeconds = 25;
/**
 * Of npm, which fail on a package with a folder of manual pages whose address the lockfile does not tell, as ours tells none
 * (npm/cli, `The "paths[0]" argument must be of type string`); Node.js 24.10 to 24.13 bring them.
 */
const brokenVersions = /^11\.6\.[123]$/;
const mendedNpm = "npm@11.19.1";

/** @param {string} root */
export async function ensurePackages(root) {
  if (isInStep(root)) return;
  const isAnew = existsSync(join(root, "node_modules", ".package-lock.json"));
  const what = isAnew ? "Install the npm packages anew: package-lock.json has changed" : "Install the npm packages";
  await step(what, expectedSeconds, async (note) => {
    const install = ["ci", "--no-audit", "--no-fund", "--loglevel=http"];
    const isBroken = brokenVersions.test(await npmVersion(root));
    await runNpm(
      isBroken ? ["exec", "--yes", `--package=${mendedNpm}`, "--", "npm", ...install] : install,
      root,
      (line) => {
        const archive = /[^/]+\.tgz/.exec(line);
        if (archive !== null) note(archive[0]);
      },
    );
  });
  if (!isInStep(root)) {
    throw new SetupError(
      "npm ci ended well, but node_modules does not hold what package-lock.json lists",
      "delete node_modules and start again; look for `omit` or `ignore-scripts` settings in .npmrc files",
    );
  }
}

/** @param {string} root */
async function npmVersion(root) {
  let version = "";
  await runNpm(["--version"], root, (line) => {
    if (/^\d+\.\d+\.\d+/.test(line)) version = line.trim();
  });
  return version;
}

/**
 * Runs the npm that started this process, or the one on PATH.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {(line: string) => void} onLine
 */
export async function runNpm(args, cwd, onLine) {
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  await runCommand(command, [...first, ...args], {
    cwd,
    onLine,
    noise: /^npm (http|warn EBADENGINE)/,
    remedy: "check that npm works and that its registry can be reached (`npm ping`), then start again",
  });
}

/**
 * @param {string} root
 * @returns {boolean}
 */
export function isInStep(root) {
  const wanted = packagesOf(join(root, "package-lock.json"));
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined)
    throw new SetupError("package-lock.json is missing", "check it out again: git checkout package-lock.json");
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined || !existsSync(join(root, path)))
      return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }> | undefined}
 */
function packagesOf(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : undefined;
}
