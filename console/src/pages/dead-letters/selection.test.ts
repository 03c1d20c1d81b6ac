import { expect, test } from "vitest";
import { stillThere, toggled, toggledAll } from "./selection.ts";

test("a message is chosen and left again, without touching the others", () => {
  const before = new Set([1]);
  expect([...toggled(before, 2)]).toEqual([1, 2]);
  expect([...toggled(before, 1)]).toEqual([]);
  expect([...before]).toEqual([1]);
});

test("choosing all twice chooses none", () => {
  const all = toggledAll(new Set([1]), [1, 2, 3]);
  expect([...all]).toEqual([1, 2, 3]);
  expect(toggledAll(all, [1, 2, 3]).size).toBe(0);
});

test("what was replayed or discarded meanwhile is not chosen any more", () => {
  expect([...stillThere(new Set([1, 2, 9]), [2, 3])]).toEqual([2]);
});
