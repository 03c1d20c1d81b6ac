// The queue with a spool: what waits on disk, and in which order it leaves.

import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "@flowfusion/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SinkQueue, type StoragePolicy } from "./queue.ts";
import type { Origin, Sink } from "./sink.ts";
import { framesOf, message, numbered } from "./testkit/messages.ts";
import { always, append, onOverflow, spooledQueueOf } from "./testkit/queues.ts";
import { numbersIn, type Step, scriptedSink } from "./testkit/scripted-sink.ts";

const mebibyte = 1024 * 1024;

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ff-spooled-"));
  folder = path.join(root, "spool");
});

afterEach(() => rm(root, { recursive: true, force: true }));

const start = (sink: Sink, storage: StoragePolicy, bytesMax?: number) =>
  spooledQueueOf(sink, folder, storage, bytesMax);
const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
/** Of a message of `numbered`. */
const frameBytes = framesOf(numbered(1)).length;
/** Takes nothing until it is let go. `taking` resolves once it has something in its hands. */
function heldSink() {
  const { sink, received } = scriptedSink([]);
  const held = Promise.withResolvers<void>();
  const taking = Promise.withResolvers<void>();
  const send: Sink["send"] = async (...args) => {
    taking.resolve();
    await held.promise;
    return sink.send(...args);
  };
  return { sink: { ...sink, send }, received, taking: taking.promise, letGo: held.resolve };
}
const failing = (): Sink => ({ send: () => Promise.reject(new Error("away")), close: async () => {} });

describe("a queue with a spool", () => {
  test("touches no disk while the sink keeps up", async () => {
    const { sink, received } = scriptedSink([]);
    const queue = start(sink, onOverflow);
    for (let first = 0; first < 100; first += 10) {
      append(queue, numbered(10, first));
      await eventually(() => expect(queue.stats.queued).toBe(0));
    }
    expect(received).toEqual(upTo(100));
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
    await queue.close(0);
  });

  test.each([
    [always, false],
    [onOverflow, true],
  ])("says whether what came outlives a kill, as far as that was asked for: %o", async (storage, isAtOnce) => {
    const queue = start(failing(), storage);
    expect(queue.whenKept()()).toBe(true);
    append(queue, numbered(100));
    const isKept = queue.whenKept();
    expect(isKept()).toBe(isAtOnce);
    await eventually(() => expect(isKept()).toBe(true));
    await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan(100 * 40));
    await queue.close(0);
  });

  test("says so of what the sink took, where the disk takes nothing", async () => {
    await writeFile(folder, "in the way");
    const { sink, received } = scriptedSink([]);
    const queue = start(sink, always);
    append(queue, numbered(100));
    await eventually(() => expect(queue.whenKept()()).toBe(true));
    expect(received).toEqual(upTo(100));
    await queue.close(0);
  });

  test("does not say so of what is sent from memory, though what came after it is on the disk, which failed once", async () => {
    await writeFile(folder, "in the way");
    const { sink, taking, letGo } = heldSink();
    const queue = new SinkQueue(sink, { bytesMax: mebibyte, storage: always, spoolFolder: folder, isSpoolEmpty: true });
    append(queue, numbered(10));
    const isKept = queue.whenKept();
    await taking;
    expect(queue.stats).toMatchObject({ queued: 10, diskBytes: 0 });
    await rm(folder);
    let appended = 10;
    await eventually(() => {
      append(queue, numbered(10, appended));
      appended += 10;
      expect(queue.stats.diskBytes).toBeGreaterThan(10 * frameBytes);
    });
    expect(isKept()).toBe(false);
    letGo();
    await eventually(() => expect([isKept(), queue.stats.sent]).toEqual([true, appended]));
    await queue.close(0);
  });

  test("keeps what waits at its end although the sink cannot be closed", async () => {
    const close = () => Promise.reject(new Error("EIO"));
    const queue = start({ ...failing(), close }, onOverflow);
    append(queue, numbered(10));
    await eventually(() => expect(queue.stats.failingMs).toBeDefined());
    append(queue, numbered(10, 10));
    await queue.close(0);
    const { sink, received } = scriptedSink([]);
    const next = start(sink, onOverflow);
    await eventually(() => expect(received).toEqual(upTo(20)));
    await next.close(0);
  });

  test("is given up although the disk does not give up its files", async () => {
    const queue = new SinkQueue(failing(), { bytesMax: mebibyte, storage: always, spoolFolder: "/dev/null/spool" });
    append(queue, numbered(10));
    await queue.discard(0);
    expect(queue.stats).toMatchObject({ queued: 0, dropped: { not_flushed: 10 } });
  });

  test("takes what waits to disk when the sink fails, so that an outage needs no memory", async () => {
    const queue = start(failing(), onOverflow);
    append(queue, numbered(1_000));
    await eventually(() => expect(queue.stats).toMatchObject({ queued: 1_000, diskBytes: expect.any(Number) }));
    append(queue, numbered(1_000, 1_000));
    await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan(2_000 * 40));
    const { sink, received } = scriptedSink([]);
    queue.replace(sink, onOverflow);
    const atRest = { queued: 0, queuedBytes: 0, diskBytes: 0, sent: 2_000, dropped: {} };
    await eventually(() => expect(queue.stats).toMatchObject(atRest));
    expect(received).toEqual(upTo(2_000));
    await queue.close(0);
  });

  test("gives up no more than a sixteenth of the disk at once, however much comes at once", async () => {
    const diskBytesMax = mebibyte;
    const keptLeast = (diskBytesMax * 7) / 8 / frameBytes;
    const queue = start(failing(), { diskBytesMax, durability: "written" });
    let appended = 0;
    for (const count of [60_000, 20_000]) {
      append(queue, numbered(count, appended));
      appended += count;
      await eventually(() => expect(queue.stats.queuedBytes).toBeLessThan(mebibyte / 8));
      const { queued, dropped, diskBytes } = queue.stats;
      expect(queued + dropped.evicted!).toBe(appended);
      expect(queued).toBeGreaterThan(keptLeast);
      expect(diskBytes).toBeLessThanOrEqual(diskBytesMax);
    }
    await queue.close(0);
    const { sink, received } = scriptedSink([]);
    const next = start(sink, always);
    await eventually(() => expect(next.stats.sent).toBeGreaterThan(keptLeast));
    await eventually(() => expect(next.stats.queued).toBe(0));
    expect(received).toEqual(upTo(received.length, appended - received.length));
    await next.close(0);
  });

  test("gives up no more than a sixteenth of the disk at once of what was in memory when the sink failed", async () => {
    const diskBytesMax = mebibyte;
    const atFirst = Math.floor((diskBytesMax * 7) / 8 / frameBytes);
    const queue = start(failing(), { diskBytesMax, durability: "memory" });
    append(queue, numbered(atFirst));
    await eventually(() => expect(queue.stats.queuedBytes).toBeLessThan(diskBytesMax / 8));
    expect(queue.stats).toMatchObject({ queued: atFirst, dropped: {} });
    const later = Math.floor(diskBytesMax / 4 / frameBytes);
    append(queue, numbered(later, atFirst));
    await eventually(() => expect(sum(queue.stats.dropped)).toBeGreaterThan(0));
    const { sink, received } = scriptedSink([]);
    queue.replace(sink, { diskBytesMax, durability: "memory" });
    await eventually(() => expect(queue.stats.queued).toBe(0));
    const { sent, dropped } = queue.stats;
    const all = atFirst + later;
    expect(dropped).toEqual({ evicted: all - sent });
    expect(sent).toBeGreaterThan((diskBytesMax * 7) / 8 / frameBytes);
    expect(received).toHaveLength(sent);
    // The oldest are gone, but for those that the sink may have had in its hands.
    const newest = sent - Math.ceil(diskBytesMax / 16 / frameBytes);
    expect(received.slice(-newest)).toEqual(upTo(newest, all - newest));
    expect(received).toEqual([...new Set(received)].toSorted((a, b) => a - b));
    await queue.close(0);
  });

  test("keeps the newest of what is in memory where the disk cannot take all of it", async () => {
    const diskBytesMax = mebibyte;
    const appended = Math.floor((diskBytesMax * 3) / 2 / frameBytes);
    const queue = start(failing(), { diskBytesMax, durability: "memory" });
    append(queue, numbered(appended));
    await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan((diskBytesMax * 7) / 8));
    expect(queue.stats).toMatchObject({ queued: appended, dropped: {} });
    await queue.close(0);
    const { queued, dropped } = queue.stats;
    expect(queued + sum(dropped)).toBe(appended);
    const { sink, received } = scriptedSink([]);
    const next = start(sink, onOverflow);
    await eventually(() => expect(next.stats.sent).toBe(queued));
    expect(received).toEqual(upTo(queued, appended - queued));
    await next.close(0);
  });

  test("takes what comes to disk from half full on, also where the sink has most of it in its hands", async () => {
    const { sink, received, taking, letGo } = heldSink();
    const queue = start(sink, onOverflow, 1_000 * frameBytes);
    append(queue, numbered(600));
    await taking;
    for (let first = 600; first < 3_000; first += 100) {
      append(queue, numbered(100, first));
      await eventually(() => expect(queue.stats.queuedBytes).toBe(600 * frameBytes));
    }
    letGo();
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 3_000, queued: 0, dropped: {} }));
    expect(received).toEqual(upTo(3_000));
    await queue.close(0);
  });

  test("puts what it sends from memory before what it wrote meanwhile, also where it had kept up over the disk", async () => {
    const { sink } = scriptedSink([]);
    const queue = start(sink, always, 1_000 * frameBytes);
    append(queue, numbered(10));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 10, queued: 0 }));
    await queue.whenIdle();
    const asked = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<never>();
    const away: Sink = {
      async send() {
        asked.resolve();
        return refused.promise;
      },
      close: async () => {},
    };
    queue.replace(away, onOverflow);
    append(queue, numbered(300, 10));
    await asked.promise;
    append(queue, numbered(400, 310));
    await eventually(() => expect(queue.stats.queuedBytes).toBe(300 * frameBytes));
    refused.reject(new Error("away"));
    await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan(700 * frameBytes));
    await queue.close(0);
    const { sink: back, received } = scriptedSink([]);
    const next = start(back, always);
    await eventually(() => expect(received).toEqual(upTo(700, 10)));
    await next.close(0);
  });

  test("has what may wait wait for the disk when memory is about to be full, and not for a disk that fails", async () => {
    for (const [spoolFolder, isWaitedFor] of [
      [folder, true],
      ["/dev/null/spool", false],
    ] as const) {
      const { sink, taking } = heldSink();
      const holds: Promise<void>[] = [];
      const options = { bytesMax: 1_000 * frameBytes, storage: onOverflow, spoolFolder };
      const queue = new SinkQueue(sink, { ...options, onHold: (over) => void holds.push(over) });
      append(queue, numbered(100));
      await taking;
      append(queue, numbered(640, 100));
      expect(holds).toEqual([]);
      append(queue, numbered(20, 740));
      append(queue, numbered(20, 760));
      expect(holds).toHaveLength(isWaitedFor ? 1 : 0);
      await Promise.all(holds);
      expect(queue.stats.queuedBytes).toBe((isWaitedFor ? 100 : 780) * frameBytes);
      await queue.discard(0);
    }
  });

  test("keeps over a restart what could not be sent, and sends it before what is new", async () => {
    const before = start(failing(), onOverflow);
    append(before, numbered(500));
    await before.close(20);
    expect(before.stats).toMatchObject({ queued: 500, queuedBytes: 0, sent: 0, dropped: {} });
    const { sink, received } = scriptedSink([]);
    const queue = start(sink, onOverflow);
    append(queue, numbered(500, 500));
    await eventually(() => expect(queue.stats).toMatchObject({ recovered: 500, sent: 1_000, queued: 0 }));
    expect(received).toEqual(upTo(1_000));
    await queue.close(0);
  });

  test("does not wait at its end for a sink that fails, since it keeps what it has", async () => {
    const queue = start(failing(), onOverflow);
    append(queue, numbered(10));
    await eventually(() => expect(queue.stats.lastError).toBe("away"));
    await queue.close(2 ** 31 - 1);
    expect(queue.stats).toMatchObject({ queued: 10, dropped: {} });
  });

  test("sends what an earlier start left without waiting for a new message", async () => {
    const before = start(failing(), onOverflow);
    append(before, numbered(3));
    await before.close(20);
    const { sink, received } = scriptedSink([]);
    const queue = start(sink, onOverflow);
    await eventually(() => expect(received).toEqual(upTo(3)));
    await queue.close(0);
  });

  test("tells a message by the same origin at each try, also after a restart, and no two by the same", async () => {
    const seen = new Map<string, Set<number>>();
    const note = (frames: Uint8Array, { epoch, ordinal }: Origin) => {
      numbersIn(frames).forEach((value, index) => {
        const key = `${epoch} ${ordinal + index}`;
        seen.set(key, (seen.get(key) ?? new Set()).add(value));
      });
    };
    let next = 0;
    let sent = 0;
    for (let round = 0; round < 4; round++) {
      let calls = 0;
      const sink: Sink = {
        async send(frames, origin) {
          note(frames, origin);
          if (++calls % 2 === 1 || round === 1) throw new Error("no");
          return { bytes: frames.length, dropped: {} };
        },
        close: async () => {},
      };
      const queue = start(sink, round % 2 === 0 ? onOverflow : always);
      for (let run = 0; run < 5; run++) {
        append(queue, numbered(7, next));
        next += 7;
        await new Promise(setImmediate);
      }
      if (round !== 1) await eventually(() => expect(sent + queue.stats.sent).toBe(next));
      await queue.close(20);
      sent += queue.stats.sent;
    }
    const values = [...seen.values()];
    expect(values.every(({ size }) => size === 1)).toBe(true);
    expect(values.flatMap((set) => [...set]).sort((a, b) => a - b)).toEqual(upTo(next));
  });

  test("deletes its files when it is discarded, and counts what was in them", async () => {
    const queue = start(failing(), onOverflow);
    append(queue, numbered(100));
    await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan(0));
    await queue.discard(0);
    expect(queue.stats).toMatchObject({ queued: 0, dropped: { not_flushed: 100 } });
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  test("goes on in memory while the disk takes nothing, says so, and loses nothing once it does", async () => {
    await writeFile(folder, "not a folder");
    const queue = start(failing(), onOverflow);
    append(queue, numbered(100));
    await eventually(() => expect(queue.stats.lastError).toMatch(/away|the disk failed: ENOTDIR/));
    const { sink, received } = scriptedSink([]);
    queue.replace(sink, onOverflow);
    append(queue, numbered(100, 100));
    await eventually(() => expect(received).toEqual(upTo(200)));
    await queue.close(0);
    expect(queue.stats).toMatchObject({ sent: 200, queued: 0, dropped: {} });
  });

  test("says that the disk fails for as long as what an earlier start left there is out of reach, whatever is sent meanwhile", async () => {
    const before = start(failing(), onOverflow);
    append(before, numbered(100));
    await before.close(20);
    await rename(folder, `${folder}-away`);
    await writeFile(folder, "not a folder");
    const { sink, received } = scriptedSink([]);
    const queue = start(sink, onOverflow);
    append(queue, numbered(100, 100));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 100, queued: 0 }));
    expect(queue.stats.lastError).toMatch(/the disk failed: ENOTDIR/);
    await rm(folder);
    await rename(`${folder}-away`, folder);
    append(queue, numbered(100, 200));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 300, recovered: 100, queued: 0 }));
    expect(queue.stats.lastError).toBeUndefined();
    expect(received.toSorted((a, b) => a - b)).toEqual(upTo(300));
    await queue.close(0);
  });

  test("gives back a disk that is so full that it takes no note of what the sink took", async () => {
    await mkdir(folder);
    await symlink("/dev/full", path.join(folder, "position"));
    const { sink, received } = scriptedSink(["fail"]);
    const queue = start(sink, onOverflow);
    append(queue, numbered(10_000));
    await eventually(() => expect(received).toEqual(upTo(10_000)));
    await eventually(async () => expect(await readdir(folder)).toEqual(["position"]));
    expect(queue.stats).toMatchObject({ queued: 0, sent: 10_000, diskBytes: 0 });
    expect(queue.stats.failingMs).toBeUndefined();
    await queue.close(0);
  });
});

test("at three times what a sink can take, in = sent + dropped + queued holds at any time", async () => {
  let isHeldUp = true;
  let received = 0;
  let last = -1;
  const slow: Sink = {
    async send(frames) {
      await new Promise((resolve) => setTimeout(resolve, isHeldUp ? 2 : 0));
      const values = numbersIn(frames).slice(0, 100);
      received += values.length;
      expect(values[0]).toBeGreaterThan(last);
      last = values.at(-1)!;
      return { bytes: framesOf(values.map((value) => message("n".repeat(900), value))).length, dropped: {} };
    },
    close: async () => {},
  };
  const queue = start(slow, { diskBytesMax: 2 * mebibyte, durability: "memory" }, 2 * mebibyte);
  let appended = 0;
  const isEvicting = () => (queue.stats.dropped.evicted ?? 0) > 0;
  for (let round = 0; round < 60 || !isEvicting(); round++) {
    append(
      queue,
      upTo(300, appended).map((value) => message("n".repeat(900), value)),
    );
    appended += 300;
    await new Promise((resolve) => setTimeout(resolve, 2));
    const { sent, dropped, queued } = queue.stats;
    expect(sent + sum(dropped) + queued).toBe(appended);
  }
  isHeldUp = false;
  await eventually(() => expect(queue.stats.queued).toBe(0));
  const { sent, dropped } = queue.stats;
  expect({ sent, received, total: sent + sum(dropped) }).toEqual({ sent: received, received, total: appended });
  await queue.close(0);
});

test("whatever the sink does, over restarts: each message is sent once, in order, and counted in one place", async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant("fail" as const),
    fc.record({ take: fc.integer({ min: 1, max: 6 }), drop: fc.integer({ min: 0, max: 2 }) }),
  );
  const run = fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    followedBy: fc.constantFrom(
      "go on" as const,
      "turn" as const,
      "wait" as const,
      "restart" as const,
      "replace" as const,
    ),
  });
  const policy = fc.constantFrom(onOverflow, always);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(run, { maxLength: 30 }),
      policy,
      async (steps, runs, storage) => {
        await rm(folder, { recursive: true, force: true });
        const { sink, received, dropped } = scriptedSink(steps);
        let queue = start(sink, storage);
        let sent = 0;
        let next = 0;
        for (const { count, followedBy } of runs) {
          append(queue, numbered(count, next));
          next += count;
          if (followedBy === "turn") await new Promise(setImmediate);
          else if (followedBy === "wait") await new Promise((resolve) => setTimeout(resolve, 2));
          else if (followedBy === "replace") queue.replace(sink, storage);
          else if (followedBy === "restart") {
            await queue.close(0);
            sent += queue.stats.sent;
            queue = start(sink, storage);
          }
        }
        await eventually(() => expect(received.length + dropped()).toBeGreaterThanOrEqual(next));
        await queue.close(0);
        sent += queue.stats.sent;
        expect(received).toEqual([...new Set(received)].sort((a, b) => a - b));
        expect(received.length + dropped()).toBe(next);
        expect({ sent, queued: queue.stats.queued }).toEqual({ sent: received.length, queued: 0 });
      },
    ),
    { numRuns: 40 },
  );
});
