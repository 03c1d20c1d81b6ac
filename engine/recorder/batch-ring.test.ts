import { recordingPrefixBytes, splitRecording } from "@flowfusion/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BatchRing } from "./batch-ring.ts";

const batch = (length: number, fill = 1) => new Uint8Array(length).fill(fill);

describe("the ring of recorded batches", () => {
  test("gives whole batches, the newest ones, in order, whatever their sizes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (lengths) => {
        const ring = new BatchRing(512);
        const all = lengths.map((length, index) => batch(length, index % 251));
        for (const one of all) ring.record(one);
        const kept = splitRecording(ring.snapshot());
        const fitting = all.filter(({ length }) => length + recordingPrefixBytes <= 64);
        expect(kept).toEqual(fitting.slice(fitting.length - kept.length));
        expect(ring.stats).toMatchObject({ batches: kept.length, skipped: all.length - fitting.length });
        expect(ring.stats.bytes).toBeLessThanOrEqual(512);
        // Seven of the eight chunks are always full, but for what the next batch did not fit into.
        if (kept.length < fitting.length) expect(ring.stats.bytes).toBeGreaterThan((7 * 512) / 8 - 7 * 64);
      }),
    );
  });

  test("takes no memory before there is something to record", () => {
    expect(new BatchRing(8 * 1024 * 1024).stats).toEqual({
      bytes: 0,
      bytesMax: 8 * 1024 * 1024,
      batches: 0,
      skipped: 0,
    });
  });

  test("of no bytes records nothing and counts what it skipped", () => {
    const ring = new BatchRing(0);
    ring.record(batch(3));
    expect(ring.snapshot()).toEqual(new Uint8Array());
    expect(ring.stats.skipped).toBe(1);
  });

  test("gives a recording that later batches do not change", () => {
    const ring = new BatchRing(64);
    ring.record(batch(2, 7));
    const recording = ring.snapshot();
    for (let index = 0; index < 100; index++) ring.record(batch(3, 9));
    expect(splitRecording(recording)).toEqual([batch(2, 7)]);
  });
});
