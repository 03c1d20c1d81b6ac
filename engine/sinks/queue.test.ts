import { eventually } from "@flowfusion/testkit";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { countFrames } from "./frames.ts";
import { SinkQueue } from "./queue.ts";
import type { Sink } from "./sink.ts";
import { framesOf, message, numbered } from "./testkit/messages.ts";
import { append, queueOf } from "./testkit/queues.ts";
import { type Step, scriptedSink } from "./testkit/scripted-sink.ts";

const never: Sink = { send: () => new Promise(() => {}), close: async () => {} };

describe("a sink's queue", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant("fail" as const),
    fc.record({ take: fc.integer({ min: 1, max: 4 }), drop: fc.integer({ min: 0, max: 2 }) }),
  );
  const appends = fc.array(fc.record({ count: fc.integer({ min: 1, max: 6 }), yields: fc.boolean() }), {
    maxLength: 30,
  });

  test("sends every message once and in order, whatever the sink does, and counts each in one place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), appends, async (steps, runs) => {
        const { sink, received, dropped } = scriptedSink(steps);
        const queue = new SinkQueue(sink, { bytesMax: 1e6, retry: { firstMs: 0, mostMs: 0 } });
        let next = 0;
        for (const { count, yields } of runs) {
          append(queue, numbered(count, next));
          next += count;
          if (yields) await new Promise(setImmediate);
        }
        await queue.close(60_000);
        expect(received).toEqual([...received].sort((a, b) => a - b));
        expect(new Set(received).size).toBe(received.length);
        expect(received.length + dropped()).toBe(next);
        expect(queue.stats).toMatchObject({ queuedBytes: 0, sent: received.length });
        expect(queue.stats.dropped.refused ?? 0).toBe(dropped());
      }),
      { numRuns: 60 },
    );
  });

  test("never holds more than its bound, and counts what does not fit", async () => {
    const one = framesOf([message("n", 0)]).length;
    const queue = queueOf(never, 10 * one);
    for (let count = 0; count < 25; count++) {
      append(queue, numbered(1, count));
      expect(queue.stats.queuedBytes).toBeLessThanOrEqual(10 * one);
      if (count === 5) await new Promise(setImmediate);
    }
    expect(queue.stats).toMatchObject({ queuedBytes: 10 * one, sent: 0, dropped: { queue_full: 15 } });
    await queue.close(0);
  });

  test("tells for how long its sink has failed, until something goes through", async () => {
    let isAway = true;
    const queue = queueOf({
      async send({ length }) {
        if (isAway) throw new Error("away");
        return { bytes: length, dropped: {} };
      },
      close: async () => {},
    });
    expect(queue.stats).not.toHaveProperty("failingMs");
    append(queue, numbered(1));
    const first = await eventually(() => {
      expect(queue.stats.failingMs).toBeGreaterThan(0);
      return queue.stats.failingMs!;
    });
    await eventually(() => expect(queue.stats.failingMs).toBeGreaterThan(first));
    isAway = false;
    await eventually(() => expect(queue.stats.sent).toBe(1));
    expect(queue.stats).not.toHaveProperty("failingMs");
    await queue.close(0);
  });

  test("takes again what comes once the sink has made room", async () => {
    const one = framesOf([message("n", 0)]).length;
    const { sink, received } = scriptedSink([]);
    const queue = queueOf(sink, 3 * one);
    append(queue, numbered(3));
    append(queue, numbered(3, 3));
    await eventually(() => expect(queue.stats.queuedBytes).toBe(0));
    append(queue, numbered(3, 6));
    await queue.close(60_000);
    expect(received).toEqual([0, 1, 2, 6, 7, 8]);
    expect(queue.stats).toMatchObject({ sent: 6, dropped: { queue_full: 3 } });
  });

  test("says why the sink fails for as long as it does", async () => {
    const { sink } = scriptedSink(["fail", "fail", "fail"]);
    const queue = queueOf(sink);
    append(queue, numbered(1));
    await eventually(() => expect(queue.stats.lastError).toBe("it failed"));
    await eventually(() => expect(queue.stats.sent).toBe(1));
    expect(queue.stats.lastError).toBeUndefined();
    await queue.close(0);
  });

  test("hands the sink blocks of a bounded size that end at a frame", async () => {
    const sizes: number[] = [];
    let frames = 0;
    const sink: Sink = {
      async send(block) {
        sizes.push(block.length);
        frames += countFrames(block);
        return { bytes: block.length, dropped: {} };
      },
      async close() {},
    };
    const queue = queueOf(sink);
    const large = Array.from({ length: 60 }, (_, index) => message("n", "x".repeat(index * 997)));
    append(queue, large);
    await queue.close(60_000);
    expect(frames).toBe(60);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024 + 60 * 1000);
  });

  test("gives up on a sink that does not answer when it is closed, and counts what was not sent", async () => {
    const queue = queueOf(never);
    append(queue, numbered(4));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    append(queue, numbered(3, 4));
    await queue.close(10);
    append(queue, numbered(2));
    expect(queue.stats).toMatchObject({ queuedBytes: 0, sent: 0, dropped: { not_flushed: 7, closed: 2 } });
  });

  test("gives up in the pause before another try, too", async () => {
    const failing: Sink = { send: () => Promise.reject(new Error("no")), close: async () => {} };
    const queue = new SinkQueue(failing, { bytesMax: 1e6, retry: { firstMs: 1e6, mostMs: 1e6 } });
    append(queue, numbered(2));
    await eventually(() => expect(queue.stats.lastError).toBe("no"));
    await queue.close(10);
    expect(queue.stats.dropped).toEqual({ not_flushed: 2 });
  });

  test("counts what the sink took while it was closed as sent, and only once", async () => {
    const answer = Promise.withResolvers<void>();
    const sink: Sink = {
      send: (frames) => answer.promise.then(() => ({ bytes: frames.length, dropped: {} })),
      close: async () => answer.resolve(),
    };
    const queue = queueOf(sink);
    append(queue, numbered(3));
    await new Promise(setImmediate);
    await queue.close(0);
    await new Promise(setImmediate);
    expect(queue.stats).toMatchObject({ queued: 0, queuedBytes: 0, sent: 3, dropped: {} });
  });

  test("goes on with the sink that replaces one that fails, without loss and in order", async () => {
    const closed = vi.fn(async () => {});
    const queue = queueOf({ send: () => Promise.reject(new Error("no")), close: closed });
    append(queue, numbered(5));
    await eventually(() => expect(queue.stats.lastError).toBe("no"));
    const { sink, received } = scriptedSink([]);
    queue.replace(sink, { diskBytesMax: 0, durability: "memory" });
    append(queue, numbered(5, 5));
    await queue.close(60_000);
    expect(received).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(closed).toHaveBeenCalledOnce();
  });

  test("ends what a sink is sending when it is replaced", async () => {
    const ended = Promise.withResolvers<never>();
    const queue = queueOf({ send: () => ended.promise, close: async () => ended.reject(new Error("closed")) });
    append(queue, numbered(5));
    await new Promise(setImmediate);
    const { sink, received } = scriptedSink([]);
    queue.replace(sink, { diskBytesMax: 0, durability: "memory" });
    await queue.close(60_000);
    expect(received).toEqual([0, 1, 2, 3, 4]);
  });
});
