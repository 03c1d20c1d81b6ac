// What the set-up tells the person who waits: one line when a step starts, one when it ends, and signs of life between
// them. Everything goes to standard error, so that the output of the task (`--json`) stays clean.
//
// Plain JavaScript without dependencies: this runs on Node 20 before anything is installed.

import { spawn } from "node:child_process";

const isTerminal = process.stderr.isTTY === true;
const hasColour = isTerminal && process.env.NO_COLOR === undefined;
const heartbeatMs = isTerminal ? 200 : 15_000;
const lateFactor = 2;
const firstLinesKept = 15;
const lastLinesKept = 30;
const interruptions = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
const exitCodeInterrupted = 130;

/** A set-up that cannot go on: what happened, and what the reader can do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} remedy
   * @param {unknown} [cause]
   */
  constructor(message, remedy, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SetupError";
    this.remedy = remedy;
  }
}

/**
 * Runs one step and reports its progress. `note` shows what the step does at the moment.
 * @template T
 * @param {string} title
 * @param {number} expectedSeconds
 * @param {(note: (text: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, expectedSeconds, work) {
  const startedAtMs = Date.now();
  let latestNote = "";
  const expected = `about ${formatSeconds(expectedSeconds)}`;
  if (!isTerminal) print(`- ${title} (${expected})`);
  const heartbeat = setInterval(() => {
    const seconds = secondsSince(startedAtMs);
    const of =
      seconds > lateFactor * expectedSeconds
        ? `, longer than the usual ${formatSeconds(expectedSeconds)}`
        : ` of ${expected}`;
    const line = `${title}: ${formatSeconds(seconds)}${of}${latestNote && ` · ${latestNote}`}`;
    if (isTerminal) rewriteLine(`- ${line}`);
    else print(`  ${line}`);
  }, heartbeatMs);
  try {
    const result = await work((text) => {
      latestNote = text.trim().slice(0, 60);
    });
    finish(`${colour(32, "✓")} ${title} (${formatSeconds(secondsSince(startedAtMs))})`);
    return result;
  } catch (error) {
    finish(`${colour(31, "✗")} ${title} (after ${formatSeconds(secondsSince(startedAtMs))})`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * Runs a command to its end, keeping the first and last lines of its output, `noise` apart, for the error message.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string; env?: Record<string, string | undefined>; onLine?: (line: string) => void; noise?: RegExp; remedy: string }} options
 * @returns {Promise<void>}
 */
export async function runCommand(command, args, options) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  /** @type {string[]} */
  const lines = [];
  /** @param {string} text */
  const keep = (text) => {
    for (const line of text.split(/[\r\n]+/)) {
      if (line.trim() === "") continue;
      options.onLine?.(line);
      if (options.noise?.test(line)) continue;
      lines.push(line);
      // Some tools put the reason first and their manual after it, others end with the reason.
      if (lines.length > firstLinesKept + lastLinesKept) lines.splice(firstLinesKept, 2, "…");
    }
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const stop = () => {
    child.kill("SIGTERM");
    process.exit(exitCodeInterrupted);
  };
  for (const signal of interruptions) process.once(signal, stop);
  const shown = [command, ...args].join(" ");
  const exit = await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new SetupError(`${shown} cannot be started`, options.remedy, error)));
    child.once("close", (code, signal) => resolve(code ?? signal));
  }).finally(() => {
    for (const signal of interruptions) process.off(signal, stop);
  });
  if (exit !== 0) {
    throw new SetupError(`${shown} failed (${exit}); it said:\n    ${lines.join("\n    ")}`, options.remedy);
  }
}

/** @param {string} line */
export function print(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Prints what went wrong and ends the process. A failure that is no SetupError is a bug and shows its stack.
 * @param {unknown} error
 * @returns {never}
 */
export function failWith(error) {
  if (error instanceof SetupError) {
    print(`${colour(31, "error:")} ${error.message}`);
    if (error.cause instanceof Error) print(`  because: ${error.cause.message}`);
    print(`  what to do: ${error.remedy}`);
  } else {
    print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  process.exit(1);
}

/** @param {string} line */
function finish(line) {
  if (isTerminal) rewriteLine("");
  print(line);
}

/** @param {string} line */
function rewriteLine(line) {
  process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

/**
 * @param {number} code
 * @param {string} text
 */
function colour(code, text) {
  return hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** @param {number} startedAtMs */
function secondsSince(startedAtMs) {
  return (Date.now() - startedAtMs) / 1000;
}

/** @param {number} seconds */
function formatSeconds(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
