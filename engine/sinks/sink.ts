// An endpoint that messages leave the gateway through. One kind a file; the queue in front of it is the same for all.

import { decodeMessage, frameHeaderBytes, type Message } from "@flowfusion/graph";
import { frameEnd } from "./frames.ts";

export interface Sink {
  /**
   * Sends a run of frames, in order. Resolves with how far it came; the queue calls again with the rest. Rejects when
   * it came nowhere and it is worth trying again; the run then begins with the same messages, and its origin is the same.
   */
  send(frames: Uint8Array, origin: Origin): Promise<Taken>;
  /** Releases connections and files, and ends a `send` that is under way. What was taken has been handed over. */
  close(): Promise<void>;
}

/** Tells a queue's messages apart, also over restarts: the first message of a run is number `ordinal` of its epoch. */
export interface Origin {
  /** Drawn for each start of a queue. */
  readonly epoch: string;
  readonly ordinal: number;
}

/** What a sink has done with the first `bytes` of a run, which end at a frame: sent them, but for those in `dropped`. */
export interface Taken {
  readonly bytes: number;
  readonly dropped: Dropped;
}

/** Messages that the endpoint will never take, by cause. */
type Dropped = Readonly<Record<string, number>>;

export interface MessageRun {
  readonly messages: readonly Message[];
  /** For each message: where its frame ends. */
  readonly ends: readonly number[];
  /** For each message: the number of its frame in the run. */
  readonly indices: readonly number[];
  /** Bytes of all frames that were read. */
  readonly bytes: number;
  /** Frames among them whose message no sink can send: a node may emit text that is not UTF-8. */
  readonly malformed: number;
}

/** Decodes at most `countMax` frames. */
export function readMessages(frames: Uint8Array, countMax = Number.POSITIVE_INFINITY): MessageRun {
  const messages: Message[] = [];
  const ends: number[] = [];
  const indices: number[] = [];
  let at = 0;
  let count = 0;
  for (; at < frames.length && count < countMax; count++) {
    const end = frameEnd(frames, at);
    try {
      messages.push(decodeMessage(frames.subarray(at + frameHeaderBytes, end)));
      ends.push(end);
      indices.push(count);
    } catch {
      // Counted below.
    }
    at = end;
  }
  return { messages, ends, indices, bytes: at, malformed: count - messages.length };
}
