// An endpoint that messages leave the gateway through. One kind a file; the queue in front of it is the same for all.

import { decodeMessage, frameHeaderBytes, type Message } from "@flowfusion/graph";

export interface Sink {
  /**
   * Sends a run of frames (see fusion/glue/layout.ts), in order. Resolves with the bytes that the endpoint took, which
   * may be fewer than were passed but ends at a frame; rejects when it took none. The queue calls again with the rest.
   */
  send(frames: Uint8Array): Promise<number>;
  /** Releases connections and files; what `send` resolved for has been handed over. */
  close(): Promise<void>;
}

/** Counts messages that the endpoint will never take, by cause. */
export type OnDropped = (cause: string, messages: number) => void;

export interface MessageRun {
  readonly messages: readonly Message[];
  /** Bytes of the frames that were read; the messages among them that cannot be decoded are counted as dropped. */
  readonly bytes: number;
}

/** Decodes at most `countMax` frames. A node may emit text that is not UTF-8: no sink can send it. */
export function readMessages(
  frames: Uint8Array,
  onDropped: OnDropped,
  countMax = Number.POSITIVE_INFINITY,
): MessageRun {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const messages: Message[] = [];
  let at = 0;
  for (let count = 0; at < frames.length && count < countMax; count++) {
    try {
      messages.push(decodeMessage(frames, at + frameHeaderBytes));
    } catch {
      onDropped("malformed", 1);
    }
    at += frameHeaderBytes + view.getUint32(at + 4, true);
  }
  return { messages, bytes: at };
}
