import { TagBatchEncoder } from "@flowfusion/proto";
import { describe, expect, test } from "vitest";
import { batchMissing, Receipts } from "./receipts.ts";

const tag = new TextEncoder().encode("a");

/** Batches of a session, numbered from 1 on. */
function batchesOf(session: bigint, count: number): Uint8Array[] {
  const encoder = new TagBatchEncoder("it");
  encoder.beginSession(session);
  return Array.from({ length: count }, () => {
    encoder.add(tag, 1n, 0, 1);
    const batch = encoder.finish().slice();
    encoder.begin();
    return batch;
  });
}

describe("a session that was asked for", () => {
  test("is followed from then on, batch by batch, and no other is", () => {
    const receipts = new Receipts();
    expect(receipts.last(1n)).toBe(0);
    for (const batch of [...batchesOf(1n, 3), ...batchesOf(2n, 5)]) receipts.note(batch);
    expect([receipts.last(1n), receipts.last(2n)]).toEqual([3, 0]);
  });

  test("is broken for good once a batch is missing", () => {
    const receipts = new Receipts();
    receipts.last(1n);
    const [first, , third, fourth] = batchesOf(1n, 4);
    receipts.note(first!);
    receipts.note(third!);
    expect(receipts.last(1n)).toBe(batchMissing);
    receipts.note(fourth!);
    expect(receipts.last(1n)).toBe(batchMissing);
  });

  test("is not forgotten while it is asked for, however many others come", () => {
    const receipts = new Receipts();
    receipts.last(1n);
    for (const batch of batchesOf(1n, 3)) receipts.note(batch);
    for (let session = 2n; session < 3_000n; session++) {
      receipts.last(session);
      if (session % 500n === 0n) expect(receipts.last(1n)).toBe(3);
    }
    expect(receipts.last(1n)).toBe(3);
  });

  test("is forgotten when a thousand others came after it", () => {
    const receipts = new Receipts();
    receipts.last(1n);
    const [first, second] = batchesOf(1n, 2);
    receipts.note(first!);
    for (let other = 2n; other < 1100n; other++) receipts.last(other);
    receipts.note(second!);
    expect(receipts.last(1n)).toBe(0);
  });
});

test("batches without a receipt, and what only looks like one, count for nobody", () => {
  const receipts = new Receipts();
  receipts.last(1n);
  const plain = new TagBatchEncoder("it");
  plain.add(tag, 1n, 0, 1);
  for (const batch of [plain.finish(), new Uint8Array(0), new Uint8Array(17), batchesOf(1n, 1)[0]!.subarray(1, -1)]) {
    receipts.note(batch);
  }
  expect(receipts.last(1n)).toBe(0);
});
