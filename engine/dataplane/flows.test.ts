// All flows of a thread, in the test's own: what happens to a deploy while it is under way.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { Flows } from "./flows.ts";
import { fileFlow, load } from "./testkit/host.ts";
import { encoded, programOf } from "./testkit/test-plane.ts";
import type { FlowProgram } from "./types.ts";

const name = parseFlowName("flow");

/** Compiled already, so that the first turn of a deploy prepares the version. */
async function compiled(file: string): Promise<FlowProgram> {
  const program = await programOf(fileFlow({ type: "counter" }, file));
  return { ...encoded(program), metered: load(program).module };
}

async function start() {
  const folder = await mkdtemp(path.join(tmpdir(), "ff-flows-"));
  const flows = new Flows({
    outputDir: path.join(folder, "output"),
    spoolDir: path.join(folder, "spool"),
    deadLetterDir: path.join(folder, "dead-letters"),
    onDamage: () => {},
    onLog: () => {},
    nowMs: () => performance.now(),
    wallMs: Date.now,
    random: Math.random,
    onSubscriptions: () => {},
    onPressure: () => {},
    droppedBefore: () => 0,
  });
  return {
    flows,
    async [Symbol.asyncDispose]() {
      await flows.close();
      await rm(folder, { recursive: true });
    },
  };
}

test("a flow that is removed while its next version is prepared is gone, and the deploy says so", async () => {
  await using place = await start();
  const { flows } = place;
  await flows.deploy(name, await compiled("first.jsonl"));
  const next = await compiled("next.jsonl");
  const removed = turn().then(() => flows.remove(name));
  const deployed = flows.deploy(name, next);
  await expect(deployed).rejects.toMatchObject({ code: "FF_API_NOT_RUNNING" });
  await removed;
  expect(flows.has(name)).toBe(false);
  expect(await flows.deploy(name, next)).toMatchObject({ pauseMs: 0 });
});
