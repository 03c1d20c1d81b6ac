// The queues of sinks that the version of a flow that runs has not. As long as the version before may be put back, they are
// set aside with what they hold, and go on sending it; then they flush for a while and are given up.

import type { CanonicalNode } from "@flowfusion/graph";
import type { Endpoint } from "../sinks/endpoint.ts";
import type { SinkQueue } from "../sinks/queue.ts";

const flushMs = 5_000;

/** A queue, and all that decides how it sends. */
export interface HeldQueue {
  readonly queue: SinkQueue;
  readonly node: CanonicalNode;
  readonly endpoint: Endpoint | undefined;
}

export class FormerQueues {
  /** By node id. Most flows never have one, so this and the next two are made when they are needed. */
  #aside: Map<string, HeldQueue> | undefined;
  #leaving: Map<string, Promise<void>> | undefined;
  /** All that no version has and that may still lose messages. */
  #left: Set<SinkQueue> | undefined;
  #droppedByGone = 0;

  setAside(id: string, held: HeldQueue): void {
    this.#left = (this.#left ?? new Set()).add(held.queue);
    this.#aside = (this.#aside ?? new Map()).set(id, held);
    // One that holds nothing has nothing to wait for, and its endpoint may be another sink's by now.
    void held.queue.whenIdle().then(() => {
      if (this.#aside?.get(id) === held) this.#giveUp(id, held);
    });
  }

  /** Takes a queue back that was set aside. */
  claim(id: string): HeldQueue | undefined {
    const held = this.#aside?.get(id);
    this.#aside?.delete(id);
    return held;
  }

  /** A version that runs now has it: what it drops is no longer counted here. */
  takenBack({ queue }: HeldQueue): void {
    this.#left?.delete(queue);
  }

  /** Messages that these queues have dropped, those that are closed by now included. */
  get dropped(): number {
    return [...(this.#left ?? [])].reduce((sum, queue) => sum + queue.dropped, this.#droppedByGone);
  }

  /** Gives up all that is set aside. */
  giveUp(): void {
    if (this.#aside) for (const [id, held] of this.#aside) this.#giveUp(id, held);
  }

  /** Settles once nobody uses the folder of that node's queue any more; undefined when nobody does. */
  whenLeft(id: string): Promise<void> | undefined {
    return this.#leaving?.get(id);
  }

  async allLeft(): Promise<void> {
    await Promise.all(this.#leaving?.values() ?? []);
  }

  #giveUp(id: string, { queue }: HeldQueue): void {
    this.#aside?.delete(id);
    const done = queue.discard(flushMs).finally(() => {
      this.#left?.delete(queue);
      this.#droppedByGone += queue.dropped;
      if (this.#leaving?.get(id) === done) this.#leaving.delete(id);
    });
    this.#leaving = (this.#leaving ?? new Map()).set(id, done);
  }
}
