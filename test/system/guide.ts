// Guides and READMEs, done as they say: each block of shell commands is run, in order, and what it must print stands behind
// it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";

const root = path.join(import.meta.dirname, "../..");

export interface Block {
  readonly kind: string;
  readonly text: string;
}

/** The blocks of code of a document; each address that it shows stands for one of the test's. */
export async function blocksOf(
  document: string,
  addresses: readonly (readonly [shown: string, real: string])[] = [],
): Promise<Block[]> {
  const text = await readFile(path.join(root, document), "utf8");
  const real = addresses.reduce((known, [from, to]) => {
    expect(known).toContain(from);
    return known.replaceAll(from, to);
  }, text);
  return [...real.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, content]) => ({
    kind: kind!,
    text: content!,
  }));
}

/** Runs what is `sh`; a block of `text` behind one is what it prints. `run` gives what was printed, or rejects. */
export async function follow(blocks: readonly Block[], run: (script: string) => Promise<string>): Promise<void> {
  const commands = blocks.filter(({ kind }) => kind === "sh");
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    const printed = await run(command.text);
    const next = blocks[blocks.indexOf(command) + 1];
    if (next?.kind === "text") expect(printed).toMatch(patternOf(next.text));
  }
}

/**
 * Lines that follow one another; `…` stands for anything within a line, and a run of blanks for any other. The branches of
 * Pulumi's tree are for terminals alone.
 */
export function patternOf(text: string): RegExp {
  const escaped = text
    .trimEnd()
    .replaceAll(/[├└]─ /g, "")
    .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(escaped.replaceAll("…", ".*").replaceAll(/ {2,}/g, " +"));
}
