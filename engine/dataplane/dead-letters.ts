// The messages that a flow died of: the last of them with node, cause and bytes, all of them counted. They wait here to
// be looked at, and to be given to the flow once more when its fault is mended. Whoever keeps them on disk is told of each
// change.

import type { FlowTrap } from "@flowfusion/fusion";
import { type CanonicalGraph, frameHeaderBytes, type TrapCause } from "@flowfusion/graph";

const keptMax = 100;
/** Of all messages kept. There may be thousands of flows. */
const keptBytesMax = 256 * 1024;
const messageBytesMax = 64 * 1024;
const keptMsMax = 30 * 24 * 60 * 60 * 1000;

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

export type DeadLetterChange =
  | { readonly added: DeadLetter }
  /** Ids of letters that were replayed or discarded. */
  | { readonly taken: readonly number[] };

export interface FoundDeadLetters {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  readonly lastId: number;
}

export class DeadLetters {
  #kept: DeadLetter[];
  #keptBytes: number;
  #lastId: number;
  #count = 0;
  readonly #onChange: ((change: DeadLetterChange) => void) | undefined;

  /** `found`: those of an earlier start. */
  constructor(found: FoundDeadLetters = { letters: [], lastId: 0 }, onChange?: (change: DeadLetterChange) => void) {
    this.#kept = [...found.letters];
    this.#keptBytes = bytesOf(this.#kept);
    this.#lastId = found.lastId;
    this.#onChange = onChange;
    this.#makeRoom(this.#kept.at(-1)?.atMs ?? 0);
  }

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  /** The id that was given out last. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Oldest first. */
  get kept(): readonly DeadLetter[] {
    return this.#kept;
  }

  add(letter: Omit<DeadLetter, "id" | "messageBytes">): void {
    const message = letter.message.slice(0, messageBytesMax);
    const added = { ...letter, id: ++this.#lastId, message, messageBytes: letter.message.length };
    this.#count++;
    this.#kept.push(added);
    this.#keptBytes += message.length;
    this.#makeRoom(letter.atMs);
    this.#onChange?.({ added });
  }

  page(after: number, limit: number): DeadLetterPage {
    return { letters: this.#kept.filter(({ id }) => id > after).slice(0, limit), kept: this.#kept.length };
  }

  /** Takes out the letters of these ids, or all. */
  take(ids: readonly number[] | undefined): readonly DeadLetter[] {
    const wanted = ids && new Set(ids);
    const taken = this.#kept.filter(({ id }) => wanted?.has(id) ?? true);
    if (taken.length === 0) return taken;
    this.#kept = this.#kept.filter(({ id }) => !(wanted?.has(id) ?? true));
    this.#keptBytes = bytesOf(this.#kept);
    this.#onChange?.({ taken: taken.map(({ id }) => id) });
    return taken;
  }

  #makeRoom(nowMs: number): void {
    for (let [oldest] = this.#kept; oldest !== undefined; [oldest] = this.#kept) {
      const isRoom = this.#kept.length <= keptMax && this.#keptBytes <= keptBytesMax;
      if (isRoom && nowMs - oldest.atMs <= keptMsMax) return;
      this.#kept.shift();
      this.#keptBytes -= oldest.message.length;
    }
  }
}

const bytesOf = (letters: readonly DeadLetter[]): number =>
  letters.reduce((sum, { message }) => sum + message.length, 0);

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
