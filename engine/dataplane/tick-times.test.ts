import { expect, test } from "vitest";
import { TickTimes } from "./tick-times.ts";

const nowMs = 1_760_000_000_000;
const ns = (ms: number) => BigInt(nowMs + ms) * 1_000_000n;

test.each([
  ["goes on", 100, 100, [ns(100)]],
  ["goes on behind a thread that stood still", 60_000, 60_000, [ns(60_000)]],
  ["is put back", -3_600_000, 100, [ns(-3_600_000)]],
  ["is slewed", 101, 100, [ns(101)]],
  ["is set ahead", 3_600_000, 100, [0n, ns(3_600_000)]],
])("a clock that %s gives these times", (_, wallMs, steadyMs, expected) => {
  const times = new TickTimes(100);
  expect(times.next(nowMs, 5)).toEqual([ns(0)]);
  expect(times.next(nowMs + wallMs, 5 + steadyMs)).toEqual(expected);
  expect(times.next(nowMs + wallMs + 100, 5 + steadyMs + 100)).toEqual([ns(wallMs + 100)]);
});
