// What somebody sees who looks into a flow, under a clock that the test sets.

import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test, vi } from "vitest";
import type { TracedStepDocument } from "../development/describe-step.ts";
import { fileFlow, TestHost } from "../testkit/host.ts";
import { programOf } from "../testkit/test-plane.ts";

const modules = [...(await builtinCatalog()).values()].map(({ manifest, digest, wasm }) => ({
  manifest,
  digest,
  wasm,
}));
const doubling = await programOf(fileFlow({ type: "scale", props: { factor: 2 } }));
const averaging = await programOf(fileFlow({ type: "agg", props: { op: "avg", size: 4 } }));

const valuesAt = (flow: TestHost, node: string): unknown[] => {
  const { stepsJson } = flow.host.observe(0, 500, undefined);
  return (JSON.parse(stepsJson) as TracedStepDocument[])
    .filter((step) => step.node === node)
    .map(({ message }) => message?.value);
};

test("of a sample the last message is told of those that go the same way", async () => {
  await using flow = await TestHost.create(averaging);
  flow.host.observe(0, 500, modules);
  flow.feed(1, 2, 3, 4, 5);
  expect(valuesAt(flow, "node")).toEqual([4, 5]);
  expect(valuesAt(flow, "out")).toEqual([2.5]);
});

test("who looks again after a while sees what passes now, from the next message on, and needs to bring no modules", async () => {
  await using flow = await TestHost.create(doubling);
  expect(flow.host.observe(0, 500, undefined).isSampled).toBe(false);
  expect(flow.host.observe(0, 500, modules).isSampled).toBe(true);
  flow.feed(1);
  const before = flow.host.observe(0, 500, undefined);
  expect(JSON.parse(before.stepsJson)).toHaveLength(3);
  expect(before.lastStep).toBe(3);

  flow.nowMs += 10_000;
  flow.feed(2);
  expect(flow.host.observe(0, 500, undefined)).toMatchObject({ isSampled: true, stepsJson: "[]", traced: 3 });
  flow.feed(3);
  const { stepsJson, lastStep } = flow.host.observe(0, 500, undefined);
  expect(JSON.parse(stepsJson)[0]).toMatchObject({ id: 4, message: { value: 3 } });
  expect(lastStep).toBe(6);
});

test("a message that is rare is seen, however often there are ticks", async () => {
  await using flow = await TestHost.create(doubling);
  flow.host.observe(0, 500, modules);
  for (let value = 1; value <= 5; value++) {
    for (let tick = 0; tick < 10; tick++) {
      flow.nowMs += 100;
      flow.host.tick(BigInt(flow.nowMs) * 1_000_000n);
      flow.host.observe(0, 500, undefined);
    }
    flow.feed(value);
  }
  expect(valuesAt(flow, "node")).toEqual([1, 2, 3, 4, 5]);
});

test("a sample that was kept from the core keeps the next one waiting for ten seconds at most", async () => {
  await using flow = await TestHost.create(doubling);
  flow.host.observe(0, 500, modules);
  // It is asked for once the steps of a sample are there.
  const asked = vi.spyOn(flow, "wallMs").mockImplementation(() => (flow.nowMs += 100));
  flow.feed(1);
  asked.mockRestore();
  expect(flow.host.observe(0, 500, undefined).traced).toBe(3);

  flow.nowMs += 9_000;
  flow.host.observe(0, 500, undefined);
  flow.feed(2);
  expect(flow.host.observe(0, 500, undefined).traced).toBe(3);
  flow.nowMs += 1_000;
  flow.feed(3);
  expect(flow.host.observe(0, 500, undefined).traced).toBe(6);
});

test("who looks at a flow that dies of each message sees a step that it dies of, also after its breaker's rest", async () => {
  const trap = watNode("trap", `(memory (export "memory") 2) ${passOn("(unreachable)")}`);
  await using flow = await TestHost.create(await programOf(fileFlow({ type: "trap" }), trap));
  const trapsSeen = () => {
    const { stepsJson } = flow.host.observe(0, 500, [...modules, trap]);
    return (JSON.parse(stepsJson) as TracedStepDocument[]).filter((step) => step.trap !== undefined).length;
  };
  flow.feed(1);
  expect(flow.host.stats().condition).toBe("restarting");
  expect(trapsSeen()).toBe(0);
  flow.feed(2);
  expect(trapsSeen()).toBe(1);

  flow.feed(3, 4, 5);
  expect(flow.host.stats().condition).toBe("broken");
  flow.nowMs += 500;
  flow.feed(6);
  expect(trapsSeen()).toBe(1);
  flow.nowMs += 1_000;
  flow.feed(7);
  expect(trapsSeen()).toBe(2);
});

test("what nobody came back to is given up, and the modules are asked for again", async () => {
  await using flow = await TestHost.create(doubling);
  flow.host.observe(0, 500, modules);
  flow.nowMs += 100_000;
  flow.host.tick(1n);
  expect(flow.host.observe(0, 500, undefined).isSampled).toBe(false);
});
