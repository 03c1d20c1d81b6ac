// The sinks of a flow from one version to the next. A queue belongs to the id of its node: where the node, or the
// connection that it names, changes, the queue stays with all that it holds, and at the switch it goes on with another
// sink. Queues of new nodes are opened, those of nodes that are gone are former-queues.ts's.

import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CanonicalNode } from "@flowfusion/graph";
import { createSink, type SinkPlace, storageOf } from "../sinks/create.ts";
import type { Endpoint } from "../sinks/endpoint.ts";
import { SinkQueue } from "../sinks/queue.ts";
import type { Sink } from "../sinks/sink.ts";
import { FormerQueues, type HeldQueue } from "./former-queues.ts";
import type { LoadedProgram } from "./launch.ts";

const flushMs = 5_000;
/** What a queue holds in memory. */
const queueBytesMax = 16 * 1024 * 1024;

export interface SinksPlace extends Omit<SinkPlace, "endpoints"> {
  /** Folder for what waits on disk; nothing does when absent. */
  readonly spoolDir?: string;
  /** False where it is known that nothing waits there for the flow. */
  readonly hasSpools?: boolean | undefined;
  /** See `QueueOptions`. */
  readonly onHold?: (over: Promise<void>) => void;
}

/** A queue that stays, and what it goes on with. */
interface Change {
  readonly queue: SinkQueue;
  readonly node: CanonicalNode;
  readonly sink: Sink;
}

const noQueues: ReadonlyMap<string, HeldQueue> = new Map();

export class FlowSinks {
  /** In the order of sink indices, as are those of `#held`, which are by node id. */
  readonly list: readonly SinkQueue[];
  readonly #held: ReadonlyMap<string, HeldQueue>;
  readonly #changes: readonly Change[];
  /** Those of `#held` that were set aside before. */
  readonly #claimed: ReadonlyMap<string, HeldQueue>;
  /** Of all versions of the flow. */
  readonly #former: FormerQueues;

  private constructor(
    held: ReadonlyMap<string, HeldQueue>,
    changes: readonly Change[],
    claimed: ReadonlyMap<string, HeldQueue>,
    former: FormerQueues,
  ) {
    this.list = [...held.values()].map(({ queue }) => queue);
    this.#held = held;
    this.#changes = changes;
    this.#claimed = claimed;
    this.#former = former;
  }

  /**
   * Prepares the sinks of `program`, which is to follow the one that `running` belongs to. Throws `FF_DEPLOY_SINK`, and
   * changes nothing, when one cannot be made.
   */
  static prepare(program: LoadedProgram, running: FlowSinks | undefined, place: SinksPlace): FlowSinks {
    const former = running ? running.#former : new FormerQueues();
    const present = running ? running.#held : new Map<string, HeldQueue>();
    const claimed = new Map<string, HeldQueue>();
    const sinks = new Map<string, Sink>();
    const held = new Map<string, HeldQueue>();
    const changes: Change[] = [];
    const nodes = program.graph.nodes.filter(({ delivers }) => delivers);
    const before = (id: string): HeldQueue | undefined => present.get(id) ?? claimed.get(id);
    try {
      for (const node of nodes) {
        const aside = present.has(node.id) ? undefined : former.claim(node.id);
        if (aside) claimed.set(node.id, aside);
        if (sendsAlike(before(node.id), node, endpointOf(node, program))) continue;
        sinks.set(node.id, createSink(node, { ...place, endpoints: program.endpoints ?? {} }));
      }
    } catch (error) {
      for (const sink of sinks.values()) void sink.close();
      for (const [id, queue] of claimed) former.setAside(id, queue);
      throw error;
    }
    for (const node of nodes) {
      const sink = sinks.get(node.id);
      const queue = before(node.id)?.queue ?? openQueue(node, sink!, place, former.whenLeft(node.id));
      if (sink && before(node.id)) changes.push({ queue, node, sink });
      held.set(node.id, { queue, node, endpoint: endpointOf(node, program) });
    }
    return new FlowSinks(held, changes, claimed.size === 0 ? noQueues : claimed, former);
  }

  /** With the ids of their nodes. */
  get named(): readonly (readonly [node: string, queue: SinkQueue])[] {
    return [...this.#held].map(([id, { queue }]) => [id, queue]);
  }

  /** Takes effect, in place of `previous`. What that has and this has not is set aside, until it is given up. */
  takeOver(previous: FlowSinks): void {
    for (const { queue, node, sink } of this.#changes) queue.replace(sink, storageOf(node));
    for (const held of this.#claimed.values()) this.#former.takenBack(held);
    for (const [id, held] of previous.#held) {
      if (this.#held.get(id)?.queue !== held.queue) this.#former.setAside(id, held);
    }
  }

  /** The version before is not put back any more. */
  giveUpFormer(): void {
    this.#former.giveUp();
  }

  /** Closes what was prepared and does not come to run beside `running`. */
  abandon(running: FlowSinks | undefined): void {
    for (const { sink } of this.#changes) void sink.close();
    for (const [id, { queue }] of this.#held) {
      if (this.#claimed.has(id)) this.#former.setAside(id, this.#claimed.get(id)!);
      else if (!running?.list.includes(queue)) void queue.close(0);
    }
  }

  /** Flushes all. What could not be sent stays on disk for the next start. */
  async close(): Promise<void> {
    this.#former.giveUp();
    await Promise.all([...this.list.map((queue) => queue.close(flushMs)), this.#former.allLeft()]);
  }

  /** Flushes all, and leaves nothing on disk. */
  async discard(): Promise<void> {
    this.#former.giveUp();
    await Promise.all([...this.list.map((queue) => queue.discard(flushMs)), this.#former.allLeft()]);
  }

  /** Messages that the sinks of this version have dropped. */
  get dropped(): number {
    return this.list.reduce((sum, queue) => sum + queue.dropped, 0);
  }

  /** Those that sinks of versions before have dropped included. */
  get droppedInAll(): number {
    return this.dropped + this.#former.dropped;
  }
}

function openQueue(
  node: CanonicalNode,
  sink: Sink,
  { spoolDir, flow, hasSpools, onHold }: SinksPlace,
  after: Promise<void> | undefined,
): SinkQueue {
  return new SinkQueue(sink, {
    bytesMax: queueBytesMax,
    storage: storageOf(node),
    ...(spoolDir !== undefined && { spoolFolder: [spoolDir, flow, node.id].join(path.sep) }),
    isSpoolEmpty: hasSpools === false,
    onHold,
    ...(after && { after }),
  });
}

const endpointOf = (node: CanonicalNode, { endpoints }: LoadedProgram): Endpoint | undefined =>
  endpoints?.[String(node.props.connection)];

function sendsAlike(held: HeldQueue | undefined, node: CanonicalNode, endpoint: Endpoint | undefined): boolean {
  return held !== undefined && isDeepStrictEqual([held.node, held.endpoint], [node, endpoint]);
}
