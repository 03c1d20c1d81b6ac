// Runs of frames for the sinks' tests.

import { encodeFrame, encodeMessage, type Message } from "@flowfusion/graph";
import { frameEnd } from "../frames.ts";
import type { Origin } from "../sink.ts";

export const message = (topic: string, value: Message["value"], timestampNs = 1n): Message => ({
  topic,
  timestampNs,
  quality: 0,
  value,
});

/** Messages 0, 1, 2 … of one topic, each with its number as value and timestamp. */
export const numbered = (count: number, first = 0, topic = "n"): Message[] =>
  Array.from({ length: count }, (_, index) => message(topic, first + index, BigInt(first + index)));

/** For a sink that is called without a queue. */
export const someOrigin: Origin = { epoch: "testtest", ordinal: 0 };

export function framesOf(messages: readonly Message[]): Uint8Array {
  return frames(messages.map(encodeMessage));
}

/** A frame whose text is not UTF-8: a node may emit it, no sink can send it. */
export function malformedFrame(): Uint8Array {
  const bytes = encodeMessage(message("t", "x"));
  bytes[bytes.indexOf(0x78)] = 0xff;
  return frames([bytes]);
}

function frames(encoded: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(encoded.map((bytes) => encodeFrame(0, bytes)));
}

/** What the first `frames` of a run take. */
export function bytesOf(run: Uint8Array, frames: number): number {
  let bytes = 0;
  for (let count = 0; count < frames; count++) bytes = frameEnd(run, bytes);
  return bytes;
}
