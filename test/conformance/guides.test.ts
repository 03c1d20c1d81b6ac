// The guides of the languages, done as they say: each block of shell commands is run, in order, and what it must print
// stands behind it. Code that a guide shows is in the template that it shows it of.

import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main, run } from "./flowfusion.ts";

const root = path.join(import.meta.dirname, "../..");
const guideMsMax = 900_000;
const languages = ["as", "c", "rust", "go", "zig"];
const code = new Set(["typescript", "c", "rust", "go", "zig"]);

interface Block {
  readonly kind: string;
  readonly text: string;
}

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-guides-"));
  const command = path.join(scratch, "flowfusion");
  // With an empty cache of flows: a page shows how it is where this one was never fused.
  const ownCache = `[ "$1" != fuse ] || export XDG_CACHE_HOME="${scratch}/cache"`;
  const start = `exec "${process.execPath}" "${main}" "$@"`;
  await writeFile(command, `#!/bin/sh\n${ownCache}\n${start}\n`);
  await chmod(command, 0o755);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function blocksOf(language: string): Promise<Block[]> {
  const text = await readFile(path.join(root, `docs/guides/first-node-${language}.md`), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, content]) => ({
    kind: kind!,
    text: content!,
  }));
}

describe.each(languages)("the guide for %s", (language) => {
  test("does what it says", { timeout: guideMsMax }, async () => {
    const blocks = await blocksOf(language);
    const folder = await mkdtemp(path.join(scratch, `${language}-`));
    const commands = blocks.filter(({ kind }) => kind === "sh");
    const script = ["set -eu", ...commands.map(({ text }, index) => `${text}\nprintf '\\n@@ ${index}\\n'`)].join("\n");
    const env = { ...process.env, PATH: `${scratch}:${process.env.PATH}` };
    const { code: exitCode, stdout, stderr } = await run("sh", ["-c", script], folder, env);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const printed = stdout.split(/\n@@ \d+\n/);
    for (const [index, command] of commands.entries()) {
      const next = blocks[blocks.indexOf(command) + 1];
      if (next?.kind === "text") expect(printed[index]).toMatch(patternOf(next.text));
    }
  });

  test("shows code that is in the template", async () => {
    const shown = (await blocksOf(language)).filter(({ kind }) => code.has(kind));
    const file = { as: "node.ts", c: "node.c", rust: "src/lib.rs", go: "node.go", zig: "node.zig" }[language]!;
    const template = await readFile(path.join(root, "examples/nodes", language, file), "utf8");
    expect(shown.length).toBeGreaterThan(0);
    for (const { text } of shown) expect(template).toContain(text.trimEnd());
  });
});

/** Lines that follow one another; `…` stands for anything within a line. */
function patternOf(text: string): RegExp {
  const escaped = text.trimEnd().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(escaped.replaceAll("…", ".*"));
}
