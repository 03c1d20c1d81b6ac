// What a node does to its own flow must not touch another, and costs its own flow no more than the message at fault.

import { parseFlowName } from "@flowfusion/graph";
import type { TagUpdate } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chain, numbered, programOf, Receiver, TestPlane, type TestProgram, upTo } from "./testkit/test-plane.ts";
import { hostileNode, lyingRealloc, misdeeds, poison, poisonOf } from "./testkit/wat-nodes.ts";

let receiver: Receiver;
let plane: TestPlane;
let hostile: TestProgram;
const bad = parseFlowName("bad");

beforeAll(async () => {
  receiver = await Receiver.start();
  plane = await TestPlane.start();
  await plane.deploy("healthy", await programOf(chain(receiver.address, {})));
  hostile = await programOf(chain(receiver.address, { evil: { type: "hostile" } }), hostileNode);
});

beforeEach(() => receiver.clear());
afterEach(() => plane.plane.remove(bad));

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const withValue = (value: number): TagUpdate => ({ tag: "n", timestampNs: 1n, quality: 0, value });

async function expectHealthyToGet(values: readonly number[]): Promise<void> {
  await eventually(() => expect(receiver.valuesFrom("healthy")).toEqual(values));
}

describe("beside a healthy flow", () => {
  test.each(misdeeds)("a node that $title loses that message alone, and its neighbour none", async (misdeed) => {
    const value = poisonOf(misdeed);
    await plane.deploy("bad", hostile);
    await plane.push([...numbered(10), withValue(value), ...numbered(10, 10)]);
    await plane.push(numbered(10, 20));
    await eventually(() => expect(receiver.valuesFrom("bad")).toEqual(upTo(30)));
    await expectHealthyToGet([...upTo(10), value, ...upTo(20, 10)]);
    const { lastTrap, ...stats } = await plane.stats("bad");
    const node = "evil";
    expect(lastTrap).toMatchObject({ node, cause: expect.stringMatching(misdeed.cause) });
    expect(stats).toMatchObject({ messagesIn: 31, messagesOut: 30, traps: 1, deadLetters: 1, restarts: 1 });
    expect(stats.nodes.filter(({ traps }) => traps > 0)).toMatchObject([{ node, traps: 1 }]);
    expect(await plane.stats("healthy")).toMatchObject({ condition: "running", traps: 0 });
  });

  test("a node whose cabi_realloc lies loses only the messages that it lies about", async () => {
    const program = await programOf(chain(receiver.address, { liar: { type: "lying_realloc" } }), lyingRealloc);
    await plane.deploy("bad", program);
    const long = { ...withValue(7), tag: "a tag of more than forty bytes minus a header" };
    await plane.push([withValue(1), long, withValue(2)]);
    await eventually(() => expect(receiver.valuesFrom("bad")).toEqual([1, 2]));
    await expectHealthyToGet([1, 7, 2]);
    expect((await plane.stats("bad")).lastTrap).toMatchObject({ node: "liar", cause: "trap" });
  });

  test("a flow that traps on every message is laid to rest, and its neighbour loses nothing", async () => {
    await plane.deploy("bad", hostile);
    const batch = Array.from({ length: 100 }, () => withValue(poison));
    for (let count = 0; count < 50; count++) await plane.push(batch);
    const stats = await plane.untilIn("bad", 5000);
    await expectHealthyToGet(Array(5000).fill(poison));
    expect(stats).toMatchObject({ condition: "broken", messagesOut: 0 });
    expect(stats.deadLetters).toBe(stats.traps);
    expect(stats.deadLetters + stats.droppedByBreaker).toBe(5000);
    expect(stats.traps).toBeLessThan(50);
  });

  test("a flow at rest gets another try, and runs on when that goes well", async () => {
    await plane.deploy("bad", hostile);
    await plane.push(Array.from({ length: 20 }, () => withValue(poison)));
    expect(await plane.untilIn("bad", 20)).toMatchObject({ condition: "broken", droppedByBreaker: 15 });
    let pushed = 0;
    await eventually(async () => {
      await plane.push(numbered(1, pushed++));
      expect((await plane.stats("bad")).condition).toBe("running");
    });
    const received = receiver.valuesFrom("bad").length;
    await plane.push(numbered(5, 100));
    await eventually(() => expect(receiver.valuesFrom("bad").slice(-5)).toEqual(upTo(5, 100)));
    expect(received).toBeLessThanOrEqual(pushed);
    const { messagesIn, messagesOut, deadLetters, droppedByBreaker } = await plane.stats("bad");
    expect(messagesIn).toBe(messagesOut + deadLetters + droppedByBreaker);
  });

  test("a version that is well takes over from one at rest at once", async () => {
    await plane.deploy("bad", hostile);
    await plane.push(Array.from({ length: 20 }, () => withValue(poison)));
    expect(await plane.untilIn("bad", 20)).toMatchObject({ condition: "broken" });
    await plane.deploy("bad", await programOf(chain(receiver.address, {})));
    await plane.push(numbered(3));
    await eventually(() => expect(receiver.valuesFrom("bad")).toEqual(upTo(3)));
    expect((await plane.stats("bad")).condition).toBe("running");
  });
});
