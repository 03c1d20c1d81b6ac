// A process at the far end of an nng sink: node reader.ts MODE. Tells its address when asked "address"; asked "begin" it
// forgets what it has seen; asked "end" it gives how many updates came since and how long after their timestamps.
// MODE is `times`; `order` to look at timestamps instead, which never stand still or go back; or `count` to read no more
// of a frame than its length, when the reader must not be the limit.

import { wallClockNs } from "@flowfusion/driver-simulator";
import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { listenPull } from "@flowfusion/transport";
import { percentile } from "../measure.ts";

export type ReaderRequest = "address" | "begin" | "end";

export interface ReaderAnswer {
  readonly updates: number;
  readonly bytes: number;
  /** Updates that were not later than the one before. */
  readonly disordered: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const mode = process.argv[2];
let timesUs: number[] = [];
let bytes = 0;
let ordered = 0;
let disordered = 0;
let lastNs = 0n;

const pull = await listenPull({
  address: "tcp://127.0.0.1:0",
  onFrame(frame) {
    const nowNs = wallClockNs();
    bytes += frame.length;
    if (mode === "order") checkOrder(frame);
    if (mode !== "times") return;
    for (const { timestampNs } of decodeTagUpdateBatch(frame).updates) {
      timesUs.push(Number(nowNs - timestampNs) / 1000);
    }
  },
});

function checkOrder(frame: Uint8Array): void {
  for (const { timestampNs } of decodeTagUpdateBatch(frame).updates) {
    if (timestampNs > lastNs) lastNs = timestampNs;
    else disordered++;
    ordered++;
  }
}

function answer(request: ReaderRequest): ReaderAnswer | { address: string } {
  if (request === "address") return { address: pull.address };
  const sorted = Float64Array.from(timesUs).sort();
  const updates = mode === "order" ? ordered : sorted.length;
  const seen = { updates, bytes, disordered, p50Us: percentile(sorted, 50), p99Us: percentile(sorted, 99) };
  if (request === "begin") {
    timesUs = [];
    bytes = 0;
  }
  return seen;
}

process.on("message", (request: ReaderRequest) => process.send!(answer(request)));
process.on("disconnect", () => process.exit());
