// How a flow is doing, as counts over a span of time: what the health gate compares.

import type { TrapCause } from "@flowfusion/graph";

/** Counts since the flow began, at a time of any monotonic clock. */
export interface Vitals {
  readonly atMs: number;
  readonly messagesIn: number;
  /** Dropped before they came in, while it is behind. */
  readonly missed: number;
  readonly messagesOut: number;
  /** Into the flow, each with all the messages that came together. */
  readonly calls: number;
  /** Those that ran node by node, in development mode. */
  readonly tracedCalls: number;
  readonly traps: number;
  /** By the circuit breaker and by sinks, and those missed. */
  readonly dropped: number;
  /** The last of the traps. */
  readonly lastTrap?: { readonly node: string; readonly cause: TrapCause } | undefined;
}

/** What happened between two times. */
export interface Span extends Omit<Vitals, "atMs"> {
  readonly ms: number;
  /** Time of one call into the flow, µs; 0 when there was none. */
  readonly executeP50Us: number;
}

const windowMs = 30_000;

export function spanBetween(from: Vitals, to: Vitals, executeP50Us: number): Span {
  return {
    ms: to.atMs - from.atMs,
    messagesIn: to.messagesIn - from.messagesIn,
    missed: to.missed - from.missed,
    messagesOut: to.messagesOut - from.messagesOut,
    calls: to.calls - from.calls,
    tracedCalls: to.tracedCalls - from.tracedCalls,
    traps: to.traps - from.traps,
    dropped: to.dropped - from.dropped,
    lastTrap: to.traps > from.traps ? to.lastTrap : undefined,
    executeP50Us,
  };
}

/** Remembers where the flow was half a minute to a minute ago. */
export class RecentVitals {
  #previous: Vitals;
  #current: Vitals;

  constructor(first: Vitals) {
    this.#previous = first;
    this.#current = first;
  }

  isDue(nowMs: number): boolean {
    return nowMs - this.#current.atMs >= windowMs;
  }

  add(vitals: Vitals): void {
    this.#previous = this.#current;
    this.#current = vitals;
  }

  get oldest(): Vitals {
    return this.#previous;
  }
}
