// The flow without nodes: everything that they do for an update written into one function, by hand, with an object
// made only for what leaves. Nobody would maintain a plant like this; it is the floor for JavaScript.

import type { Reading } from "./plant-flow.ts";
import { scales, thresholds } from "./plant-flow.ts";

/** Gives a function that runs a batch and appends the results to `results`. */
export function handInlinedFlow(window: number): (readings: readonly Reading[], results: Reading[]) => void {
  let hasRight = false;
  let right = 0;
  let rightQuality: Reading["quality"] = 0;
  let count = 0;
  let sum = 0;
  let worst: Reading["quality"] = 0;

  return (readings, results) => {
    for (const { topic, timestampNs, quality, value } of readings) {
      if (!(value > thresholds.saneAbove && value < thresholds.normalBelow)) continue;
      const left = value * scales.fahrenheit.factor + scales.fahrenheit.offset;
      if (hasRight) {
        sum += left - right;
        if (rightQuality > worst) worst = rightQuality;
        if (quality > worst) worst = quality;
        if (++count === window) {
          results.push({ topic, timestampNs, quality: worst, value: sum / count });
          count = 0;
          sum = 0;
          worst = 0;
        }
      }
      right = value * scales.half.factor + scales.half.offset;
      rightQuality = quality;
      hasRight = true;
      sum += left - right;
      if (quality > worst) worst = quality;
      if (++count === window) {
        results.push({ topic, timestampNs, quality: worst, value: sum / count });
        count = 0;
        sum = 0;
        worst = 0;
      }
    }
  };
}
