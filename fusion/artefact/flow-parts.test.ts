import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "../binary/writer.ts";
import { packCommon, unpackParts, writeChanges } from "./flow-parts.ts";

/** Runs of bytes that are equal, or nearly, as those of two flows are. */
const pair = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.option(fc.uint8Array({ maxLength: 12 }))), { maxLength: 12 })
  .map((runs) => {
    const first = runs.flatMap(([bytes]) => [...bytes]);
    const its = runs.flatMap(([bytes, other]) => [...bytes].map((byte, index) => other?.[index] ?? byte));
    return [Uint8Array.from(first), Uint8Array.from(its)] as const;
  });

test("what a flow has of its own is what all share, and its changes", () => {
  fc.assert(
    fc.property(pair, fc.array(pair, { maxLength: 3 }), ([own, itsOwn], statics) => {
      const at = (of: 0 | 1) => statics.map((bytes, index) => ({ address: index * 64, bytes: bytes[of] }));
      const common = packCommon({ own, statics: at(0) });
      const changes = new ByteWriter();
      let offset = 0;
      for (const [first, its] of [[own, itsOwn] as const, ...statics]) {
        writeChanges(changes, offset, first, its);
        offset += first.length;
      }
      expect(unpackParts({ common, changes: changes.written })).toEqual({ own: itsOwn, statics: at(1) });
      expect(unpackParts({ common, changes: new Uint8Array(0) })).toEqual({ own, statics: at(0) });
    }),
  );
});

test("changes are as short as what differs", () => {
  const first = new Uint8Array(1_000);
  const its = first.slice();
  its.set([1, 2, 3], 400);
  its.set([4], 999);
  const changes = new ByteWriter();
  writeChanges(changes, 5_000, first, its);
  expect(changes.length).toBe(3 + 3 + 1 + 3);
});
