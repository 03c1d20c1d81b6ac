// The quickstart's steps by hand, typed as they stand, in one shell: each ends well and prints what the guide shows.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "@flowfusion/testkit";
import { pulumiEnvironment } from "@flowfusion/tools";
import { expect, test } from "vitest";
import { type Block, blocksOf, patternOf } from "./guide.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const guideMsMax = 400_000;
const endOf = (index: number): string => `--- end of block ${index} ---`;

test("the quickstart does and prints what it says", { timeout: guideMsMax }, async () => {
  // Beside what somebody may be doing in this clone: other ports, another folder, another stack.
  const own = `quickstart-test-${process.pid}`;
  const [http, ingest] = [await freePort(), await freePort()];
  const blocks = await blocksOf("docs/guides/quickstart.md", [
    ["flowfusion gateway --data", `flowfusion gateway --http 127.0.0.1:7480 --ingest tcp://127.0.0.1:7481 --data`],
    ["127.0.0.1:7480", `127.0.0.1:${http}`],
    ["127.0.0.1:7481", `127.0.0.1:${ingest}`],
    [".flowfusion/quickstart", `.flowfusion/${own}`],
    ["pulumi stack init dev", `pulumi stack init ${own}`],
    ["pulumi stack rm --yes dev", `pulumi stack rm --yes ${own}`],
    ["flow-fusion-dev", `flow-fusion-${own}`],
  ]);
  const commands = blocks.filter(({ kind, text }) => kind === "sh" && !text.includes("npm run"));
  expect(commands.length).toBeGreaterThanOrEqual(8);
  const script = commands.map(({ text }, index) => `${text}\necho '${endOf(index)}'`).join("\n");

  const scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-quickstart-guide-"));
  try {
    const { env } = await pulumiEnvironment({ home: scratch, backendDir: path.join(scratch, "state") });
    const { code, text } = await inOneShell(`set -e\n${script}`, env);
    expect({ code, text }).toMatchObject({ code: 0 });
    let rest = text;
    for (const [index, command] of commands.entries()) {
      const [printed = "", ...later] = rest.split(`${endOf(index)}\n`);
      rest = later.join("");
      for (const shown of shownBehind(blocks, command)) expect(printed).toMatch(patternOf(shown));
    }
  } finally {
    await Promise.all([
      rm(scratch, { recursive: true, force: true }),
      rm(path.join(root, ".flowfusion", own), { recursive: true, force: true }),
      rm(path.join(root, `Pulumi.${own}.yaml`), { force: true }),
    ]);
  }
});

/**
 * The lines that the guide shows between a command and the next. Each is looked for by itself: the order of Pulumi's rows is
 * not settled, and the head of its table is for terminals alone.
 */
function shownBehind(blocks: readonly Block[], command: Block): string[] {
  const after = blocks.slice(blocks.indexOf(command) + 1);
  const end = after.findIndex(({ kind }) => kind === "sh");
  return after
    .slice(0, end === -1 ? after.length : end)
    .filter(({ kind }) => kind === "text")
    .flatMap(({ text }) => text.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "…" && !/^Type +Name/.test(line));
}

/** Whatever it left running ends with it. */
async function inOneShell(script: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; text: string }> {
  const shell = spawn("bash", ["-c", script], { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  shell.stdout.setEncoding("utf8").on("data", (some: string) => (text += some));
  shell.stderr.setEncoding("utf8").on("data", (some: string) => (text += some));
  const closed = once(shell, "close");
  const [code] = (await once(shell, "exit")) as [number | null];
  try {
    process.kill(-shell.pid!, "SIGKILL");
  } catch {
    // Nothing was left.
  }
  await closed;
  return { code, text };
}
