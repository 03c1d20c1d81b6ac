// A spool that is stopped, killed or loses its power at any moment: what it gives then, and under which numbers.

import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesOf, framesOf, numbered } from "../testkit/messages.ts";
import { numbersIn } from "../testkit/scripted-sink.ts";
import { Spool } from "./spool.ts";

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ff-spool-"));
  folder = path.join(root, "spool");
});

afterEach(() => rm(root, { recursive: true }));

async function openSpool(start: number): Promise<Spool> {
  const onLost = (cause: string, frames: number) => expect([cause, frames]).toEqual([cause, 0]);
  const spool = new Spool({ folder, epoch: String(start).padStart(8, "-"), onLost });
  spool.bytesMax = 64 * 1024 * 1024;
  await spool.recover();
  return spool;
}

const upTo = (count: number, first: number) => Array.from({ length: count }, (_, index) => first + index);

const life = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom("append" as const, "send from memory" as const),
      count: fc.integer({ min: 1, max: 9 }),
      bytes: fc.constantFrom(1, 100, 9_000),
    }),
    fc.record({ do: fc.constant("take" as const), part: fc.constantFrom(0.3, 1, 1) }),
    fc.constant({ do: "read" as const }),
    fc.constant({ do: "settle" as const }),
    fc.constant({ do: "sync" as const }),
    fc.constantFrom({ do: "stop" as const }, { do: "kill" as const }, { do: "cut the power" as const }),
  ),
  { maxLength: 60 },
);

const ending = fc.constantFrom("kill" as const, "cut the power" as const);

test("whenever it is killed, it goes on at what was not taken, as the same; a power cut repeats no more than what came since all was taken", async () => {
  await fc.assert(
    fc.asyncProperty(life, fc.nat(), ending, async (steps, seed, end) => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      let starts = 0;
      let spool = await openSpool(starts);
      const origins = new Map<number, string>();
      const positions: Buffer[] = [];
      /** Of what is in the spool: the first that was not taken, the first since all was taken, and what comes next. */
      let first = 0;
      let floor = 0;
      let next = 0;
      let block: { run: Uint8Array; values: readonly number[]; taken: number } | undefined;
      const read = async () => {
        const got = block ? undefined : await spool.read();
        if (!got) return;
        const values = numbersIn(got.run);
        expect(values).toEqual(upTo(values.length, first));
        for (const [index, value] of values.entries()) {
          const origin = `${got.epoch} ${got.ordinal + index}`;
          expect(origins.get(value) ?? origin).toBe(origin);
          origins.set(value, origin);
        }
        block = { run: got.run, values, taken: 0 };
      };
      const take = async (part: number) => {
        await read();
        if (!block) return;
        block.taken += Math.max(1, Math.floor((block.values.length - block.taken) * part));
        await spool.taken(bytesOf(block.run, block.taken));
        first = block.values[0]! + block.taken;
        if (block.taken === block.values.length) block = undefined;
        positions.push(await readFile(path.join(folder, "position")));
      };
      const add = async (count: number, bytes: number) => {
        if (first === next) floor = first;
        const messages = numbered(count, next).map((one) => ({ ...one, topic: "x".repeat(bytes) }));
        await spool.append(framesOf(messages), count, next);
        next += count;
      };
      const restart = async (how: "stop" | "kill" | "cut the power") => {
        const left = path.join(root, "left");
        if (how !== "stop") await cp(folder, left, { recursive: true });
        await spool.close();
        if (how !== "stop") {
          await rm(folder, { recursive: true });
          await rename(left, folder);
        }
        const older = positions[(seed + starts) % Math.max(1, positions.length)];
        if (how === "cut the power" && older) await writeFile(path.join(folder, "position"), older);
        block = undefined;
        spool = await openSpool(++starts);
        const again = next - spool.frames;
        if (how === "cut the power") expect(again).toBeGreaterThanOrEqual(floor);
        else expect(again).toBe(first);
        expect(again).toBeLessThanOrEqual(first);
        first = again;
      };
      for (const one of steps) {
        if (one.do === "append") await add(one.count, one.bytes);
        else if (one.do === "take") await take(one.part);
        else if (one.do === "read") await read();
        else if (one.do === "settle") await spool.settle();
        else if (one.do === "sync") spool.isSynced = !spool.isSynced;
        else if (one.do === "send from memory") {
          if (first < next) continue;
          await spool.settle();
          const sending = numbered(one.count, next);
          next += one.count;
          if (one.bytes > 1) await add(one.count, one.bytes);
          expect(await spool.prepend(framesOf(sending), one.count, sending[0]!.value as number)).toBe(true);
          floor = first;
        } else await restart(one.do);
      }
      await restart(end);
      while (first < next) await take(1);
      await spool.close();
      expect((await readdir(folder)).filter((name) => name !== "position")).toEqual([]);
    }),
    { numRuns: process.env.FLOWFUSION_TEST_LONG ? 1_000 : 60 },
  );
});
