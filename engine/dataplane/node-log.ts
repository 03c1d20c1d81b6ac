// What nodes log, as JSON lines. Each flow may write a few a second: a node must be able neither to fill a disk nor to
// silence its neighbours.

import { decodeMessage, type FlowName } from "@flowfusion/graph";

const linesPerSecondMax = 10;

export class NodeLog {
  readonly #write: (line: string) => void;
  /** By flow, in this second. */
  readonly #lines = new Map<FlowName, number>();
  #second = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Takes the message at `memory[at]`. What is no text, or not decodable, says so in place of its content. */
  add(flow: FlowName, node: string, memory: Uint8Array, at: number): void {
    const time = new Date();
    const second = Math.floor(time.getTime() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines.clear();
    }
    const lines = this.#lines.get(flow) ?? 0;
    this.#lines.set(flow, lines + 1);
    if (lines < linesPerSecondMax) {
      this.#write(`${JSON.stringify({ time: time.toISOString(), flow, node, ...contentOf(memory, at) })}\n`);
    }
  }
}

function contentOf(memory: Uint8Array, at: number): { topic?: string; msg: string } {
  try {
    const { topic, value } = decodeMessage(memory, at);
    return { topic, msg: String(value) };
  } catch (error) {
    return { msg: `a line that cannot be read: ${(error as Error).message}` };
  }
}
