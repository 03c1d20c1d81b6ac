// Secrets on the command line: NAME=FILE, so that none stands in a shell's history.

import { UsageError } from "./command.ts";
import { readInput } from "./files.ts";

/** Name → text, of all that were given to --secret. */
export async function readSecrets(given: readonly string[]): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(await Promise.all(given.map(readSecret)));
}

async function readSecret(text: string): Promise<readonly [string, string]> {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) throw new UsageError(`--secret ${text}: NAME=FILE expected`);
  // Editors end a file with a line feed, which no password has.
  return [name, new TextDecoder().decode(await readInput(path)).replace(/\r?\n$/, "")];
}
