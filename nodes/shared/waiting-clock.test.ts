// A device whose clock is put back, or that once sent a time from far ahead: what waits for a time waits as long as it should,
// by the gateway's clock, while its readings go on coming.

import type { MessageValue } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { type Props, reading, TestNode } from "../testing.ts";

const nsPerMs = 1_000_000n;
const nowMs = 1_760_000_000_000;
const hourMs = 3_600_000;
const beforeTheEpochMs = 2 ** 64 / 1e6 - hourMs;

/** Numbers that come out, with the ms after which each does. A reading each 100 ms, a tick behind it; the first from ahead. */
function outputs(type: string, props: Props, aheadMs: number, values: readonly MessageValue[]) {
  const node = new TestNode(type, props);
  const seen: [ms: number, value: MessageValue][] = [];
  for (const [index, value] of values.entries()) {
    const ms = index * 100;
    const timestampMs = index === 0 ? aheadMs : nowMs + ms;
    const emissions = [
      ...node.send(reading(value, { timestampNs: BigInt(Math.floor(timestampMs)) * nsPerMs })),
      ...node.tick(BigInt(nowMs + ms + 50) * nsPerMs),
    ];
    for (const { port, message } of emissions) if (port !== "event") seen.push([ms, message.value]);
  }
  return seen;
}

const repeated = (count: number, value: number) => Array.from({ length: count }, () => value);
const rising = [...repeated(5, 1), ...repeated(25, 99)];

test.each([
  ["an hour ahead", nowMs + hourMs],
  ["before 1970, which is far ahead in what carries it", beforeTheEpochMs],
])("a first reading from %s holds up no alarm, debounce or throttle", (_, aheadMs) => {
  const alarm = outputs("alarm", { limits: { high: 90 }, onDelayMs: 1_000 }, aheadMs, rising);
  expect(alarm).toEqual([
    [0, 0n],
    [1_400, 1n],
  ]);
  expect(outputs("debounce", { holdMs: 1_000 }, aheadMs, rising)).toEqual([[1_400, 99]]);
  const throttled = outputs("throttle", { intervalMs: 1_000 }, aheadMs, rising);
  expect(throttled.map(([ms]) => ms)).toEqual([0, 1_000, 2_000]);
});
