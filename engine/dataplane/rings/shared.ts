// What the thread that reads the sockets and those that run flows agree on.

import type { MessagePort } from "node:worker_threads";
import type { Subscription } from "../ingest.ts";

/** Messages that a ring had no room for, by slot. They wrap around at 2^32, as whoever compares two of them must know. */
export type DropCounts = Int32Array;

/** More flows than one process can hold. */
const slotsMax = 1 << 14;

export const createDropCounts = (): SharedArrayBuffer => new SharedArrayBuffer(slotsMax * 4);

export interface IngressOptions {
  readonly ingest: readonly string[];
  readonly recorderBytesMax: number;
  readonly threads: readonly {
    readonly ring: SharedArrayBuffer;
    readonly drops: SharedArrayBuffer;
    /** Subscriptions come by it, their epochs go back once they hold. */
    readonly port: MessagePort;
  }[];
}

/** What a thread's flows subscribe to. Records that are routed by it carry its epoch. */
export interface SubscriptionsOfThread {
  readonly epoch: number;
  readonly subscriptions: readonly Subscription[];
}
