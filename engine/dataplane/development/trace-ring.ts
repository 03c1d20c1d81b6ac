// The last steps that were traced, of the messages that went through a flow in development mode. Bounded by count and by
// what the messages weigh: whoever follows too slowly finds the oldest gone, and can tell by the numbers.

import type { TraceStep } from "@flowfusion/fusion";

const defaultBounds = { stepsMax: 5_000, bytesMax: 4 * 1024 * 1024 };
/** What a step weighs besides the values of its messages. */
const stepBytes = 256;

export interface TracedStep {
  /** Counts the steps of the flow, from 1. */
  readonly id: number;
  /** Counts the messages and ticks that were traced, from 1. */
  readonly reading: number;
  /** ms since the Unix epoch. */
  readonly atMs: number;
  readonly step: TraceStep;
}

export interface TracePage {
  readonly steps: readonly TracedStep[];
  /** Steps so far, kept or not. */
  readonly traced: number;
}

export class TraceRing {
  readonly #bounds: typeof defaultBounds;
  #kept: TracedStep[] = [];
  #bytes = 0;
  #steps = 0;
  #readings = 0;

  constructor(bounds = defaultBounds) {
    this.#bounds = bounds;
  }

  add(steps: readonly TraceStep[], atMs: number): void {
    if (steps.length === 0) return;
    this.#readings++;
    for (const step of steps) {
      this.#kept.push({ id: ++this.#steps, reading: this.#readings, atMs, step });
      this.#bytes += weightOf(step);
    }
    this.#trim();
  }

  /** Forgets what it keeps; counting goes on. */
  clear(): void {
    this.#kept = [];
    this.#bytes = 0;
  }

  /** Steps behind `after`, oldest first. */
  page(after: number, limit: number): TracePage {
    const first = this.#kept[0]?.id ?? 0;
    const skipped = Math.max(0, after - first + 1);
    return { steps: this.#kept.slice(skipped, skipped + limit), traced: this.#steps };
  }

  #trim(): void {
    const { stepsMax, bytesMax } = this.#bounds;
    if (this.#kept.length <= stepsMax && this.#bytes <= bytesMax) return;
    // Halved, so that moving what is kept is rare.
    let gone = 0;
    while (gone < this.#kept.length && (this.#kept.length - gone > stepsMax / 2 || this.#bytes > bytesMax / 2)) {
      this.#bytes -= weightOf(this.#kept[gone]!.step);
      gone++;
    }
    this.#kept = this.#kept.slice(gone);
  }
}

function weightOf({ message, emissions }: TraceStep): number {
  const values = [message?.value, ...emissions.map((emission) => emission.message.value)];
  return values.reduce<number>(
    (sum, value) => sum + (typeof value === "string" || value instanceof Uint8Array ? value.length : 8),
    stepBytes,
  );
}
