import { decodeTagUpdateBatch, encodeTagUpdateBatch, splitRecording, type TagUpdate } from "@flowfusion/proto";
import { expect, test } from "vitest";
import { BatchRing } from "./batch-ring.ts";
import { selectUpdates } from "./select.ts";

const update = (tag: string, value: number): TagUpdate => ({ tag, timestampNs: BigInt(value), quality: 0, value });

/** Batches of three tags: `a/temp` 0, `b/temp` 1, `a/valve` 2, `a/temp` 3 and so on. */
function recordingOf(batches: number): Uint8Array {
  const ring = new BatchRing(1024 * 1024);
  for (let index = 0; index < batches; index++) {
    const updates = ["a/temp", "b/temp", "a/valve"].map((tag, place) => update(tag, index * 3 + place));
    ring.record(encodeTagUpdateBatch({ source: "plc", updates }));
  }
  return ring.snapshot();
}

const updatesOf = (recording: Uint8Array): TagUpdate[] =>
  splitRecording(recording).flatMap((batch) => decodeTagUpdateBatch(batch).updates);

const valuesOf = (recording: Uint8Array) => updatesOf(recording).map(({ value }) => value);

test("all of a recording is the recording", async () => {
  const recording = recordingOf(5);
  expect(await selectUpdates(recording, { updatesMax: 1_000 })).toEqual({ recording, updates: 15 });
});

test.each([
  ["the newest of all tags, from the middle of a batch on", undefined, 4, [11, 12, 13, 14]],
  ["one tag", ["a/valve"], 1_000, [2, 5, 8, 11, 14]],
  ["a pattern", ["+/temp"], 3, [10, 12, 13]],
  ["two patterns, a tag that both match once", ["a/#", "+/valve"], 4, [9, 11, 12, 14]],
  ["a tag that was not recorded", ["c"], 1_000, []],
  ["no updates", undefined, 0, []],
])("selects %s", async (_, tags, updatesMax, values) => {
  const selected = await selectUpdates(recordingOf(5), { ...(tags && { tags }), updatesMax });
  expect(valuesOf(selected.recording)).toEqual(values);
  expect(selected.updates).toBe(values.length);
});

test("an empty recording has nothing to select", async () => {
  expect(await selectUpdates(new Uint8Array(), { updatesMax: 10 })).toEqual({
    recording: new Uint8Array(),
    updates: 0,
  });
});
