// An endpoint that messages leave the gateway through. One kind a file; the queue in front of it is the same for all.

import { decodeMessage, frameHeaderBytes, type Message } from "@flowfusion/graph";
import { frameEnd } from "./frames.ts";

export interface Sink {
  /**
   * Sends a run of frames, in order. Resolves with how far it came; the queue calls again with the rest. Rejects when
   * it came nowhere and it is worth trying again.
   */
  send(frames: Uint8Array): Promise<Taken>;
  /** Releases connections and files, and ends a `send` that is under way. What was taken has been handed over. */
  close(): Promise<void>;
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
  /** Bytes of all frames that were read. */
  readonly bytes: number;
  /** Frames among them whose message no sink can send: a node may emit text that is not UTF-8. */
  readonly malformed: number;
}

/** Decodes at most `countMax` frames. */
export function readMessages(frames: Uint8Array, countMax = Number.POSITIVE_INFINITY): MessageRun {
  const messages: Message[] = [];
  const ends: number[] = [];
  let at = 0;
  let malformed = 0;
  for (let count = 0; at < frames.length && count < countMax; count++) {
    const end = frameEnd(frames, at);
    try {
      messages.push(decodeMessage(frames.subarray(at + frameHeaderBytes, end)));
      ends.push(end);
    } catch {
      malformed++;
    }
    at = end;
  }
  return { messages, ends, bytes: at, malformed };
}
