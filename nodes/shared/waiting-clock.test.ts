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

test.each([
  ["alarm", { limits: { high: 90 }, onDelayMs: 1_000 }, 1n],
  ["debounce", { holdMs: 1_000 }, 99],
  ["throttle", { intervalMs: 1_000 }, 99],
  ["deadband", { band: 1, maxSilenceMs: 1_000 }, 99],
  ["window", { kind: "tumbling", sizeMs: 1_000, op: "count" }, 2],
] as const)("%s does not take a clock that is set ahead, as a tick of 0 tells, for time that has passed", (type, props, value) => {
  const node = new TestNode(type, props as Props);
  const at = (ms: number) => ({ timestampNs: BigInt(nowMs + ms) * nsPerMs });
  const tick = (ms: number) => node.tick(BigInt(nowMs + ms) * nsPerMs);
  const outputs = (emissions: ReturnType<typeof tick>) =>
    emissions.filter(({ port }) => port !== "event").map(({ port, message }) => [port, Number(message.value)]);
  node.send(reading(1, at(0)));
  node.send(reading(99, at(100)));
  expect(outputs([...tick(150), ...tick(250), ...node.tick(0n), ...tick(hourMs + 350), ...tick(hourMs + 450)])).toEqual([]);
  expect(outputs(tick(hourMs + 1_400))).toEqual([[expect.any(String), Number(value)]]);
});

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
