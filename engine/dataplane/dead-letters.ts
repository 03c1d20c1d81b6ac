// The messages that a flow died of: the last of them with node, cause and bytes, all of them counted. They wait here to
// be looked at, and to be given to the flow once more when its fault is mended.

import type { FlowTrap, TrapCause } from "@flowfusion/fusion";
import { type CanonicalGraph, frameHeaderBytes } from "@flowfusion/graph";

const keptMax = 100;
/** Of all messages kept. There may be thousands of flows. */
const keptBytesMax = 256 * 1024;
const messageBytesMax = 64 * 1024;

export interface DeadLetter {
  /** Counts the flow's dead letters, from 1. */
  readonly id: number;
  /** The node that trapped; empty when none was running. */
  readonly node: string;
  /** The port that it got the message on, where it has but one; `source` for a node that the gateway feeds. */
  readonly port?: string;
  /** The node through which the message came into the flow. */
  readonly input: string;
  readonly cause: TrapCause;
  readonly detail: string;
  /** ms since the Unix epoch. */
  readonly atMs: number;
  /** The message as it came into the flow, cut at 64 KiB. */
  readonly message: Uint8Array;
  /** What it had before it was cut. */
  readonly messageBytes: number;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly kept: number;
}

export class DeadLetters {
  #kept: DeadLetter[] = [];
  #keptBytes = 0;
  #count = 0;

  /** Of all time. */
  get count(): number {
    return this.#count;
  }

  /** Oldest first. */
  get kept(): readonly DeadLetter[] {
    return this.#kept;
  }

  add(letter: Omit<DeadLetter, "id" | "messageBytes">): void {
    const message = letter.message.slice(0, messageBytesMax);
    this.#kept.push({ ...letter, id: ++this.#count, message, messageBytes: letter.message.length });
    this.#keptBytes += message.length;
    while (this.#kept.length > keptMax || this.#keptBytes > keptBytesMax) {
      this.#keptBytes -= this.#kept.shift()!.message.length;
    }
  }

  page(after: number, limit: number): DeadLetterPage {
    return { letters: this.#kept.filter(({ id }) => id > after).slice(0, limit), kept: this.#kept.length };
  }

  /** Takes out the letters of these ids, or all. */
  take(ids: readonly number[] | undefined): readonly DeadLetter[] {
    const wanted = ids && new Set(ids);
    const taken = this.#kept.filter(({ id }) => wanted?.has(id) ?? true);
    this.#kept = this.#kept.filter(({ id }) => !(wanted?.has(id) ?? true));
    this.#keptBytes = this.#kept.reduce((sum, { message }) => sum + message.length, 0);
    return taken;
  }
}

/** `blamed`: index of the node that is at fault, -1 when none is. */
export function letterOf(
  graph: CanonicalGraph,
  frame: Uint8Array,
  trap: FlowTrap,
  blamed: number,
): Omit<DeadLetter, "id" | "atMs" | "messageBytes"> {
  const inputs = graph.nodes.filter(({ subscribes }) => subscribes);
  const node = graph.nodes[blamed];
  const ports = node?.subscribes ? ["source"] : (node?.inputs.map(({ name }) => name) ?? []);
  return {
    node: node?.id ?? "",
    ...(ports.length === 1 && { port: ports[0]! }),
    input: inputs[new DataView(frame.buffer, frame.byteOffset).getUint32(0, true)]?.id ?? "",
    cause: trap.trapCause,
    detail: trap.message,
    message: frame.subarray(frameHeaderBytes),
  };
}
