// Dead letters as input once more. The flow may have changed since, so a message goes in where the node of its input is
// now; one whose node is gone, or that was too large to be kept whole, stays where it is.

import { type CanonicalGraph, encodeFrame } from "@flowfusion/graph";
import type { DeadLetter } from "./dead-letters.ts";

export interface Replayable {
  readonly frames: readonly { readonly id: number; readonly frame: Uint8Array }[];
  readonly refused: readonly { readonly id: number; readonly why: string }[];
}

/** The letters of these ids, or all, as frames for `graph`. */
export function replayable(
  letters: readonly DeadLetter[],
  ids: readonly number[] | undefined,
  graph: CanonicalGraph,
): Replayable {
  const byId = new Map(letters.map((letter) => [letter.id, letter]));
  const inputs = graph.nodes.filter(({ subscribes }) => subscribes).map(({ id }): string => id);
  const frames: { id: number; frame: Uint8Array }[] = [];
  const refused: { id: number; why: string }[] = [];
  for (const id of new Set(ids ?? byId.keys())) {
    const letter = byId.get(id);
    const port = letter ? inputs.indexOf(letter.input) : -1;
    if (!letter) refused.push({ id, why: "there is no such dead letter" });
    else if (letter.message.length < letter.messageBytes)
      refused.push({ id, why: `${letter.message.length} of its ${letter.messageBytes} bytes are kept` });
    else if (port < 0) refused.push({ id, why: `the flow has no input ${letter.input} any more` });
    else frames.push({ id, frame: encodeFrame(port, letter.message) });
  }
  return { frames, refused };
}
