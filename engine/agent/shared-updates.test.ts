import { getEventListeners } from "node:events";
import { queryObjects } from "node:v8";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { startTestGateway } from "../testkit/test-gateway.ts";
import { SharedUpdates } from "./shared-updates.ts";

test("updates are made for all who follow together, and for nobody when nobody follows", async () => {
  let made = 0;
  const updates = new SharedUpdates(async () => ++made, 5);
  const [first, second] = [new AbortController(), new AbortController()];
  const took = async (signal: AbortSignal, count: number) => {
    const values: number[] = [];
    for await (const { value } of updates.follow(signal)) {
      values.push(value);
      if (values.length === count) return values;
    }
    return values;
  };
  const [a, b] = await Promise.all([took(first.signal, 3), took(second.signal, 3)]);
  expect(a).toEqual([1, 2, 3]);
  expect(b.every((value) => value <= made)).toBe(true);
  expect(updates.followers).toBe(0);
  const before = made;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(made).toBe(before);
});

test("who is slow gets the newest, not all that was missed", async () => {
  let made = 0;
  const updates = new SharedUpdates(async () => ++made, 1);
  const values: number[] = [];
  for await (const { value } of updates.follow(new AbortController().signal)) {
    values.push(value);
    if (values.length === 2) break;
    await eventually(() => expect(made).toBeGreaterThan(10));
  }
  expect(values[0]).toBe(1);
  expect(values[1]).toBeGreaterThan(10);
});

test("who follows for long holds on to nothing of the updates that were", async () => {
  const takenMax = 500;
  let made = 0;
  const updates = new SharedUpdates(async () => ++made, 0);
  const leaving = new AbortController();
  const held: number[] = [];
  let taken = 0;
  for await (const _update of updates.follow(leaving.signal)) {
    taken++;
    if (taken === 10 || taken === takenMax) held.push(queryObjects(Promise, { format: "count" }));
    if (taken === takenMax) break;
  }
  expect(held).toHaveLength(2);
  // Others in the process hold some too.
  expect(held[1]! - held[0]!).toBeLessThan(takenMax / 2);
  expect(getEventListeners(leaving.signal, "abort")).toEqual([]);
});

test("what goes wrong ends all who follow, and who comes later begins anew", async () => {
  let made = 0;
  const updates = new SharedUpdates(async () => {
    if (++made === 2) throw new Error("gone");
    return made;
  }, 1);
  const follow = async () => {
    for await (const _update of updates.follow(new AbortController().signal));
  };
  await expect(Promise.allSettled([follow(), follow()])).resolves.toMatchObject([
    { status: "rejected", reason: { message: "gone" } },
    { status: "rejected", reason: { message: "gone" } },
  ]);
  const { value } = await updates.follow(new AbortController().signal).next();
  expect(value).toMatchObject({ value: 3 });
});

test("a gateway asks its data plane for rates only while somebody follows them", async () => {
  await using peer = await startTestGateway();
  const pulses = () => peer.dataPlane.calls.filter((call) => call === "pulse").length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(pulses()).toBe(0);
  const left = new AbortController();
  const response = await peer.request("GET", "/v1/live", { signal: left.signal });
  await response.body!.getReader().read();
  await eventually(() => expect(pulses()).toBeGreaterThan(0));
  left.abort();
  await eventually(async () => {
    const before = pulses();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(pulses()).toBe(before);
  });
});
