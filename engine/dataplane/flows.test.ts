// All flows of a thread, in the test's own: what happens to a deploy while it is under way.

import { mkdir, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Flows, type FlowsPlace } from "./flows.ts";
import { flowsPlace } from "./testkit/flows-place.ts";
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

function start(given: Partial<FlowsPlace> = {}) {
  const flows = new Flows({ ...flowsPlace(folder), ...given });
  return {
    flows,
    async [Symbol.asyncDispose]() {
      await flows.close();
    },
  };
}

test("a flow that is removed while its next version is prepared is gone once that has run", async () => {
  await using place = start();
  const { flows } = place;
  await flows.deploy(name, await compiled("first.jsonl"));
  const next = await compiled("next.jsonl");
  const removed = turn().then(() => flows.remove(name));
  const deployed = flows.deploy(name, next);
  expect(await deployed).toMatchObject({ state: { kept: ["node"] } });
  await removed;
  expect(flows.has(name)).toBe(false);
  expect(await flows.deploy(name, next)).toMatchObject({ pauseMs: 0 });
});

test("a rehearsal beside a deploy leaves the sinks alone that only the version before has, which is put back", async () => {
  await using place = start();
  const { flows } = place;
  const file = (name: string) => ({ type: "file", props: { path: name } });
  const compile = async (sinks: Record<string, ReturnType<typeof file>>): Promise<FlowProgram> => {
    const nodes = { in: { type: "tag_input", props: { tags: ["#"] } }, ...sinks };
    const program = await programOf({ nodes, wires: Object.keys(sinks).map((sink) => `in.out -> ${sink}.in`) });
    return { ...encoded(program), metered: load(program).module };
  };
  const both = await compile({ kept: file("kept.jsonl"), more: file("more.jsonl") });
  const without = await compile({ kept: file("kept.jsonl") });
  const gate = { ms: 60_000, trapsMax: 0, droppedShareMax: 1, outputRatioMin: 0, latencyFactorMax: 1_000 };
  await flows.deploy(name, both);
  await Promise.all([flows.deploy(name, without, undefined, gate), flows.rehearse(name, both)]);
  await flows.rollBack(name, 3, undefined);
  const frame = frameOf(1);
  flows.offer(0, frame, 0, frame.length, 1, "block");
  await eventually(() => expect(flows.stats([name])[0]!.sinks).toMatchObject([{ sent: 1 }, { sent: 1 }]));
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
    await eventually(() => expect(place.flows.stats([name])[0]!.sinks[0]!.diskBytes).toBeGreaterThan(0));
  }
  await using place = start();
  await place.flows.rehearse(name, program);
  await rmdir(output);
  await place.flows.deploy(name, program);
  await eventually(async () => expect((await readFile(output, "utf8")).split("\n")).toHaveLength(4));
});

test("what was routed before a flow took the place of another is not for it", async () => {
  let take = () => {};
  await using place = start({
    onSubscriptions: (current) => {
      take = () => void current();
    },
  });
  const { flows } = place;
  const frame = frameOf(1);
  const next = parseFlowName("next");
  const messagesIn = () => {
    flows.offer(0, frame, 0, frame.length, 1, "block");
    return flows.stats([name, next])[0]!.messagesIn;
  };
  await flows.deploy(name, await compiled("first.jsonl"));
  take();
  expect(messagesIn()).toBe(1);
  await flows.remove(name);
  await flows.deploy(next, await compiled("next.jsonl"));
  expect(messagesIn()).toBe(0);
  take();
  expect(messagesIn()).toBe(1);
});
