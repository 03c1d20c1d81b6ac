import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "@flowfusion/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bytesOf, framesOf, message, numbered } from "../testkit/messages.ts";
import { numbersIn } from "../testkit/scripted-sink.ts";
import { recordHeaderBytes, segmentHeaderBytes } from "./record.ts";
import { Spool } from "./spool.ts";

let root: string;
let folder: string;
const opened: Spool[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ff-spool-"));
  folder = path.join(root, "spool");
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((spool) => spool.close()));
  await rm(root, { recursive: true });
});

const mebibyte = 1024 * 1024;

interface Lost {
  evicted: number;
  damaged: number;
}

async function openSpool(
  bytesMax = 64 * mebibyte,
  epoch = "epoch--1",
  isEmpty = false,
): Promise<{ spool: Spool; lost: Lost }> {
  const lost: Lost = { evicted: 0, damaged: 0 };
  const spool = new Spool({
    folder,
    ...{ epoch, isEmpty },
    onLost: (cause, frames) => {
      lost[cause] += frames;
    },
  });
  spool.bytesMax = bytesMax;
  opened.push(spool);
  await spool.recover();
  return { spool, lost };
}

/** Appends messages that are as large as told, numbered from `first`. */
async function append(spool: Spool, count: number, first = 0, bytes = 0): Promise<void> {
  const messages =
    bytes === 0 ? numbered(count, first) : numbered(count, first).map((one) => ({ ...one, topic: "x".repeat(bytes) }));
  await spool.append(framesOf(messages), count, first);
}

async function readAll(spool: Spool): Promise<number[]> {
  const values: number[] = [];
  for (let block = await spool.read(); block; block = await spool.read()) {
    values.push(...numbersIn(block.run));
    await spool.taken(block.run.length);
  }
  return values;
}

const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);
const segments = async () => (await readdir(folder)).filter((name) => name.endsWith(".seg")).sort();
const bytesOfOne = framesOf(numbered(1)).length;

describe("a spool", () => {
  test("gives back what was written, in order, and leaves no file of what was taken for long", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const { spool } = await openSpool();
      for (let first = 0; first < 1_000; first += 100) await append(spool, 100, first);
      expect(spool.frames).toBe(1_000);
      expect(await readAll(spool)).toEqual(upTo(1_000));
      expect({ frames: spool.frames, bytes: spool.bytes }).toEqual({ frames: 0, bytes: 0 });
      vi.advanceTimersByTime(25_000);
      await append(spool, 1, 1_000);
      vi.advanceTimersByTime(25_000);
      expect(await readAll(spool)).toEqual([1_000]);
      expect(await segments()).toHaveLength(1);
      vi.advanceTimersByTime(30_000);
    } finally {
      vi.useRealTimers();
    }
    await eventually(async () => expect(await readdir(folder)).toEqual(["position"]));
  });

  test("leaves no file of what was taken at its end", async () => {
    const { spool } = await openSpool();
    await append(spool, 10);
    expect(await readAll(spool)).toEqual(upTo(10));
    await spool.close();
    expect(await readdir(folder)).toEqual(["position"]);
  });

  test("writes many blocks of a sink that keeps up to one file, and begins another before it is large", async () => {
    const { spool } = await openSpool();
    const files = new Set<string>();
    for (let first = 0; first < 400; first++) {
      await append(spool, 1, first, 1_000);
      expect(await readAll(spool)).toEqual([first]);
      const names = await segments();
      for (const name of names) {
        files.add(name);
        expect((await stat(path.join(folder, name))).size).toBeLessThan(66 * 1024);
      }
      expect(names.length).toBeLessThan(2);
    }
    expect(files.size).toBeGreaterThan(5);
    expect(files.size).toBeLessThan(9);
  });

  test("does not read back what it has just written", async () => {
    const { spool, lost } = await openSpool();
    await append(spool, 3);
    await truncate(path.join(folder, (await segments())[0]!), 0);
    expect(await readAll(spool)).toEqual(upTo(3));
    expect(lost.damaged).toBe(0);
  });

  test("keeps no file of what was taken where its bytes are needed", async () => {
    const { spool, lost } = await openSpool(40 * 1024);
    await append(spool, 1, 0, 14_000);
    expect(await readAll(spool)).toEqual([0]);
    await append(spool, 1, 1, 30_000);
    expect({ lost, files: (await segments()).length }).toEqual({ lost: { evicted: 0, damaged: 0 }, files: 1 });
    expect(await readAll(spool)).toEqual([1]);
  });

  test("keeps no file of what was taken where the disk takes no note of that", async () => {
    await mkdir(folder);
    await symlink("/dev/full", path.join(folder, "position"));
    const { spool } = await openSpool();
    await append(spool, 1);
    const { run } = (await spool.read())!;
    await expect(spool.taken(run.length)).rejects.toThrow("ENOSPC");
    expect(await segments()).toEqual([]);
  });

  test("begins another file where names are synced from now on", async () => {
    const { spool } = await openSpool();
    await append(spool, 1);
    spool.isSynced = true;
    await append(spool, 1, 1);
    await append(spool, 1, 2);
    expect(await segments()).toHaveLength(2);
    expect(await readAll(spool)).toEqual(upTo(3));
    spool.isSynced = false;
    await append(spool, 1, 3);
    expect(await readAll(spool)).toEqual([3]);
    expect(await segments()).toHaveLength(1);
  });

  test("gives again, where a power cut took what was noted, no more than what came since all was taken", async () => {
    const { spool: before } = await openSpool();
    await append(before, 2);
    const position = await readFile(path.join(folder, "position"));
    for (let first = 2; first < 20; first += 2) {
      expect(await readAll(before)).toEqual(upTo(2, first - 2));
      await append(before, 2, first);
    }
    await append(before, 3, 20);
    expect(await readAll(before)).toEqual(upTo(5, 18));
    const cut = path.join(root, "cut");
    await cp(folder, cut, { recursive: true });
    await before.close();
    await rm(folder, { recursive: true });
    await cp(cut, folder, { recursive: true });
    await writeFile(path.join(folder, "position"), position);
    const { spool } = await openSpool(64 * mebibyte, "epoch--2");
    expect(spool.frames).toBe(5);
    expect(await spool.read()).toMatchObject({ frames: 5, ordinal: 18, epoch: "epoch--1" });
  });

  test("touches no file before there is something to write", async () => {
    await openSpool();
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  test("is not looked at where it is known to be empty", async () => {
    const { spool } = await openSpool();
    await append(spool, 3);
    await spool.close();
    const { spool: again } = await openSpool(mebibyte, "epoch--2", true);
    expect(again.frames).toBe(0);
  });

  test("reads many small records at once, and tells where they count from", async () => {
    const { spool } = await openSpool();
    for (let index = 0; index < 50; index++) await append(spool, 1, index);
    // What was sent from memory meanwhile leaves a gap in the count.
    await append(spool, 1, 70);
    expect(await spool.read()).toMatchObject({ frames: 50, ordinal: 0, epoch: "epoch--1" });
    expect(await spool.read()).toMatchObject({ frames: 1, ordinal: 70 });
  });

  test("keeps a message that is larger than a block", async () => {
    const { spool } = await openSpool();
    const large = framesOf([message("large", "x".repeat(3 * mebibyte)), ...numbered(1)]);
    await spool.append(large, 2, 0);
    const first = (await spool.read())!;
    const second = (await spool.read())!;
    expect(Buffer.concat([first.run, second.run]).equals(large)).toBe(true);
  });

  test("goes on after a restart where it was, with the epoch and the numbers of before", async () => {
    const { spool: before } = await openSpool();
    await append(before, 100);
    const block = (await before.read())!;
    await before.taken((block.run.length / 100) * 30);
    await before.close();
    const { spool, lost } = await openSpool(64 * mebibyte, "epoch--2");
    await append(spool, 10, 0);
    expect(spool.frames).toBe(80);
    const rest = (await spool.read())!;
    expect(rest).toMatchObject({ frames: 70, ordinal: 30, epoch: "epoch--1" });
    expect(numbersIn(rest.run)).toEqual(upTo(70, 30));
    await spool.taken(rest.run.length);
    expect(await spool.read()).toMatchObject({ frames: 10, ordinal: 0, epoch: "epoch--2" });
    expect(lost).toEqual({ evicted: 0, damaged: 0 });
  });

  test("gives again after a restart what was taken while the disk took no note of it, as the same", async () => {
    const { spool: before } = await openSpool();
    await append(before, 100);
    const noted = path.join(root, "noted");
    await cp(folder, noted, { recursive: true });
    expect(await readAll(before)).toEqual(upTo(100));
    await before.close();
    await rm(folder, { recursive: true });
    await cp(noted, folder, { recursive: true });
    const { spool } = await openSpool(64 * mebibyte, "epoch--2");
    expect(await spool.read()).toMatchObject({ frames: 100, ordinal: 0, epoch: "epoch--1" });
  });

  test("does not take what is written after a restart for what was taken before it", async () => {
    for (let start = 0; start < 3; start++) {
      const { spool } = await openSpool();
      await append(spool, 5);
      expect(await readAll(spool)).toEqual(upTo(5));
      await append(spool, 5);
      await spool.close();
      const { spool: next } = await openSpool();
      expect(await readAll(next)).toEqual(upTo(5));
      await next.close();
    }
  });

  test("puts before all others what is prepended, also for a restart", async () => {
    const { spool } = await openSpool();
    await append(spool, 5, 5);
    expect(await spool.prepend(framesOf(numbered(5)), 5, 0)).toBe(true);
    await spool.close();
    const { spool: next } = await openSpool();
    expect(await readAll(next)).toEqual(upTo(10));
  });

  test("puts one before the other as often as there is room, also behind what was taken before", async () => {
    const { spool } = await openSpool();
    await append(spool, 1, 100);
    expect(await readAll(spool)).toEqual([100]);
    await spool.settle();
    await append(spool, 1, 32);
    for (let number = 31; number >= 0; number--) {
      expect(await spool.prepend(framesOf(numbered(1, number)), 1, number)).toBe(true);
    }
    expect(await spool.prepend(framesOf(numbered(1)), 1, 0)).toBe(false);
    await spool.close();
    const { spool: next } = await openSpool();
    expect(await readAll(next)).toEqual(upTo(33));
  });

  test("puts nothing before what stands behind what was taken, where a restart would take it for taken", async () => {
    const { spool } = await openSpool();
    await append(spool, 1);
    expect(await readAll(spool)).toEqual([0]);
    await append(spool, 1, 2);
    expect(await spool.prepend(framesOf(numbered(1, 1)), 1, 1)).toBe(false);
  });

  test("drops the oldest where there is no room, counts it exactly, and stays within its bound", async () => {
    const { spool, lost } = await openSpool(2 * mebibyte);
    for (let first = 0; first < 400; first++) {
      await append(spool, 10, first * 10, 1_000);
      expect(spool.bytes).toBeLessThanOrEqual(2 * mebibyte);
    }
    expect(lost.evicted).toBeGreaterThan(0);
    expect(spool.frames + lost.evicted).toBe(4_000);
    expect(await readAll(spool)).toEqual(upTo(4_000 - lost.evicted, lost.evicted));
  });

  test("does not count as evicted what a sink has in its hands", async () => {
    const { spool, lost } = await openSpool(2 * mebibyte);
    await append(spool, 200, 0, 1_000);
    const held = (await spool.read())!;
    for (let first = 200; first < 4_000; first += 100) await append(spool, 100, first, 1_000);
    expect(spool.hasOutstanding).toBe(false);
    await spool.taken(held.run.length);
    expect(held.frames + lost.evicted + spool.frames).toBe(4_000);
    expect((await readAll(spool)).at(-1)).toBe(3_999);
  });

  test("refuses a run that is larger than its bound, counted", async () => {
    const { spool, lost } = await openSpool(mebibyte);
    await spool.append(framesOf([message("large", "x".repeat(2 * mebibyte))]), 1, 0);
    expect({ lost, frames: spool.frames }).toEqual({ lost: { evicted: 1, damaged: 0 }, frames: 0 });
  });
});

test("keeps over a restart what is put before all others after the disk was too full for some of them", async (context) => {
  await mkdir(folder);
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (mount.status !== 0) context.skip("no file system can be mounted here");
  try {
    const { spool } = await openSpool(4 * mebibyte);
    await append(spool, 10);
    const { run } = (await spool.read())!;
    const large = framesOf([message("large", "x".repeat(2 * mebibyte))]);
    await expect(spool.append(large, 1, 20)).rejects.toThrow("ENOSPC");
    await spool.taken(run.length);
    await spool.settle();
    expect(await spool.prepend(framesOf(numbered(5, 10)), 5, 10)).toBe(true);
    await spool.close();
    const { spool: next } = await openSpool();
    expect(await readAll(next)).toEqual(upTo(5, 10));
    await next.close();
  } finally {
    spawnSync("umount", ["--lazy", folder]);
  }
});

describe("a spool whose file was cut or damaged", () => {
  const recordBytes = recordHeaderBytes + bytesOfOne;

  async function written(): Promise<string> {
    const { spool } = await openSpool();
    for (let index = 0; index < 10; index++) await append(spool, 1, index);
    await spool.close();
    return path.join(folder, (await segments())[0]!);
  }

  test("gives every message whose record is whole, wherever the file was cut", async () => {
    const file = await written();
    const whole = await readFile(file);
    for (let bytes = 0; bytes < whole.length; bytes += 13) {
      await writeFile(file, whole);
      await truncate(file, bytes);
      const { spool, lost } = await openSpool();
      const wholeRecords = Math.max(0, Math.floor((bytes - segmentHeaderBytes) / recordBytes));
      expect([bytes, await readAll(spool), lost.damaged]).toEqual([bytes, upTo(wholeRecords), 0]);
      await spool.close();
      await rm(path.join(folder, "position"), { force: true });
    }
  });

  test("skips a record whose frames were changed, counts them, and gives the others", async () => {
    const file = await written();
    await flip(file, segmentHeaderBytes + 3 * recordBytes + recordHeaderBytes + 9);
    const { spool, lost } = await openSpool();
    expect(await readAll(spool)).toEqual(upTo(10).filter((value) => value !== 3));
    expect(lost).toEqual({ evicted: 0, damaged: 1 });
  });

  test("stops at a record whose header was changed, and never gives what is damaged", async () => {
    const whole = await readFile(await written());
    const file = path.join(folder, (await segments())[0]!);
    for (
      let at = segmentHeaderBytes + 2 * recordBytes;
      at < segmentHeaderBytes + 2 * recordBytes + recordHeaderBytes;
      at++
    ) {
      await writeFile(file, whole);
      await flip(file, at);
      const { spool, lost } = await openSpool();
      expect([at, await readAll(spool), lost.damaged]).toEqual([at, upTo(2), 1]);
      await spool.close();
      await rm(path.join(folder, "position"), { force: true });
    }
  });

  test("ignores a position that was cut or damaged, and goes on with the one before", async () => {
    const { spool: before } = await openSpool();
    await append(before, 10);
    const block = (await before.read())!;
    await before.taken((block.run.length / 10) * 2);
    await before.taken((block.run.length / 10) * 5);
    await before.close();
    // The newest slot is the second write's.
    await flip(path.join(folder, "position"), 8);
    const { spool } = await openSpool();
    expect(await readAll(spool)).toEqual(upTo(8, 2));
  });

  test("fails while its folder is a file, and adds nothing", async () => {
    await writeFile(folder, "");
    const { spool } = await openSpool().catch(() => ({ spool: undefined }));
    expect(spool).toBeUndefined();
    await rm(folder);
    const { spool: next } = await openSpool();
    await append(next, 3);
    expect(await readAll(next)).toEqual(upTo(3));
  });
});

test("whatever is written, taken, and restarted in between: each message comes once, in order, unless evicted", async () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 40 }),
      bytes: fc.integer({ min: 1, max: 4_000 }),
    }),
    fc.record({ do: fc.constant("take" as const), part: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
    fc.record({ do: fc.constant("restart" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, mebibytes) => {
      await rm(folder, { recursive: true, force: true });
      let { spool, lost } = await openSpool(mebibytes * mebibyte);
      let evicted = 0;
      let next = 0;
      let held: { run: Uint8Array; taken: number } | undefined;
      const received: number[] = [];
      const take = async (part: number) => {
        const block = held ?? (await spool.read());
        if (!block) return;
        const values = numbersIn(block.run);
        const alreadyTaken = held?.taken ?? 0;
        const count = Math.max(1, Math.floor((values.length - alreadyTaken) * part));
        received.push(...values.slice(alreadyTaken, alreadyTaken + count));
        const taken = alreadyTaken + count;
        await spool.taken(bytesOf(block.run, taken));
        held = taken === values.length ? undefined : { run: block.run, taken };
      };
      for (const one of steps) {
        if (one.do === "append") {
          await append(spool, one.count, next, one.bytes);
          next += one.count;
        } else if (one.do === "take") await take(one.part);
        else {
          // What was evicted from under the reader is lost with the restart.
          if (held && !spool.hasOutstanding) evicted += numbersIn(held.run).length - held.taken;
          held = undefined;
          evicted += lost.evicted;
          await spool.close();
          ({ spool, lost } = await openSpool(mebibytes * mebibyte));
        }
      }
      while (held || spool.frames > 0) await take(1);
      await spool.close();
      expect(received).toEqual([...new Set(received)].sort((a, b) => a - b));
      expect(received.length + evicted + lost.evicted).toBe(next);
      expect(lost.damaged).toBe(0);
    }),
    { numRuns: 25 },
  );
});

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0]! ^= 0x40;
  await handle.write(byte, 0, 1, at);
  await handle.close();
}
