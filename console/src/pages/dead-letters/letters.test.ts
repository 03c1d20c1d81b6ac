import { expect, test } from "vitest";
import { whyOf } from "./letters.ts";

test.each([
  ["fuel", "fuel in node -1: unreachable", "ran out of fuel"],
  ["trap", "trap in node 12: index in node 3: out of bounds", "crashed: index in node 3: out of bounds"],
  ["novel", "something else", "novel: something else"],
])("%s is told in words, once", (cause, detail, told) => {
  expect(whyOf({ cause, detail })).toBe(told);
});
