// Shows what happens inside a flow that runs fused, while somebody looks: now and then one message, or one tick, is run node
// by node beside the flow, from the flow's own state, and its steps are kept. The flow itself gets every message as ever and
// knows nothing of it.
//
// What it costs is bounded twice: so many samples a second at most, and after each a rest of many times what it took. Messages
// and ticks rest apart: else a tick, which comes ten times a second, would be seen in place of the message that is rare.

import type { TraceStep } from "@flowfusion/fusion";
import { frameEnd } from "../../sinks/frames.ts";
import { type TracePage, TraceRing } from "../development/trace-ring.ts";
import type { FlowInstance } from "../instance.ts";
import { hasState, type LoadedProgram, launch, type Tracing } from "../launch.ts";

const intervalMs = 500;
/** Of the thread's time, samples of messages, and those of ticks, take one part in so many at most. */
const restFactor = 400;
/** A sample that others kept from the core took longer than it cost: nobody waits longer than this, ms, for the next. */
const restMsMax = 10_000;
/** One sample takes so many messages of a run at most, so that what is rare is met too, ... */
const framesMax = 12;
/** ... and begins no further one after so long, ms. */
const sampleMs = 3;
/** Nothing is sampled for whoever has not asked for so long, ms: ten times as long as they wait between two questions, ... */
const leaseMs = 5_000;
/** ... but what it takes to go on at once is kept for so long: whoever comes back does not stop the thread to compile. */
const keptMs = 60_000;
const kept = { stepsMax: 500, bytesMax: 256 * 1024 };

export interface SamplerPlace {
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
  /** The time of day, ms since the Unix epoch. */
  readonly wallMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

type Kind = "message" | "tick";

export class Sampler {
  readonly program: LoadedProgram;
  readonly #place: SamplerPlace;
  readonly #tracing: Tracing;
  readonly #steps = new TraceRing(kept);
  /** Steps of the sample that is taken. */
  readonly #byWay = new Map<string, readonly TraceStep[]>();
  /** Whether each node takes another state in place of the one that it holds. */
  readonly #isReloadable: boolean;
  #askedMs: number;
  #shadow: FlowInstance | undefined;
  #isLaunched = false;
  /** When the next sample may be taken. */
  readonly #nextMs: Record<Kind, number> = { message: 0, tick: 0 };

  /** `nodes`: what the program's nodes are made of. */
  constructor(program: LoadedProgram, nodes: Tracing["nodes"], place: SamplerPlace) {
    this.program = program;
    this.#place = place;
    this.#tracing = { nodes, onSteps: (steps) => this.#keep(steps) };
    this.#isReloadable = [...nodes.values()].every(({ manifest }) => !manifest.stateVersion || manifest.replacesState);
    this.#askedMs = place.nowMs();
  }

  /** Somebody still looks, or looks again; what was seen for those before is of the past. */
  renew(): void {
    if (!this.#isWatched) this.#steps.clear();
    this.#askedMs = this.#place.nowMs();
  }

  /** Nobody came back. */
  get isExpired(): boolean {
    return this.#place.nowMs() >= this.#askedMs + keptMs;
  }

  isDue(kind: Kind): boolean {
    return this.#isWatched && this.#place.nowMs() >= this.#nextMs[kind];
  }

  get #isWatched(): boolean {
    return this.#place.nowMs() < this.#askedMs + leaseMs;
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
    this.#sample("message", stateOf, (shadow, endMs) => {
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
    this.#sample("tick", stateOf, (shadow) => {
      shadow.tick(nowNs);
      shadow.clearOutbox();
    });
  }

  /** Of a sample the last that went each way: the others show the same, and their times are those of code that was cold. */
  #keep(steps: readonly TraceStep[]): void {
    const way = steps
      .map(
        ({ node, input, emissions, trap }) => `${node} ${input} ${emissions.map(({ output }) => output)} ${trap ?? ""}`,
      )
      .join("\n");
    this.#byWay.delete(way);
    this.#byWay.set(way, steps);
  }

  #sample(kind: Kind, stateOf: () => Uint8Array | undefined, run: (shadow: FlowInstance, endMs: number) => void): void {
    let beganMs = this.#place.nowMs();
    try {
      this.#shadow ??= launch(this.program, undefined, this.#tracing);
      // Who begins to look waits for no rest from the launch, which comes once; one that follows a trap counts.
      if (!this.#isLaunched) beganMs = this.#place.nowMs();
      this.#isLaunched = true;
      const state = hasState(this.program.graph) ? stateOf() : undefined;
      if (state) this.#shadow.loadState(state);
      run(this.#shadow, this.#place.nowMs() + sampleMs);
      if (!this.#isReloadable) this.#shadow = undefined;
    } catch {
      // What the flow would die of is in its own counts and dead letters; the step that trapped is told as well.
      this.#shadow = undefined;
    }
    for (const steps of this.#byWay.values()) this.#steps.add(steps, this.#place.wallMs());
    this.#byWay.clear();
    const endMs = this.#place.nowMs();
    const restMs = Math.max(intervalMs, (endMs - beganMs) * restFactor);
    // A shadow that has to be launched anew costs what it takes.
    this.#nextMs[kind] = endMs + (this.#shadow ? Math.min(restMs, restMsMax) : restMs);
  }
}
