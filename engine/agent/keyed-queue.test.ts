import { describe, expect, test } from "vitest";
import { KeyedQueue } from "./keyed-queue.ts";

describe("a keyed queue", () => {
  test("runs the work of one key in order and never two at once, also when some fails", async () => {
    const queue = new KeyedQueue(100);
    const order: number[] = [];
    let running = 0;
    const work = (index: number) => async () => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      order.push(index);
      if (index % 3 === 0) {
        throw new Error(`no ${index}`);
      }
      return index;
    };
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => queue.run("a", work(index))));
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(results.map(({ status }) => status === "rejected")).toEqual(order.map((index) => index % 3 === 0));
  });

  test("runs different keys side by side", async () => {
    const queue = new KeyedQueue(10);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = queue.run("a", () => promise);
    await queue.run("b", async () => resolve());
    await expect(first).resolves.toBeUndefined();
  });

  test("tells when the work is done whose turn it is, whatever waits behind it", async () => {
    const queue = new KeyedQueue(10);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const running = queue.run("a", () => first.promise);
    const waiting = queue.run("a", () => second.promise);
    await new Promise((resolve) => setImmediate(resolve));
    let isDone = false;
    const done = queue.underWay("a").then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    first.reject(new Error("refused"));
    await expect(running).rejects.toThrow("refused");
    await done;
    second.resolve();
    await waiting;
    await queue.underWay("a");
  });

  test("turns away at once what exceeds the bound, and takes work again afterwards", async () => {
    const queue = new KeyedQueue(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const kept = [queue.run("a", () => promise), queue.run("a", () => promise)];
    await expect(queue.run("a", async () => 3)).rejects.toMatchObject({ code: "FF_API_BUSY" });
    resolve();
    await Promise.all(kept);
    expect(await queue.run("a", async () => 4)).toBe(4);
  });
});
