#!/usr/bin/env node
// Starts the command line under Node.js 24 (this one, or the one that npm installed beside it) and with settings that
// keep a gateway small and its flows running: little room for short-lived objects, few heaps for the many threads of a
// runtime, and no threads of the engine's own that mark garbage on the cores that flows run on. Where the system can, the
// process is replaced; else a child does the work, is sent the signals that are meant for it, and its end is the end of this.

import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/main.mjs", import.meta.url);
const isBundled = existsSync(bundle);
const main = fileURLToPath(isBundled ? bundle : new URL("../main.ts", import.meta.url));
const node = Number.parseInt(process.versions.node, 10) >= 24 ? process.execPath : installedNode();
const args = [
  "--max-semi-space-size=1",
  "--no-concurrent-marking",
  "--disable-warning=ExperimentalWarning",
  main,
  ...process.argv.slice(2),
];
const env = { MALLOC_ARENA_MAX: "2", ...(isBundled && keptCode()), ...process.env };

if (typeof process.execve === "function") {
  process.removeAllListeners("warning");
  process.execve(node, [node, ...args], env);
}
const child = start();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to both.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.once("exit", (code) => process.exit(code ?? 1));

function start() {
  try {
    return spawn(node, args, { stdio: "inherit", env }).once("error", notStarted);
  } catch (error) {
    return notStarted(error);
  }
}

function notStarted({ message }) {
  console.error(`flowfusion: ${node} cannot be started: ${message}`);
  process.exit(1);
}

/**
 * Where what was compiled is kept for the next start, in the place of provider/main.ts, which is published apart; where nothing can
 * be written, or there is no home, nothing is.
 */
function keptCode() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && path.join(HOME, ".cache"));
  return caches && existsSync(path.dirname(caches))
    ? { NODE_COMPILE_CACHE: path.join(caches, "flowfusion", "compiled") }
    : {};
}

function installedNode() {
  try {
    const installed = path.join(
      path.dirname(createRequire(import.meta.url).resolve("node/package.json")),
      "bin",
      "node",
    );
    // It is a script of npm that lays it down, and that may be turned off; a process cannot be replaced with nothing.
    accessSync(installed, constants.X_OK);
    return installed;
  } catch ({ message }) {
    console.error(
      `flowfusion needs Node.js 24 or newer, this is ${process.versions.node}, and none came with it (${message}).`,
    );
    console.error("Install Node.js 24, or install flowfusion again with the install scripts of npm allowed.");
    process.exit(1);
  }
}
