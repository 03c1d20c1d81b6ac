// A process at the far end of an nng sink: node reader.ts MODE. Tells its address when asked "address"; asked "begin" it
// forgets what it has seen; asked "end" it gives how many updates came since and how long after their timestamps.
// MODE is `times`, `order` to look whether timestamps rise from one update to the next, or `count` to read no more of a
// frame than its length, when the reader must not be the limit.

import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { listenPull } from "@flowfusion/transport";
import { percentile } from "../measure.ts";

export type ReaderRequest = "address" | "begin" | "end";

export interface ReaderAnswer {
  readonly updates: number;
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Updates whose timestamp is not above that of the one before. */
  readonly notRising: number;
}

const mode = process.argv[2];
/** The simulator stamps with the same clock. */
const originNs =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n - process.hrtime.bigint();
let timesUs: number[] = [];
let updates = 0;
let bytes = 0;
let notRising = 0;
let lastNs = 0n;

const pull = await listenPull({
  address: "tcp://127.0.0.1:0",
  onFrame(frame) {
    const nowNs = originNs + process.hrtime.bigint();
    bytes += frame.length;
    if (mode === "count") return;
    for (const { timestampNs } of decodeTagUpdateBatch(frame).updates) {
      updates++;
      if (timestampNs <= lastNs) notRising++;
      lastNs = timestampNs;
      if (mode === "times") timesUs.push(Number(nowNs - timestampNs) / 1000);
    }
  },
});

function answer(request: ReaderRequest): ReaderAnswer | { address: string } {
  if (request === "address") return { address: pull.address };
  const sorted = Float64Array.from(timesUs).sort();
  const seen = { updates, bytes, p50Us: percentile(sorted, 50), p99Us: percentile(sorted, 99), notRising };
  if (request === "begin") {
    timesUs = [];
    updates = 0;
    bytes = 0;
    notRising = 0;
  }
  return seen;
}

process.on("message", (request: ReaderRequest) => process.send!(answer(request)));
process.on("disconnect", () => process.exit());
