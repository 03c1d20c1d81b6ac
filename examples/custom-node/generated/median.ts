// Written by `flowfusion node types` from the manifest of median 1.0.0. Do not edit.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const make = ff.module({
  "name": "median",
  "inputs": [
    {
      "name": "in",
      "type": "tag"
    }
  ],
  "outputs": [
    {
      "name": "out",
      "type": "tag"
    }
  ]
}, new pulumi.asset.FileAsset("median/dist/median.wasm"));

/** Properties of {@link median}. */
export interface MedianProps {
  /** Values that count; an odd number has one in the middle. */
  size: pulumi.Input<number>;
}

/**
 * Emits the median of the last `size` values, at each value: a spike shorter than half of them never shows.
 *
 * - Input `in` (tag): Numeric or boolean values of one tag; others are passed over.
 * - Output `out` (tag): The median, with topic, timestamp and quality of the last value.
 */
export function median(props: MedianProps): ff.NodeSpec<{ in: "tag" }, { out: "tag" }> {
  return make({ ...props });
}
