import { expect, test } from "vitest";
import { whyOf } from "./dead-letter.ts";

test.each([
  ["fuel", "fuel in node -1: unreachable", "ran out of fuel"],
  ["trap", "trap in node 12: index in node 3: out of bounds", "crashed: index in node 3: out of bounds"],
  [
    "stack",
    "stack in node 2: Maximum call stack size exceeded",
    "called itself too deeply: Maximum call stack size exceeded",
  ],
] as const)("%s is told in words, once", (cause, detail, told) => {
  expect(whyOf({ cause, detail })).toBe(told);
});
