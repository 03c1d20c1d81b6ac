import { expect, test } from "vitest";
import { sparkline } from "./sparkline.ts";

test("values go from left to right, the largest at the top, zero at the bottom", () => {
  expect(sparkline([0, 5, 10], 20, 12)?.line).toBe("M0 11L10 6L20 1");
});

test("a value that does not move is a level line, also at zero", () => {
  expect(sparkline([7, 7], 10, 10)?.line).toBe("M0 1L10 1");
  expect(sparkline([0, 0], 10, 10)?.line).toBe("M0 9L10 9");
});

test.each([{ values: [] }, { values: [3] }, { values: [Number.NaN, Number.POSITIVE_INFINITY, 1] }])(
  "$values is too little to draw a line of",
  ({ values }) => {
    expect(sparkline(values, 10, 10)).toBeUndefined();
  },
);
