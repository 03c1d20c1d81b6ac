// Runs a child process in place of this one: it has the terminal, gets the signals, and its end is the end of this process.

import { spawn } from "node:child_process";
import { failWith } from "./progress.mjs";

const exitCodeSignalled = 128;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} env
 */
export function handOver(command, args, env) {
  const child = spawn(command, args, { stdio: "inherit", env });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole foreground group, the child has it already.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", failWith);
  child.once("exit", (code) => process.exit(code ?? exitCodeSignalled));
}
