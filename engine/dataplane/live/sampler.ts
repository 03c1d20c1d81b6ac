// Shows what happens inside a flow that runs fused, while somebody looks: now and then one message, or one tick, is run node
// by node beside the flow, from the flow's own state, and its steps are kept. The flow itself gets every message as ever and
// knows nothing of it.
//
// What it costs is bounded twice: so many samples a second at most, and after each a rest of many times what it took.

import { frameEnd } from "../../sinks/frames.ts";
import { type TracePage, TraceRing } from "../development/trace-ring.ts";
import type { FlowInstance } from "../instance.ts";
import { hasState, type LoadedProgram, launch, type Tracing } from "../launch.ts";

const intervalMs = 200;
/** Of the thread's time, samples take one part in so many at most. */
const restFactor = 200;
/** One sample takes so many messages of a run at most, so that what is rare is met too, ... */
const framesMax = 12;
/** ... and begins no further one after so long, ms. */
const sampleMs = 1;
/** Nothing is sampled for whoever has not asked for so long, ms. */
const leaseMs = 3_000;
const kept = { stepsMax: 500, bytesMax: 256 * 1024 };

export interface SamplerPlace {
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
  /** The time of day, ms since the Unix epoch. */
  readonly wallMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export class Sampler {
  readonly program: LoadedProgram;
  readonly #place: SamplerPlace;
  readonly #tracing: Tracing;
  readonly #steps = new TraceRing(kept);
  #shadow: FlowInstance | undefined;
  #isLaunched = false;
  #leaseEndsMs: number;
  #nextMs = 0;

  /** `nodes`: what the program's nodes are made of. */
  constructor(program: LoadedProgram, nodes: Tracing["nodes"], place: SamplerPlace) {
    this.program = program;
    this.#place = place;
    this.#tracing = { nodes, onSteps: (steps) => this.#steps.add(steps, place.wallMs()) };
    this.#leaseEndsMs = place.nowMs() + leaseMs;
  }

  /** Somebody still looks. */
  renew(): void {
    this.#leaseEndsMs = this.#place.nowMs() + leaseMs;
  }

  get isExpired(): boolean {
    return this.#place.nowMs() >= this.#leaseEndsMs;
  }

  get isDue(): boolean {
    return this.#place.nowMs() >= this.#nextMs;
  }

  page(after: number, limit: number): TracePage {
    return this.#steps.page(after, limit);
  }

  /** Takes some of the frames at `memory[start, start + bytes)`, from anywhere among them, or from the first where what
   * came before counts. `stateOf`: the flow's, before it gets them. */
  takeFrames(
    memory: Uint8Array,
    start: number,
    bytes: number,
    frames: number,
    stateOf: () => Uint8Array | undefined,
  ): void {
    const skippable = hasState(this.program.graph) ? 0 : Math.max(0, frames - framesMax);
    const skipped = Math.floor(this.#place.random() * (skippable + 1));
    let at = start;
    for (let frame = 0; frame < skipped; frame++) at = frameEnd(memory, at);
    this.#sample(stateOf, (shadow, endMs) => {
      for (let frame = 0; frame < framesMax && at < start + bytes && this.#place.nowMs() < endMs; frame++) {
        const end = frameEnd(memory, at);
        const room = shadow.reserve(end - at);
        shadow.memory.set(memory.subarray(at, end), room);
        shadow.executeAt(room, end - at, 1);
        shadow.clearOutbox();
        at = end;
      }
    });
  }

  takeTick(nowNs: bigint, stateOf: () => Uint8Array | undefined): void {
    this.#sample(stateOf, (shadow) => {
      shadow.tick(nowNs);
      shadow.clearOutbox();
    });
  }

  #sample(stateOf: () => Uint8Array | undefined, run: (shadow: FlowInstance, endMs: number) => void): void {
    let beganMs = this.#place.nowMs();
    try {
      this.#shadow ??= launch(this.program, undefined, this.#tracing);
      // Who begins to look waits for no rest from the launch, which comes once; one that follows a trap counts.
      if (!this.#isLaunched) beganMs = this.#place.nowMs();
      this.#isLaunched = true;
      const state = hasState(this.program.graph) ? stateOf() : undefined;
      if (state) this.#shadow.loadState(state);
      run(this.#shadow, this.#place.nowMs() + sampleMs);
    } catch {
      // What the flow would die of is in its own counts and dead letters; the step that trapped is told as well.
      this.#shadow = undefined;
    }
    const endMs = this.#place.nowMs();
    this.#nextMs = endMs + Math.max(intervalMs, (endMs - beganMs) * restFactor);
  }
}
