import { expect, test } from "vitest";
import { beginning } from "./beginning.ts";

test("what began before the clock was set began when it did, and stays so while two clocks drift", () => {
  let [wall, steady] = [120_000, 5_000];
  const began = beginning({ wallMs: () => wall, steadyMs: () => steady });
  wall += 60_003;
  steady += 60_000;
  expect(began()).toBe(120_000);
  wall = 1_800_000_000_000;
  expect(began()).toBe(1_800_000_000_000 - 60_000);
  wall += 999;
  expect(began()).toBe(1_800_000_000_000 - 60_000);
});
