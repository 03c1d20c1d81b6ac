import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeJournal, encodeRecord, journalHeader } from "./records.ts";

const entries = Array.from({ length: 5 }, (_, id) => ({ id, text: `entry ${id} °C` }));
const records = entries.map(encodeRecord);
const whole = Buffer.concat([journalHeader, ...records]);
/** Where each record ends. */
const ends = records.map((_, index) => Buffer.concat([journalHeader, ...records.slice(0, index + 1)]).length);

describe("a journal's file", () => {
  test("gives back what was put in", () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (given) => {
        const { entries: found, damage } = decodeJournal(Buffer.concat([journalHeader, ...given.map(encodeRecord)]));
        expect({ found, damage }).toEqual({
          found: given.map((one) => JSON.parse(JSON.stringify(one))),
          damage: undefined,
        });
      }),
    );
  });

  test("gives the entries before a torn end, wherever it is cut", () => {
    for (let length = journalHeader.length; length <= whole.length; length++) {
      const { entries: found, damage } = decodeJournal<unknown>(whole.subarray(0, length));
      const before = ends.filter((end) => end <= length).length;
      expect(found).toEqual(entries.slice(0, before));
      expect(damage === undefined).toBe([journalHeader.length, ...ends].includes(length));
    }
  });

  test("never gives an entry that is not as it was written, whichever bit is flipped, and says that some are damaged", () => {
    const written = new Set(entries.map((entry) => JSON.stringify(entry)));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = Buffer.from(whole);
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      const { entries: found, damage } = decodeJournal<object>(bytes);
      expect(damage).toBeDefined();
      expect(found.filter((entry) => !written.has(JSON.stringify(entry)))).toEqual([]);
    }
  });

  test("finds the entries behind one that was damaged", () => {
    const bytes = Buffer.from(whole);
    bytes[ends[1]! - 3]! ^= 0xff;
    const { entries: found, damage } = decodeJournal(bytes);
    expect(found).toEqual(entries.filter(({ id }) => id !== 1));
    expect(damage).toBe("1 entries are damaged");
  });

  test("of anything else gives nothing, and says so", () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("{}"), Buffer.from("FFJRNL\0\x02rest", "latin1")]) {
      expect(decodeJournal(bytes)).toEqual({ entries: [], damage: "it does not begin as a journal does" });
    }
  });
});
