// A flow's way in. What a flow can run within its slice of time runs at once, where the router wrote it; the rest waits
// in a bounded queue and runs a slice at a time, so that a flow that takes long delays its neighbours by one slice and no
// more. The slice is counted in messages, by what a message took lately: a call into WebAssembly cannot be interrupted.
//
// When the queue is full, the policy of the input that the messages came by decides:
//
//   block   the flow runs until there is room, and the data plane stops reading that input before it comes to that
//   drop    what does not fit is dropped and counted
//
// Each message offered is run, dropped or queued, in order.

import type { CanonicalGraph } from "@flowfusion/graph";
import type { FlowHost } from "./flow-host.ts";
import { FrameFifo } from "./frame-fifo.ts";
import type { InputStats, OverloadPolicy } from "./types.ts";

export interface LaneOptions {
  /** Of one flow's queue. */
  readonly queueBytesMax: number;
  /** What one call into the flow should take, ms. */
  readonly sliceMs: number;
  /** Told when there is something in the queue, and again when it has run empty. */
  readonly onQueued: (lane: FlowLane) => void;
}

const framesPerSliceMax = 4096;
/** Before anything is known of a flow. */
const firstFramesPerSlice = 64;
/** Weight of the last slice in what a message is taken to cost. */
const recency = 0.25;

export class FlowLane {
  readonly host: FlowHost;
  readonly #options: LaneOptions;
  readonly #queue: FrameFifo;
  readonly #dropped: Record<string, number> = {};
  #msPerFrame: number;
  /** The graph whose inputs the queued frames are numbered by. */
  #numbering: CanonicalGraph;

  constructor(host: FlowHost, options: LaneOptions) {
    this.host = host;
    this.#options = options;
    this.#queue = new FrameFifo(options.queueBytesMax);
    this.#msPerFrame = options.sliceMs / firstFramesPerSlice;
    this.#numbering = host.graph;
  }

  get stats(): InputStats {
    return { queued: this.#queue.frames, queuedBytes: this.#queue.bytes, dropped: { ...this.#dropped } };
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Takes the frames at `memory[start, start + bytes)`, `frames` in number, from an input with that policy. */
  offer(memory: Uint8Array, start: number, bytes: number, frames: number, policy: OverloadPolicy): void {
    let at = start;
    let left = frames;
    const end = start + bytes;
    let spentMs = 0;
    while (left > 0 && this.#queue.frames === 0 && spentMs < this.#options.sliceMs) {
      const count = Math.min(left, this.#framesPerSlice);
      const sliceEnd = count === left ? end : endOfFrames(memory, at, count);
      spentMs += this.#run(memory, at, sliceEnd - at, count);
      at = sliceEnd;
      left -= count;
    }
    if (left > 0) this.#queueRest(memory, at, end, left, policy);
  }

  /** Runs one slice of what is queued. Gives the time that it took, ms. */
  runSlice(): number {
    if (this.host.graph !== this.#numbering) this.#renumber();
    const { memory, start, bytes } = this.#queue;
    const frames = Math.min(this.#queue.frames, this.#framesPerSlice);
    if (frames === 0) return 0;
    const sliceBytes = frames === this.#queue.frames ? bytes : endOfFrames(memory, start, frames) - start;
    const spentMs = this.#run(memory, start, sliceBytes, frames);
    this.#queue.take(sliceBytes, frames);
    return spentMs;
  }

  get #framesPerSlice(): number {
    const affordable = Math.floor(this.#options.sliceMs / this.#msPerFrame);
    return Math.max(1, Math.min(framesPerSliceMax, affordable));
  }

  #run(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const spentMs = this.host.feed(memory, start, bytes, frames);
    this.#msPerFrame += (spentMs / frames - this.#msPerFrame) * recency;
    return spentMs;
  }

  #queueRest(memory: Uint8Array, start: number, end: number, frames: number, policy: OverloadPolicy): void {
    if (this.#queue.frames === 0) this.#numbering = this.host.graph;
    else if (this.host.graph !== this.#numbering) this.#renumber();
    let at = start;
    let left = frames;
    while (left > 0) {
      const fits = this.#queue.hasRoomFor(end - at);
      if (!fits && policy === "drop") {
        this.#drop("input_full", left);
        return;
      }
      // One that is larger than the whole queue runs from where it is, after all before it.
      const count = fits ? left : 1;
      const next = fits ? end : endOfFrames(memory, at, 1);
      while (!this.#queue.hasRoomFor(next - at) && this.#queue.frames > 0) this.runSlice();
      if (this.#queue.hasRoomFor(next - at)) this.#queue.add(memory, at, next - at, count);
      else this.#run(memory, at, next - at, count);
      at = next;
      left -= count;
    }
    if (this.#queue.frames > 0) this.#options.onQueued(this);
  }

  /** After a swap: frames name their input by its number, which the new graph may give to another node. */
  #renumber(): void {
    const inputs = inputsOf(this.#numbering).map((id) => inputsOf(this.host.graph).indexOf(id));
    this.#numbering = this.host.graph;
    if (inputs.every((to, from) => to === from)) return;
    const { memory, start, bytes, frames } = this.#queue;
    const kept = memory.slice(start, start + bytes);
    const view = new DataView(kept.buffer);
    this.#queue.take(bytes, frames);
    for (let at = 0, end = 0; at < kept.length; at = end) {
      end = endOfFrames(kept, at, 1);
      const input = inputs[view.getUint32(at, true)] ?? -1;
      if (input < 0) this.#drop("input_removed", 1);
      else {
        view.setUint32(at, input, true);
        this.#queue.add(kept, at, end - at, 1);
      }
    }
  }

  #drop(cause: string, messages: number): void {
    this.#dropped[cause] = (this.#dropped[cause] ?? 0) + messages;
  }
}

/** Ids of the nodes that subscribe, by the number that frames name them by. */
export const inputsOf = (graph: CanonicalGraph): string[] =>
  graph.nodes.filter(({ subscribes }) => subscribes).map(({ id }) => id);

/** Where the `count` frames end that begin at `start`. */
function endOfFrames(memory: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let frame = 0; frame < count; frame++) {
    at += 8 + (memory[at + 4]! | (memory[at + 5]! << 8) | (memory[at + 6]! << 16) | (memory[at + 7]! << 24));
  }
  return at;
}
