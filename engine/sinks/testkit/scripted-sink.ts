// A sink that does as it is told, for the tests of the queue.

import { decodeMessage, frameHeaderBytes } from "@flowfusion/graph";
import { frameEnd } from "../frames.ts";
import type { Sink } from "../sink.ts";

export const numbersIn = (frames: Uint8Array): number[] => {
  const values: number[] = [];
  for (let at = 0; at < frames.length; at = frameEnd(frames, at)) {
    values.push(decodeMessage(frames, at + frameHeaderBytes).value as number);
  }
  return values;
};

/** What the sink does at one call: it fails, or takes so many frames, of which it drops so many. */
export type Step = "fail" | { readonly take: number; readonly drop: number };

/** Follows the steps, then takes whatever comes. */
export function scriptedSink(steps: readonly Step[]) {
  const received: number[] = [];
  let call = 0;
  let dropped = 0;
  const sink: Sink = {
    async send(frames) {
      const step = steps[call++] ?? { take: Number.POSITIVE_INFINITY, drop: 0 };
      await new Promise(setImmediate);
      if (step === "fail") throw new Error("it failed");
      const all = numbersIn(frames);
      const taken = all.slice(0, step.take);
      const kept = taken.slice(Math.min(step.drop, taken.length));
      received.push(...kept);
      dropped += taken.length - kept.length;
      let bytes = 0;
      for (let count = 0; count < taken.length; count++) bytes = frameEnd(frames, bytes);
      return { bytes, dropped: { refused: taken.length - kept.length } };
    },
    async close() {},
  };
  return { sink, received, dropped: () => dropped };
}
