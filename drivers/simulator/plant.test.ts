import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPlant, type Reading } from "./index.ts";

function run(seed: number, tags: number, updates: number) {
  const plant = createPlant({ seed, tags });
  const readings = Array.from({ length: updates }, (_, i) => plant.read(i % tags, i / 1000));
  return { plant, readings };
}

function readingsOf(tag: string, updates: number, seed = 1): Reading[] {
  const plant = createPlant({ seed, tags: 14 });
  const index = plant.tags.indexOf(tag);
  return Array.from({ length: updates }, (_, i) => plant.read(index, i / 10));
}

const numbersOf = (readings: readonly Reading[]) => readings.map((it) => it.value as number);

test("the same seed gives the same readings, another seed gives others", () => {
  expect(run(7, 350, 5000).readings).toEqual(run(7, 350, 5000).readings);
  expect(run(7, 350, 5000).readings).not.toEqual(run(8, 350, 5000).readings);
});

test("a tag's readings do not depend on how many other tags there are", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 50 }), (seed, tags) => {
      const small = createPlant({ seed, tags });
      const large = createPlant({ seed, tags: 100 });
      for (let i = 0; i < 50; i++) expect(small.read(i % tags, i)).toEqual(large.read(i % tags, i));
    }),
  );
});

test("tag names are unique, and there are as many as asked for", () => {
  for (const tags of [1, 7, 350, 10_000]) expect(new Set(createPlant({ seed: 1, tags }).tags).size).toBe(tags);
  expect(createPlant({ seed: 1, tags: 8 }).tags).toEqual([
    "boiler/1/temp",
    "boiler/1/pressure",
    "tank/1/level",
    "pump/1/speed",
    "valve/1/open",
    "line/1/parts",
    "line/1/state",
    "boiler/2/temp",
  ]);
});

describe("signals are plausible", () => {
  test("a boiler's temperature swings around 80 °C and passes 90", () => {
    const values = numbersOf(readingsOf("boiler/1/temp", 2000));
    expect(Math.min(...values)).toBeGreaterThan(64);
    expect(Math.max(...values)).toBeLessThan(96);
    expect(values.some((it) => it > 90)).toBe(true);
    expect(values.some((it) => it < 70)).toBe(true);
  });

  test("a boiler's pressure walks in small steps and stays positive", () => {
    const values = numbersOf(readingsOf("boiler/1/pressure", 100_000));
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(12);
    for (let i = 1; i < values.length; i++) expect(Math.abs(values[i]! - values[i - 1]!)).toBeLessThan(0.25);
  });

  test("a tank's level stays between empty and full", () => {
    const values = numbersOf(readingsOf("tank/1/level", 5000));
    expect(Math.min(...values)).toBeGreaterThan(9);
    expect(Math.max(...values)).toBeLessThan(91);
  });

  test("a line's parts are 64-bit integers that grow by exactly 1 an update", () => {
    const values = readingsOf("line/1/parts", 1000).map((it) => it.value);
    expect(values).toEqual(Array.from({ length: 1000 }, (_, i) => BigInt(i + 1)));
  });

  test("a pump keeps to its set points, a valve to booleans, a line to its states", () => {
    const distinct = (tag: string) => new Set(readingsOf(tag, 5000).map((it) => it.value));
    expect([...distinct("pump/1/speed")].sort()).toEqual([0, 1450, 2200, 2900, 750]);
    expect(distinct("valve/1/open")).toEqual(new Set([true, false]));
    expect([...distinct("line/1/state")].sort()).toEqual(["fault", "idle", "running", "setup"]);
  });

  test("quality is bad or uncertain now and then, and good otherwise", () => {
    const { readings } = run(1, 350, 200_000);
    const share = (quality: number) => readings.filter((it) => it.quality === quality).length / readings.length;
    for (const quality of [1, 2]) {
      expect(share(quality)).toBeGreaterThan(0.001);
      expect(share(quality)).toBeLessThan(0.01);
    }
  });
});
