// One writer and one reader of a ring, in one thread and in two: what is written is read, whole, once and in order,
// wherever the ring's end and the end of the numbers lie.

import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRing, RingReader, RingWriter } from "./frame-ring.ts";

const recordOf = (number: number) => ({
  slot: number % 7,
  epoch: number % 3,
  frames: number + 1,
  policy: number % 2 === 0 ? ("block" as const) : ("drop" as const),
  arrivedMs: number / 8,
});

/** Bytes that tell which record they are of. */
const bytesOf = (number: number, words: number) => new Uint8Array(new Uint32Array(words * 2).fill(number).buffer);

function readAll(reader: RingReader, bytesMax: number) {
  const records: { number: number; bytes: number }[] = [];
  reader.read(bytesMax, (record, memory, start, bytes) => {
    const number = record.frames - 1;
    expect({ ...record }).toEqual(recordOf(number));
    expect(memory.slice(start, start + bytes)).toEqual(bytesOf(number, bytes / 8));
    records.push({ number, bytes });
  });
  return records;
}

describe("a ring", () => {
  test.each([0, 2 ** 31 - 512, 2 ** 32 - 1024])(
    "gives what was written, once and in order, from position %i on",
    (at) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant("read" as const))), (steps) => {
          const shared = createRing(1024);
          new Int32Array(shared).fill(at | 0, 0, 2);
          const writer = new RingWriter(shared);
          const reader = new RingReader(shared);
          const written: { number: number; bytes: number }[] = [];
          const read: { number: number; bytes: number }[] = [];
          for (const step of steps) {
            if (step === "read") read.push(...readAll(reader, 300));
            else {
              const bytes = bytesOf(written.length, step);
              if (writer.write(bytes, 0, bytes.length, recordOf(written.length))) {
                written.push({ number: written.length, bytes: bytes.length });
              } else expect(writer.used).toBeGreaterThan(0);
            }
          }
          while (!reader.isEmpty) read.push(...readAll(reader, 300));
          expect(read).toEqual(written);
        }),
      );
    },
  );

  test("takes a record of half its size whenever it is empty, wherever it stands", () => {
    const shared = createRing(1024);
    const writer = new RingWriter(shared);
    const reader = new RingReader(shared);
    for (let number = 0; number < 300; number++) {
      const bytes = bytesOf(number, number % 3 === 0 ? 60 : number % 50);
      expect(writer.write(bytes, 0, bytes.length, recordOf(number))).toBe(true);
      expect(readAll(reader, Number.POSITIVE_INFINITY)).toHaveLength(1);
    }
  });

  test("tells a writer that finds no room whether its reader goes on", () => {
    const shared = createRing(1024);
    const writer = new RingWriter(shared);
    const reader = new RingReader(shared);
    const bytes = bytesOf(0, 60);
    expect(writer.write(bytes, 0, bytes.length, recordOf(0))).toBe(true);
    expect(writer.isReaderGoingOn).toBe(true);
    reader.read(
      1024,
      () => {},
      () => false,
    );
    expect(writer.isReaderGoingOn).toBe(false);
    reader.read(1, () => {});
    expect(writer.isReaderGoingOn).toBe(true);

    expect(writer.write(bytes, 0, bytes.length, recordOf(1))).toBe(true);
    writer.waitForRoom();
    expect(writer.isReaderGoingOn).toBe(false);
    reader.read(1024, () => {});
    expect(writer.isReaderGoingOn).toBe(true);
  });

  test("between two threads loses and reorders nothing, with both of them waiting for each other", async () => {
    const total = 50_000;
    const shared = createRing(4096);
    const reader = new RingReader(shared);
    const script = `
      const { workerData } = require("node:worker_threads");
      import(workerData.module).then(({ RingWriter }) => {
        const writer = new RingWriter(workerData.shared);
        for (let number = 0; number < ${total}; number++) {
          const bytes = new Uint8Array(new Uint32Array((number % 40) * 2).fill(number).buffer);
          const record = { slot: number % 7, epoch: number % 3, frames: number + 1,
            policy: number % 2 === 0 ? "block" : "drop", arrivedMs: number / 8 };
          while (!writer.write(bytes, 0, bytes.length, record)) writer.waitForRoom();
          if (number % 5 === 0) writer.ring();
        }
        writer.ring();
      });`;
    const module = new URL("./frame-ring.ts", import.meta.url).href;
    const worker = new Worker(script, { eval: true, workerData: { shared, module } });
    const failed = new Promise<never>((_, reject) => worker.once("error", reject));
    let next = 0;
    while (next < total) {
      await Promise.race([reader.untilWritten(), failed]);
      reader.read(2048, (record) => {
        if (record.frames !== next + 1) throw new Error(`record ${record.frames - 1} came in place of ${next}`);
        next++;
      });
    }
    await worker.terminate();
    expect(reader.isEmpty).toBe(true);
  });
});
