import { expect, test } from "vitest";
import { backoffMs } from "./index.ts";

const policy = { firstMs: 100, mostMs: 1000 };

test("the wait doubles with each failure, up to its cap", () => {
  const longest = [1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffMs(failures, policy, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
});

test("chance takes off up to half of the wait", () => {
  expect(backoffMs(3, policy, () => 0)).toBe(200);
  expect(backoffMs(3, policy, () => 0.5)).toBe(300);
});
