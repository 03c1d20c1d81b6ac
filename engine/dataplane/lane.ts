// A flow's way in. What a flow is expected to run in little time runs at once, where the router wrote it; what takes longer
// waits in a bounded queue and runs a slice at a time, so that a flow that takes long delays its neighbours by one slice and
// no more. What messages will take is told by what they took lately, since a call into WebAssembly cannot be interrupted.
//
// When the queue is full, the policy of the input that the messages came by decides:
//
//   block   the flow runs until there is room, and the data plane stops reading that input before it comes to that
//   drop    what does not fit is dropped and counted
//
// Each message offered is run, dropped or queued, in order.

import type { CanonicalGraph, InputStats } from "@flowfusion/graph";
import type { Condition } from "./come-true.ts";
import { FrameFifo } from "./frame-fifo.ts";
import type { OverloadPolicy } from "./types.ts";

/** The flow at the end of a lane. */
export interface LaneTarget {
  readonly graph: CanonicalGraph;
  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. Gives the time that it took, ms. */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number;
  /** So many messages were dropped, since it is behind and its own queue is full. */
  missed(frames: number): void;
}

/** What the queues of all lanes of a thread hold together. */
export interface QueueBudget {
  readonly bytesMax: number;
  bytes: number;
}

export interface LaneOptions {
  /** Of one flow's queue. */
  readonly queueBytesMax: number;
  readonly budget: QueueBudget;
  /** What runs at once, of what is offered, takes no longer than this, ms. */
  readonly atOnceMs: number;
  /** What one call into a flow that is behind should take, ms. */
  readonly sliceMs: number;
  /** Told when so many bytes were queued. */
  readonly onQueued: (lane: FlowLane, bytes: number) => void;
}

const framesPerSliceMax = 4096;
/** So many run at once before anything is known of a flow. */
const framesAtFirst = 64;
/** What a call takes at least, however little it does, ms. What more it takes is learnt: see `#learn`. */
const callMsMin = 0.005;
/** Of slices of one message, after so many one takes two, which tells what is the call's and what the message's. */
const slicesPerTrial = 32;
/** What a small run took least may have grown since by so much. */
const fewGrowth = 1.25;
/** What a message is taken to cost follows the last run: at most so far up, lest a thread that was preempted seem slow … */
const growthMax = 4;
const growthMinMs = 0.0001;
/** … and down by so much of the difference. */
const decay = 0.25;

export class FlowLane {
  readonly #flow: LaneTarget;
  readonly #options: LaneOptions;
  readonly #queue: FrameFifo;
  readonly #dropped: Record<string, number> = {};
  #msPerFrame: number;
  #callMs = callMsMin;
  /** The smallest run of late: messages, and the least that it took, ms. */
  #fewFrames = Number.POSITIVE_INFINITY;
  #fewMs = Number.POSITIVE_INFINITY;
  #slicesOfOne = 0;
  #isClosed = false;
  /** Messages that have ever been queued, and those of them that wait no more. */
  #everQueued = 0;
  #everTaken = 0;
  /** Two graphs whose inputs have been compared, and the outcome, see `#inputsFrom`. */
  #compared: { from: CanonicalGraph; to: CanonicalGraph; inputs: readonly number[] | undefined } | undefined;
  /** The graph whose inputs the queued frames are numbered by. */
  #numbering: CanonicalGraph;

  constructor(flow: LaneTarget, options: LaneOptions) {
    this.#flow = flow;
    this.#options = options;
    this.#queue = new FrameFifo(options.queueBytesMax);
    this.#msPerFrame = options.atOnceMs / framesAtFirst;
    this.#numbering = flow.graph;
  }

  get stats(): InputStats {
    return { queued: this.#queue.frames, queuedBytes: this.#queue.bytes, dropped: { ...this.#dropped } };
  }

  /** What a message is taken to cost, by what messages took lately. */
  get msPerFrame(): number {
    return this.#msPerFrame;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /**
   * Takes the frames at `memory[start, start + bytes)`, `frames` in number, from an input with that policy. `numbering`:
   * the graph whose inputs they are numbered by.
   */
  offer(
    memory: Uint8Array,
    start: number,
    bytes: number,
    frames: number,
    policy: OverloadPolicy,
    numbering: CanonicalGraph,
  ): void {
    if (this.#isClosed) return;
    const inputs = this.#inputsFrom(numbering);
    if (inputs === undefined) {
      this.#offer(memory, start, bytes, frames, policy);
    } else {
      const { kept, keptFrames } = this.#renumbered(memory, start, bytes, inputs);
      if (keptFrames > 0) this.#offer(kept, 0, kept.length, keptFrames, policy);
    }
  }

  #offer(memory: Uint8Array, start: number, bytes: number, frames: number, policy: OverloadPolicy): void {
    if (this.#queue.frames === 0 && this.#isLittle(frames)) this.#run(memory, start, bytes, frames);
    else this.#enqueue(memory, start, start + bytes, frames, policy);
  }

  /** Whether what waits now has been run. */
  whenRun(): Condition {
    const last = this.#everQueued;
    return () => this.#everTaken >= last;
  }

  /** The flow is gone: what waits, and what still comes, goes nowhere. */
  close(): void {
    this.#isClosed = true;
    this.#take(this.#queue.bytes, this.#queue.frames);
  }

  /** Runs one slice of what is queued, or all where that is little. Gives the time that it took, ms. */
  runSlice(): number {
    this.#renumber();
    const { memory, start, bytes } = this.#queue;
    const frames = this.#isLittle(this.#queue.frames)
      ? this.#queue.frames
      : Math.min(this.#queue.frames, this.#framesPerSlice());
    if (frames === 0) return 0;
    const sliceBytes = frames === this.#queue.frames ? bytes : endOfFrames(memory, start, frames) - start;
    const spentMs = this.#run(memory, start, sliceBytes, frames);
    this.#take(sliceBytes, frames);
    return spentMs;
  }

  #isLittle(frames: number): boolean {
    return frames * this.#msPerFrame <= this.#options.atOnceMs;
  }

  #framesPerSlice(): number {
    const affordable = Math.floor(this.#options.sliceMs / this.#msPerFrame);
    if (affordable > 1) return Math.min(framesPerSliceMax, affordable);
    this.#slicesOfOne = (this.#slicesOfOne + 1) % slicesPerTrial;
    return this.#slicesOfOne === 0 ? 2 : 1;
  }

  #run(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const spentMs = this.#flow.feed(memory, start, bytes, frames);
    this.#learn(spentMs, frames);
    return spentMs;
  }

  /**
   * What a call takes however little it does is no reason for smaller slices, which would only need more calls: a flow that is
   * behind would never catch up. It is what a small run takes above what further messages add to one twice as large.
   */
  #learn(spentMs: number, frames: number): void {
    if (frames <= this.#fewFrames || spentMs <= this.#fewMs) {
      this.#fewMs = frames === this.#fewFrames ? Math.min(spentMs, this.#fewMs * fewGrowth) : spentMs;
      this.#fewFrames = frames;
      this.#callMs = Math.max(callMsMin, Math.min(this.#callMs, this.#fewMs));
    } else if (frames >= 2 * this.#fewFrames) {
      const furtherMs = (spentMs - this.#fewMs) / (frames - this.#fewFrames);
      const callMs = Math.max(callMsMin, this.#fewMs - this.#fewFrames * furtherMs);
      this.#callMs = callMs > this.#callMs ? callMs : this.#callMs + (callMs - this.#callMs) * decay;
    }
    const seenMs = Math.max(0, spentMs - this.#callMs) / frames;
    this.#msPerFrame =
      seenMs > this.#msPerFrame
        ? Math.min(seenMs, this.#msPerFrame * growthMax + growthMinMs)
        : this.#msPerFrame + (seenMs - this.#msPerFrame) * decay;
  }

  #enqueue(memory: Uint8Array, start: number, end: number, frames: number, policy: OverloadPolicy): void {
    if (this.#queue.frames === 0) this.#numbering = this.#flow.graph;
    else this.#renumber();
    let at = start;
    let left = frames;
    let queuedBytes = 0;
    while (left > 0) {
      const fits = this.#hasRoomFor(end - at);
      if (!fits && policy === "drop") {
        this.#drop("input_full", left);
        // Where only the queues together are full, its neighbours may have filled them.
        if (!this.#queue.hasRoomFor(end - at)) this.#flow.missed(left);
        return;
      }
      // One that is larger than the whole queue runs from where it is, after all before it.
      const count = fits ? left : 1;
      const next = fits ? end : endOfFrames(memory, at, 1);
      while (!this.#hasRoomFor(next - at) && this.#queue.frames > 0) this.runSlice();
      if (this.#hasRoomFor(next - at)) {
        this.#add(memory, at, next - at, count);
        queuedBytes += next - at;
      } else this.#run(memory, at, next - at, count);
      at = next;
      left -= count;
    }
    if (this.#queue.frames > 0) this.#options.onQueued(this, queuedBytes);
  }

  /** After a swap, what waits is numbered as the old graph had it. */
  #renumber(): void {
    const inputs = this.#inputsFrom(this.#numbering);
    this.#numbering = this.#flow.graph;
    if (inputs === undefined) return;
    const { memory, start, bytes, frames } = this.#queue;
    const { kept, keptFrames } = this.#renumbered(memory, start, bytes, inputs);
    this.#take(bytes, frames);
    if (keptFrames > 0) this.#add(kept, 0, kept.length, keptFrames);
    // They wait as they did before.
    this.#everTaken -= keptFrames;
    this.#everQueued -= keptFrames;
  }

  /** By number in that graph, the number of the input in the one that runs, -1 where it has none; undefined: as they are. */
  #inputsFrom(numbering: CanonicalGraph): readonly number[] | undefined {
    const { graph } = this.#flow;
    if (numbering === graph) return undefined;
    if (this.#compared?.from !== numbering || this.#compared.to !== graph) {
      const now = inputsOf(graph);
      const inputs = inputsOf(numbering).map((id) => now.indexOf(id));
      const isAlike = inputs.every((to, from) => to === from);
      this.#compared = { from: numbering, to: graph, inputs: isAlike ? undefined : inputs };
    }
    return this.#compared.inputs;
  }

  /** A copy of frames with their inputs numbered anew; without those whose input is gone. */
  #renumbered(memory: Uint8Array, start: number, bytes: number, inputs: readonly number[]) {
    const copy = memory.slice(start, start + bytes);
    const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
    let keptBytes = 0;
    let keptFrames = 0;
    for (let at = 0, end = 0; at < bytes; at = end) {
      end = endOfFrames(copy, at, 1);
      const input = inputs[view.getUint32(at, true)] ?? -1;
      if (input < 0) {
        this.#drop("input_removed", 1);
        continue;
      }
      copy.copyWithin(keptBytes, at, end);
      view.setUint32(keptBytes, input, true);
      keptBytes += end - at;
      keptFrames++;
    }
    return { kept: copy.subarray(0, keptBytes), keptFrames };
  }

  #hasRoomFor(bytes: number): boolean {
    const { budget } = this.#options;
    return this.#queue.hasRoomFor(bytes) && budget.bytes + bytes <= budget.bytesMax;
  }

  #add(memory: Uint8Array, start: number, bytes: number, frames: number): void {
    this.#queue.add(memory, start, bytes, frames);
    this.#everQueued += frames;
    this.#options.budget.bytes += bytes;
  }

  #take(bytes: number, frames: number): void {
    this.#queue.take(bytes, frames);
    this.#everTaken += frames;
    this.#options.budget.bytes -= bytes;
  }

  #drop(cause: string, messages: number): void {
    this.#dropped[cause] = (this.#dropped[cause] ?? 0) + messages;
  }
}

/** Ids of the nodes that subscribe, by the number that frames name them by. */
const inputsOf = (graph: CanonicalGraph): string[] =>
  graph.nodes.filter(({ subscribes }) => subscribes).map(({ id }) => id);

/** Where the `count` frames end that begin at `start`. */
function endOfFrames(memory: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let frame = 0; frame < count; frame++) {
    at += 8 + (memory[at + 4]! | (memory[at + 5]! << 8) | (memory[at + 6]! << 16) | (memory[at + 7]! << 24));
  }
  return at;
}
