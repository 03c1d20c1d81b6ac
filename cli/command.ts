// What a command is, and how its arguments are read.

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { didYouMean } from "@flowfusion/graph";

export interface Command {
  /** The whole help text. */
  readonly help: string;
  /** The exit code for wrong arguments, where 2 means something else. */
  readonly usageCode?: number;
  /** Resolves with the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** Loaded when it is asked for: a gateway has no use for the linker. */
export interface ListedCommand {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Command | CommandGroup>;
}

/** Commands under a common name. */
export interface CommandGroup {
  readonly commands: readonly ListedCommand[];
  /** What the name does by itself, when none of the commands follows it. */
  load?(): Promise<Command>;
}

/** The arguments are wrong: exit code 2, with the help's first line. */
export class UsageError extends Error {}

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>;

/** Parses, and turns what does not parse into a UsageError. */
export function readArguments<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true }) as Parsed<T>;
  } catch (error) {
    throw new UsageError(misread(error as NodeJS.ErrnoException, Object.keys(options)), { cause: error });
  }
}

/** What Node.js says of arguments that it cannot read, without its advice on arguments that begin with a dash. */
function misread({ code, message }: NodeJS.ErrnoException, names: readonly string[]): string {
  const ambiguous = /^Option '([^']+)' argument is ambiguous/.exec(message)?.[1];
  if (ambiguous !== undefined) {
    return `${ambiguous}: a value expected, one that begins with a dash as ${ambiguous.split(" ").at(-1)}=-…`;
  }
  const [said = message] = message.split(/\.? To specify /);
  const given = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? /'--([^']+)'/.exec(said)?.[1] : undefined;
  const near = given === undefined ? "" : didYouMean(given, names).replace("`", "`--");
  return `${said}${near}`;
}

/** The one positional argument, or `otherwise` where there is none. */
export function optionalPositional(positionals: readonly string[], what: string, otherwise: string): string {
  return positionals.length === 0 ? otherwise : onePositional(positionals, what);
}

export function onePositional(positionals: readonly string[], what: string): string {
  const [first, ...rest] = positionals;
  if (first === undefined) throw new UsageError(`${what} is missing`);
  if (rest.length > 0) throw new UsageError(`one ${what} expected, ${positionals.length} given`);
  return first;
}

export function noPositionals(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0]}`);
}

/** A whole number that was given to `option`. */
export function parseCount(option: string, text: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) throw new UsageError(`${option} ${text}: a number expected`);
  if (count >= min && count <= max) return count;
  const allowed = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  throw new UsageError(`${option} ${text}: ${allowed} expected`);
}
