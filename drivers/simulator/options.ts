// The simulator's command line.

import { parseArgs } from "node:util";
import { parseAddress, TransportError } from "@flowfusion/transport";
import type { SimulatorOptions } from "./simulator.ts";

export const usage = `Usage: node drivers/simulator/main.ts --push ADDRESS [options]

Makes plausible plant signals and PUSHes them as TagUpdateBatch to an nng PULL socket.

  --push ADDRESS     where the PULL socket listens: tcp://HOST:PORT or ipc://PATH (required)
  --rate N           updates a second (default 1000)
  --tags N           how many tags the plant has (default 350)
  --batch N          most updates in one batch (default 100)
  --seed N           same seed, same signals (default 1)
  --source NAME      name of this driver in its batches (default simulator)
  --count N          stop after exactly N updates
  --duration-ms N    stop after N ms
  --json             print one summary line of JSON at the end
  --help             print this

When nobody listens at the address it says so on standard error, and tries again until somebody does.
SIGINT and SIGTERM send what is made, print the summary and end.
Exit code: 0 all sent, 1 some updates could not be sent before the end, 2 wrong options.
`;

const sourceBytesMax = 255;

export interface CommandLine extends SimulatorOptions {
  readonly json: boolean;
}

/** Says what is wrong with a command line. */
export class UsageError extends Error {}

/** Throws a UsageError that names the option, what was given and what is allowed. `"help"`: the usage was asked for. */
export function parseCommandLine(args: readonly string[]): CommandLine | "help" {
  const values = parse(args);
  if (values.help) return "help";
  if (values.push === undefined) throw new UsageError("--push is missing: give the address of a PULL socket");
  const count = integer("count", values.count, 1, Number.MAX_SAFE_INTEGER);
  const durationMs = integer("duration-ms", values["duration-ms"], 1, Number.MAX_SAFE_INTEGER);
  return {
    push: address(values.push),
    rate: integer("rate", values.rate, 1, 10_000_000) ?? 1000,
    tags: integer("tags", values.tags, 1, 1_000_000) ?? 350,
    batch: integer("batch", values.batch, 1, 10_000) ?? 100,
    seed: integer("seed", values.seed, 0, 2 ** 32 - 1) ?? 1,
    source: sourceName(values.source ?? "simulator"),
    json: values.json ?? false,
    ...(count === undefined ? {} : { count }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const numbers = { rate: text, tags: text, batch: text, seed: text, count: text, "duration-ms": text };
  try {
    const options = { push: text, source: text, ...numbers, json: flag, help: flag };
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function integer(name: string, given: string | undefined, min: number, max: number): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${given}: expected a whole number from ${min} to ${max}`);
}

function sourceName(given: string): string {
  const bytes = Buffer.byteLength(given);
  if (bytes >= 1 && bytes <= sourceBytesMax) return given;
  throw new UsageError(`--source: name of ${bytes} bytes, 1 to ${sourceBytesMax} allowed`);
}

function address(given: string): string {
  try {
    parseAddress(given);
    return given;
  } catch (error) {
    if (error instanceof TransportError) throw new UsageError(`--push: ${error.message}`, { cause: error });
    throw error;
  }
}
