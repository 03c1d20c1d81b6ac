import type { TagQuality, TagValue } from "@flowfusion/proto";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { TagSet, waitingBytesMax } from "./tag-set.ts";
import { valueBytesMax } from "./tag-writer.ts";

let nowMs: number;
let isFull: boolean;
let dropped: number;
let written: [tag: string, quality: TagQuality, value: TagValue][];
beforeEach(() => {
  nowMs = 1_000;
  isFull = false;
  dropped = 0;
  written = [];
});

function setOf(silenceMs: number, tagsMax?: number): TagSet {
  const tags = {
    get isFull() {
      return isFull;
    },
    write: (tag: Uint8Array, _stamp: bigint, quality: TagQuality, value: TagValue) => {
      if (isFull) dropped++;
      else written.push([new TextDecoder().decode(tag), quality, value]);
      return !isFull;
    },
    drop: () => void dropped++,
  };
  const limit = tagsMax === undefined ? {} : { tagsMax };
  return new TagSet({ tags, silenceMs, ...limit, steadyMs: () => nowMs, wallClockNs: () => BigInt(nowMs) });
}

const lengthOf = (value: TagValue) => (typeof value === "string" || value instanceof Uint8Array ? value.length : value);

describe("a tag that is silent", () => {
  test("for the silence time turns bad, once, without a value", () => {
    const set = setOf(100);
    const a = set.add("a")!;
    set.update(a, 1n, 0, 5);
    nowMs += 99;
    expect(set.sweep()).toBe(0);
    nowMs += 1;
    expect([set.sweep(), set.sweep()]).toEqual([1, 0]);
    expect(written).toEqual([
      ["a", 0, 5],
      ["a", 2, null],
    ]);
    expect([set.isSilent(a), set.isAllSilent]).toEqual([true, true]);
  });

  test("or said to be bad by its device counts as bad, with its name, until it is good again", () => {
    const set = setOf(100);
    const [a, b] = [set.add("a")!, set.add("b")!];
    set.update(a, 1n, 2, null);
    set.update(a, 2n, 2, null);
    expect([set.bad, set.firstBad(9)]).toEqual([1, ["a"]]);
    nowMs += 100;
    set.sweep();
    expect([set.bad, set.firstBad(9), set.firstBad(1)]).toEqual([2, ["a", "b"], ["a"]]);
    set.update(a, 3n, 0, 1);
    set.update(b, 3n, 1, 1);
    expect([set.bad, set.firstBad(9)]).toEqual([0, []]);
  });

  test("is not so any more with its next update, and may be again", () => {
    const set = setOf(100);
    const a = set.add("a")!;
    nowMs += 100;
    set.sweep();
    set.update(a, 1n, 0, 1);
    expect(set.isAllSilent).toBe(false);
    nowMs += 100;
    expect(set.sweep()).toBe(1);
    expect(written.map(([, quality]) => quality)).toEqual([2, 0, 2]);
  });

  test("waits for room to say so", () => {
    const set = setOf(100);
    set.add("a");
    nowMs += 100;
    isFull = true;
    expect([set.sweep(), set.isAllSilent]).toEqual([0, false]);
    isFull = false;
    expect([set.sweep(), set.isAllSilent]).toEqual([1, true]);
  });

  test("is left so by a device that vouches for the others", () => {
    const set = setOf(100);
    const [a, b] = [set.add("a")!, set.add("b")!];
    nowMs += 60;
    set.update(b, 1n, 0, 1);
    nowMs += 60;
    set.sweep();
    set.allHeard();
    nowMs += 99;
    expect(set.sweep()).toBe(0);
    expect([set.isSilent(a), set.isSilent(b)]).toEqual([true, false]);
  });

  test("is so at once when the device says that it is gone", () => {
    const set = setOf(Number.POSITIVE_INFINITY);
    const tags = ["a", "b", "c"].map((name) => set.add(name)!);
    set.silenceAll([tags[1]!]);
    expect(written).toEqual([["b", 2, null]]);
    set.silenceAll();
    expect(written.map(([tag]) => tag)).toEqual(["b", "a", "c"]);
  });
});

describe("an update that finds no room", () => {
  test.each(["update", "sweep"] as const)("is made up for by the next %s that finds some, once", (next) => {
    const set = setOf(100);
    const [a, b] = [set.add("a")!, set.add("b")!];
    set.update(a, 1n, 0, false);
    isFull = true;
    set.update(a, 2n, 0, true);
    set.sweep();
    isFull = false;
    written = [];
    for (let i = 0; i < 2; i++) {
      if (next === "sweep") set.sweep();
      else set.update(b, 3n, 0, 1);
    }
    expect(written.filter(([tag]) => tag === "a")).toEqual([["a", 0, true]]);
  });

  test("gives way to a later one of its tag, whatever they say", () => {
    const set = setOf(100);
    const a = set.add("a")!;
    set.update(a, 1n, 0, 1);
    isFull = true;
    set.update(a, 2n, 2, null);
    set.update(a, 3n, 0, 2);
    isFull = false;
    set.sweep();
    expect(written).toEqual([
      ["a", 0, 1],
      ["a", 0, 2],
    ]);
    isFull = true;
    set.update(a, 4n, 0, 3);
    isFull = false;
    set.update(a, 5n, 0, 1);
    set.sweep();
    expect(written.slice(2)).toEqual([["a", 0, 1]]);
  });

  test("counts as dropped only when a later one takes its place", () => {
    const set = setOf(100);
    const [a, b] = [set.add("a")!, set.add("b")!];
    isFull = true;
    set.update(a, 1n, 0, 1);
    set.update(b, 1n, 0, 1);
    set.sweep();
    expect(dropped).toBe(0);
    set.update(a, 2n, 0, 2);
    expect(dropped).toBe(1);
    isFull = false;
    set.sweep();
    expect([dropped, written]).toEqual([
      1,
      [
        ["b", 0, 1],
        ["a", 0, 2],
      ],
    ]);
  });

  test("counts as dropped, once, when the driver ends and there is none still, as does what comes after", () => {
    const set = setOf(100);
    const [a, b] = [set.add("a")!, set.add("b")!];
    isFull = true;
    set.update(a, 1n, 0, 1);
    set.update(b, 1n, 0, 1);
    for (let i = 0; i < 2; i++) set.end();
    expect(dropped).toBe(2);
    set.update(a, 2n, 0, 2);
    nowMs += 100;
    set.sweep();
    expect([dropped, written]).toEqual([3, []]);
  });

  test.each<[string, (bytes: number) => string | Uint8Array]>([
    ["text", (bytes) => "x".repeat(bytes)],
    ["byte string", (bytes) => Buffer.alloc(bytes, 1)],
  ])(
    "waits without its value where the %ss that wait already are too long together, and the next ones do not",
    (_, long) => {
      const set = setOf(Number.POSITIVE_INFINITY);
      const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => set.add(name)!) as [number, number, number, number];
      isFull = true;
      for (const tag of [a, b]) set.update(tag, 1n, 0, long(waitingBytesMax / 2));
      set.update(c, 1n, 0, long(1));
      set.update(d, 1n, 0, true);
      expect([dropped, set.firstBad(9)]).toEqual([1, ["c"]]);
      set.update(a, 2n, 0, 1);
      set.update(c, 2n, 0, long(2));
      expect([dropped, set.firstBad(9)]).toEqual([3, []]);
      isFull = false;
      set.sweep();
      expect(written.map(([tag, quality, value]) => [tag, quality, lengthOf(value)])).toEqual([
        ["b", 0, waitingBytesMax / 2],
        ["d", 0, true],
        ["a", 0, 1],
        ["c", 0, 2],
      ]);
      // All of it is room again.
      [isFull, written] = [true, []];
      for (const tag of [a, b]) set.update(tag, 3n, 0, long(waitingBytesMax / 2));
      set.update(c, 3n, 0, long(1));
      isFull = false;
      set.sweep();
      expect(written.map(([tag, quality]) => [tag, quality])).toEqual([
        ["a", 0],
        ["b", 0],
        ["c", 2],
      ]);
    },
  );

  test("waits as it would be written where it is too long for that, and keeps no room from others", () => {
    const set = setOf(Number.POSITIVE_INFINITY);
    const [a, b, c] = ["a", "b", "c"].map((name) => set.add(name)!) as [number, number, number];
    isFull = true;
    set.update(a, 1n, 0, "x".repeat(valueBytesMax + 1));
    for (const tag of [b, c]) set.update(tag, 1n, 0, "x".repeat(waitingBytesMax / 2));
    isFull = false;
    set.sweep();
    expect(dropped).toBe(0);
    expect(written.map(([tag, quality, value]) => [tag, quality, lengthOf(value)])).toEqual([
      ["a", 2, null],
      ["b", 0, waitingBytesMax / 2],
      ["c", 0, waitingBytesMax / 2],
    ]);
  });

  test("leaves the gateway's view as the device's, whenever there is room and whenever not", () => {
    const step = fc.oneof(
      fc.constantFrom("sweep" as const, "full" as const, "room" as const),
      fc.nat({ max: 60 }),
      fc.record({ tag: fc.nat({ max: 2 }), quality: fc.constantFrom<TagQuality>(0, 2), value: fc.nat({ max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        [isFull, written] = [false, []];
        const set = setOf(100);
        const names = ["a", "b", "c"];
        const told = new Map(names.map((name) => [set.add(name)!, { atMs: nowMs, state: undefined as unknown }]));
        for (const one of steps) {
          if (one === "sweep") set.sweep();
          else if (one === "full" || one === "room") isFull = one === "full";
          else if (typeof one === "number") nowMs += one;
          else {
            told.set(one.tag, { atMs: nowMs, state: [names[one.tag], one.quality, one.value] });
            set.update(one.tag, 1n, one.quality, one.value);
          }
        }
        isFull = false;
        set.sweep();
        for (const [tag, { atMs, state }] of told) {
          const expected = nowMs - atMs >= 100 ? [names[tag], 2, null] : state;
          expect(written.findLast(([name]) => name === names[tag])).toEqual(expected);
        }
      }),
    );
  });
});

test("names are known again, and there are no more than allowed", () => {
  const set = setOf(100, 2);
  expect(["a", "b", "a", "c"].map((name) => set.add(name))).toEqual([0, 1, 0, undefined]);
});

test("the count of silent tags is that of the tags that are", () => {
  const step = fc.oneof(fc.constant("sweep" as const), fc.nat({ max: 60 }), fc.record({ heard: fc.nat({ max: 3 }) }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const set = setOf(100);
      const tags = ["a", "b", "c", "d"].map((name) => set.add(name)!);
      for (const one of steps) {
        if (one === "sweep") set.sweep();
        else if (typeof one === "number") nowMs += one;
        else set.heard(one.heard);
        expect(set.isAllSilent).toBe(tags.every((tag) => set.isSilent(tag)));
      }
    }),
  );
});
