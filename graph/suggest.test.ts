import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestName } from "./suggest.ts";

const known = ["filter", "file", "fan_out", "switch", "in", "a"];

test.each([
  ["filtre", "filter"],
  ["fliter", "filter"],
  ["filte", "filter"],
  ["swich", "switch"],
  ["swiitch", "switch"],
  ["fanout", "fan_out"],
  ["im", "in"],
  ["b", undefined],
  ["gateway", undefined],
  ["", undefined],
])("for %j the nearest name is %j", (given, nearest) => {
  expect(nearestName(given, known)).toBe(nearest);
});

test.each([
  ["degC", "°C"],
  ["deg F", "°F"],
  ["℃", "°C"],
  ["m³/h", "m3/h"],
  ["M3/H", "m3/h"],
  ["PSI", "psi"],
  ["Nm", "N.m"],
  ["N·m", "N.m"],
  ["\u03bcm", "\u00b5m"],
  ["bars", "bar"],
  ["furlong", undefined],
])("a unit written as %j is %j", (given, nearest) => {
  expect(nearestName(given, ["°C", "°F", "m3/h", "m3/s", "psi", "bar", "N.m", "kN.m", "\u00b5m"])).toBe(nearest);
});

/** Edit distance as its definition reads, for comparison. */
function slowDistance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const change = slowDistance(restA, restB) + (a[0] === b[0] ? 0 : 1);
  const plain = Math.min(change, slowDistance(restA, b) + 1, slowDistance(a, restB) + 1);
  const isExchange = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return isExchange ? Math.min(plain, slowDistance(a.slice(2), b.slice(2)) + 1) : plain;
}

test("a name is suggested when, and only when, it is near enough", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 4, maxLength: 7 });
  fc.assert(
    fc.property(word, word, (given, name) => {
      expect(nearestName(given, [name]) === name).toBe(slowDistance(given, name) <= 2);
    }),
  );
});
