// The way to the gateway, over real sockets: batches, back-pressure, the end.

import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TagWriter, valueBytesMax } from "./tag-writer.ts";
import { startReceiver } from "./testkit/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const a = bytes("a");

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

function writerTo(
  push: string,
  options: { updatesMax?: number; batchMs?: number; queueBytesMax?: number } = {},
): TagWriter {
  const writer = new TagWriter({ push, source: "it", ...options });
  cleanup.defer(async () => void (await writer.close(0)));
  return writer;
}

describe("updates", () => {
  test("arrive whole and in order, whatever the batches", async () => {
    const gateway = cleanup.use(await startReceiver());
    const writer = writerTo(gateway.address, { updatesMax: 7 });
    for (let n = 0; n < 1000; n++) expect(writer.write(a, BigInt(n), 0, BigInt(n))).toBe(true);
    await eventually(() => expect(gateway.updates).toHaveLength(1000));
    expect(gateway.updates.map(({ value }) => value)).toEqual(Array.from({ length: 1000 }, (_, n) => BigInt(n)));
    expect(writer.stats()).toEqual({ updates: 1000, bad: 0, dropped: 0 });
  });

  test("do not wait for a batch to fill", async () => {
    const gateway = cleanup.use(await startReceiver());
    writerTo(gateway.address).write(a, 1n, 2, null);
    await eventually(() => expect(gateway.last("a")).toMatchObject({ quality: 2, value: null }));
  });

  test("that are too long to pass are bad, and the others are not", async () => {
    const gateway = cleanup.use(await startReceiver());
    const writer = writerTo(gateway.address);
    writer.write(a, 1n, 0, "x".repeat(valueBytesMax + 1));
    writer.write(a, 2n, 0, "ä".repeat(valueBytesMax / 2));
    writer.write(a, 3n, 0, new Uint8Array(valueBytesMax + 1));
    await eventually(() => expect(gateway.updates.map(({ quality }) => quality)).toEqual([2, 0, 2]));
    expect(writer.stats()).toMatchObject({ updates: 3, bad: 2 });
  });
});

test("a gateway that is gone in the middle: each update was handed over, is in doubt, or was left", async () => {
  const gateway = await startReceiver();
  const writer = writerTo(gateway.address, { updatesMax: 3 });
  for (let n = 0; n < 3000; n++) writer.write(a, BigInt(n), 0, BigInt(n));
  await eventually(() => expect(gateway.updates).toHaveLength(3000));
  await gateway[Symbol.asyncDispose]();
  await eventually(() => expect(writer.isConnected).toBe(false));
  for (let n = 0; n < 100; n++) writer.write(a, BigInt(n), 0, BigInt(n));
  expect(await writer.close(10)).toEqual({ unsent: 100, inDoubt: 0 });
});

describe("without a gateway", () => {
  test("what waits is bounded, the rest is dropped and counted, and nothing of what was taken is lost", async () => {
    const gone = await startReceiver();
    await gone[Symbol.asyncDispose]();
    const writer = writerTo(gone.address, { updatesMax: 10, queueBytesMax: 4096 });
    let taken = 0;
    for (let n = 0; n < 1000; n++) if (writer.write(a, BigInt(n), 0, BigInt(n))) taken++;
    expect(writer.isFull).toBe(true);
    expect(writer.stats()).toEqual({ updates: taken, bad: 0, dropped: 1000 - taken });
    const gateway = cleanup.use(await startReceiver(gone.address));
    await writer.drained();
    expect(writer.isFull).toBe(false);
    await eventually(() => expect(gateway.updates).toHaveLength(taken));
    expect(gateway.updates.map(({ value }) => value)).toEqual(Array.from({ length: taken }, (_, n) => BigInt(n)));
  });

  test("nobody waits on when the end has come, and it is told what was left", async () => {
    const writer = writerTo("tcp://127.0.0.1:1", { updatesMax: 1, queueBytesMax: 100 });
    let taken = 0;
    while (writer.write(a, 1n, 0, 1)) taken++;
    const waiting = writer.drained();
    const losses = await writer.close(10);
    await waiting;
    expect(taken).toBeGreaterThan(1);
    expect(losses).toEqual({ unsent: taken, inDoubt: 0 });
  });
});
