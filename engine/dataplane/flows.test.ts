// All flows of a thread, in the test's own: what happens to a deploy while it is under way.

import { mkdir, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Flows } from "./flows.ts";
import { fileFlow, frameOf, load } from "./testkit/host.ts";
import { encoded, programOf } from "./testkit/test-plane.ts";
import type { FlowProgram } from "./types.ts";

const name = parseFlowName("flow");

/** Compiled already, so that the first turn of a deploy prepares the version. */
async function compiled(file: string): Promise<FlowProgram> {
  const program = await programOf(fileFlow({ type: "counter" }, file));
  return { ...encoded(program), metered: load(program).module };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-flows-"));
});
afterEach(() => rm(folder, { recursive: true }));

function start() {
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
    },
  };
}

test("a flow that is removed while its next version is prepared is gone, and the deploy says so", async () => {
  await using place = start();
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

test("what waits on disk for a flow that does not run outlives a rehearsal of it", async () => {
  const program = await compiled("out.jsonl");
  const output = path.join(folder, "output", "out.jsonl");
  await mkdir(output, { recursive: true });
  {
    await using place = start();
    await place.flows.deploy(name, program);
    const frames = Buffer.concat([1, 2, 3].map((value) => frameOf(value)));
    place.flows.offer(0, frames, 0, frames.length, 3, "block");
    await eventually(() => expect(place.flows.stats()[0]!.sinks[0]!.diskBytes).toBeGreaterThan(0));
  }
  await using place = start();
  await place.flows.rehearse(name, program);
  await rmdir(output);
  await place.flows.deploy(name, program);
  await eventually(async () => expect((await readFile(output, "utf8")).split("\n")).toHaveLength(4));
});
