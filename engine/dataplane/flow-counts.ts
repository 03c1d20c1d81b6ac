// What a flow counts over its life, from version to version, and how it did of late.

import type { FlowTrap } from "@flowfusion/fusion";
import type { FlowSinks } from "./flow-sinks.ts";
import { RecentTimes } from "./histogram.ts";
import type { HostStats } from "./types.ts";
import { RecentVitals, type Span, spanBetween, type Vitals } from "./vitals.ts";

export class FlowCounts {
  messagesIn = 0;
  messagesOut = 0;
  droppedByBreaker = 0;
  /** Messages that were dropped before they came to it, since its own queue was full. */
  missed = 0;
  restarts = 0;
  #calls = 0;
  #tracedCalls = 0;
  #traps = 0;
  #lastTrap: HostStats["lastTrap"];
  #executeTimes = new RecentTimes();
  #recent: RecentVitals;

  constructor(nowMs: number) {
    this.#recent = new RecentVitals(this.vitals(nowMs, undefined));
  }

  trapped(trap: FlowTrap, node: string, wallMs: number): void {
    this.#traps++;
    this.#lastTrap = { node, cause: trap.trapCause, atMs: wallMs };
  }

  /** A call took so long. `nowMs`: when it began. `isTraced`: it ran node by node. */
  executed(nowMs: number, spentMs: number, isTraced: boolean): void {
    this.#calls++;
    if (isTraced) this.#tracedCalls++;
    this.#executeTimes.record(spentMs * 1000, nowMs);
  }

  /** Another version runs from now on: what follows is its own. */
  switched(nowMs: number, after: FlowSinks): void {
    this.#executeTimes = new RecentTimes();
    this.#recent = new RecentVitals(this.vitals(nowMs, after));
  }

  /** It runs node by node from now on, or fused again: what calls took is no measure of what they take. */
  exchanged(): void {
    this.#executeTimes = new RecentTimes();
  }

  vitals(atMs: number, sinks: FlowSinks | undefined): Vitals {
    return {
      atMs,
      messagesIn: this.messagesIn,
      missed: this.missed,
      messagesOut: this.messagesOut,
      calls: this.#calls,
      tracedCalls: this.#tracedCalls,
      traps: this.#traps,
      // What a sink drops that this version has not is none of its faults.
      dropped: this.missed + this.droppedByBreaker + (sinks?.dropped ?? 0),
      lastTrap: this.#lastTrap,
    };
  }

  /** How it did in the last half minute or more, or since the switch when that was later. */
  recentSpan(nowMs: number, sinks: FlowSinks): Span {
    return spanBetween(this.#recent.oldest, this.vitals(nowMs, sinks), this.executeP50Us);
  }

  /** To be called from time to time. */
  sample(nowMs: number, sinks: FlowSinks): void {
    if (this.#recent.isDue(nowMs)) this.#recent.add(this.vitals(nowMs, sinks));
  }

  get executeP50Us(): number {
    return this.#executeTimes.percentileUs(50);
  }

  stats(
    sinks: FlowSinks,
  ): Pick<
    HostStats,
    | "messagesIn"
    | "messagesOut"
    | "dropped"
    | "droppedByBreaker"
    | "traps"
    | "restarts"
    | "lastTrap"
    | "executeP50Us"
    | "executeP99Us"
  > {
    return {
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      dropped: this.droppedByBreaker + sinks.droppedInAll,
      droppedByBreaker: this.droppedByBreaker,
      traps: this.#traps,
      restarts: this.restarts,
      ...(this.#lastTrap && { lastTrap: this.#lastTrap }),
      executeP50Us: this.executeP50Us,
      executeP99Us: this.#executeTimes.percentileUs(99),
    };
  }
}
