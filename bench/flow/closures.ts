// The flow as a good TypeScript engineer would write it by hand: each node a function that is given where its results
// go, messages as plain objects, a new one wherever a value changes, since a fan-out shares the one that came in.

import type { Reading } from "./plant-flow.ts";
import { scales, thresholds } from "./plant-flow.ts";

type Emit = (reading: Reading) => void;

const filterAbove =
  (limit: number, pass: Emit): Emit =>
  (reading) => {
    if (reading.value > limit) pass(reading);
  };

const switchBelow =
  (limit: number, first: Emit, otherwise: Emit): Emit =>
  (reading) => {
    if (reading.value < limit) first(reading);
    else otherwise(reading);
  };

const fanOut =
  (first: Emit, second: Emit): Emit =>
  (reading) => {
    first(reading);
    second(reading);
  };

const scale =
  ({ factor, offset }: { readonly factor: number; readonly offset: number }, emit: Emit): Emit =>
  ({ topic, timestampNs, quality, value }) =>
    emit({ topic, timestampNs, quality, value: value * factor + offset });

function subtract(emit: Emit): { left: Emit; right: Emit } {
  let left: Reading | undefined;
  let right: Reading | undefined;
  const combine = ({ topic, timestampNs }: Reading) => {
    if (left === undefined || right === undefined) return;
    const quality = left.quality > right.quality ? left.quality : right.quality;
    emit({ topic, timestampNs, quality, value: left.value - right.value });
  };
  return {
    left(reading) {
      left = reading;
      combine(reading);
    },
    right(reading) {
      right = reading;
      combine(reading);
    },
  };
}

function average(size: number, emit: Emit): Emit {
  let count = 0;
  let sum = 0;
  let worst: Reading["quality"] = 0;
  return ({ topic, timestampNs, quality, value }) => {
    count++;
    sum += value;
    if (quality > worst) worst = quality;
    if (count < size) return;
    emit({ topic, timestampNs, quality: worst, value: sum / count });
    count = 0;
    sum = 0;
    worst = 0;
  };
}

/** The whole flow; results go to `sink`. */
export function closureFlow(window: number, sink: Emit): Emit {
  const spread = subtract(average(window, sink));
  const copies = fanOut(scale(scales.fahrenheit, spread.left), scale(scales.half, spread.right));
  const zones = switchBelow(thresholds.normalBelow, copies, () => {});
  return filterAbove(thresholds.saneAbove, zones);
}
