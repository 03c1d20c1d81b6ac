// The simulator as a process; see options.ts for its command line.

import { type CommandLine, parseCommandLine, UsageError, usage } from "./options.ts";
import { Simulator, type SimulatorSummary } from "./simulator.ts";

const progressMs = 1000;

async function run(options: CommandLine): Promise<number> {
  const simulator = new Simulator(options);
  const stop = () => simulator.stop();
  // Once each: a second signal ends the process the hard way.
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const progress = process.stderr.isTTY ? setInterval(() => showProgress(simulator), progressMs) : undefined;
  const watch = watchConnection(simulator, options.push);
  const summary = await simulator.finished;
  clearInterval(watch);
  clearInterval(progress);
  if (progress !== undefined) process.stderr.write("\n");
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${inWords(summary)}\n`);
  return summary.dropped > 0 ? 1 : 0;
}

/** Says when nobody listens, once, and when somebody does after that. */
function watchConnection(simulator: Simulator, push: string): NodeJS.Timeout {
  let isAbsenceTold = false;
  return setInterval(() => {
    const { isConnected, lastConnectError } = simulator.progress;
    if (isConnected !== isAbsenceTold) return;
    isAbsenceTold = !isConnected;
    const why = lastConnectError === undefined ? "" : ` (${lastConnectError})`;
    const absent = `nobody listens at ${push}${why}; tried again until somebody does`;
    const line = isConnected ? `connected to ${push}` : absent;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`);
  }, progressMs);
}

function showProgress(simulator: Simulator): void {
  const { updates, isWaiting, isConnected } = simulator.progress;
  const state = !isConnected ? "not connected" : isWaiting ? "waiting: send queue full" : "sending";
  process.stderr.write(`\r\x1b[K${updates} updates, ${state}`);
}

function inWords(summary: SimulatorSummary): string {
  const { sent, batches, dropped, seconds, waits, waitMs } = summary;
  return `sent ${sent} updates in ${batches} batches over ${seconds} s, dropped ${dropped}, waited ${waits} times (${waitMs} ms)`;
}

try {
  const options = parseCommandLine(process.argv.slice(2));
  if (options === "help") process.stdout.write(usage);
  else process.exitCode = await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\nTry --help.\n`);
  process.exitCode = 2;
}
