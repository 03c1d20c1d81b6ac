// The sinks of a flow from one version to the next. A queue belongs to the id of its node: where the node, or the
// connection that it names, changes, the queue stays with all that it holds, and at the switch it goes on with another
// sink. Queues of new nodes are opened, those of nodes that are gone flush for a while and are given up.

import path from "node:path";
import type { CanonicalNode } from "@flowfusion/graph";
import { createSink, type SinkPlace, storageOf } from "../sinks/create.ts";
import { SinkQueue } from "../sinks/queue.ts";
import type { Sink } from "../sinks/sink.ts";
import type { LoadedProgram } from "./launch.ts";

const flushMs = 5_000;
/** What a queue holds in memory. */
const queueBytesMax = 16 * 1024 * 1024;

export interface SinksPlace extends Omit<SinkPlace, "endpoints"> {
  /** Folder for what waits on disk; nothing does when absent. */
  readonly spoolDir?: string;
  /** False where it is known that nothing waits there for the flow. */
  readonly hasSpools?: boolean | undefined;
}

/** A queue that stays, and what it goes on with. */
interface Change {
  readonly queue: SinkQueue;
  readonly node: CanonicalNode;
  readonly sink: Sink;
}

export class FlowSinks {
  /** By node id, in the order of sink indices. */
  readonly queues: ReadonlyMap<string, SinkQueue>;
  readonly list: readonly SinkQueue[];
  readonly #program: LoadedProgram;
  readonly #changes: readonly Change[];
  /** Nodes whose queue is being given up; who opens the same folder again waits for it. */
  readonly #leaving: Map<string, Promise<void>>;

  private constructor(
    program: LoadedProgram,
    queues: ReadonlyMap<string, SinkQueue>,
    changes: readonly Change[],
    leaving: Map<string, Promise<void>>,
  ) {
    this.#program = program;
    this.queues = queues;
    this.list = [...queues.values()];
    this.#changes = changes;
    this.#leaving = leaving;
  }

  /**
   * Prepares the sinks of `program`, which is to follow the one that `running` belongs to. Throws `FF_DEPLOY_SINK`, and
   * changes nothing, when one cannot be made.
   */
  static prepare(program: LoadedProgram, running: FlowSinks | undefined, place: SinksPlace): FlowSinks {
    const leaving = running ? running.#leaving : new Map<string, Promise<void>>();
    const changes: Change[] = [];
    const created: { readonly node: CanonicalNode; readonly sink: Sink }[] = [];
    const nodes = program.graph.nodes.filter(({ delivers }) => delivers);
    try {
      for (const node of nodes) {
        const queue = running?.queues.get(node.id);
        if (running && queue && sinkText(node, program) === running.#textOf(node.id)) continue;
        const sink = createSink(node, { ...place, endpoints: program.endpoints ?? {} });
        if (queue) changes.push({ queue, node, sink });
        else created.push({ node, sink });
      }
    } catch (error) {
      for (const { sink } of [...changes, ...created]) void sink.close();
      throw error;
    }
    const opened = new Map(created.map(({ node, sink }) => [node.id, openQueue(node, sink, place, leaving)]));
    const queues = new Map(nodes.map(({ id }) => [id as string, opened.get(id) ?? running!.queues.get(id)!]));
    return new FlowSinks(program, queues, changes, leaving);
  }

  /** Takes effect, in place of `previous`. */
  takeOver(previous: FlowSinks): void {
    for (const { queue, node, sink } of this.#changes) queue.replace(sink, storageOf(node));
    for (const [id, queue] of previous.queues) {
      if (this.queues.get(id) === queue) continue;
      const done = queue.discard(flushMs).finally(() => {
        if (this.#leaving.get(id) === done) this.#leaving.delete(id);
      });
      this.#leaving.set(id, done);
    }
  }

  /** Closes what was prepared and does not come to run beside `running`. */
  abandon(running: FlowSinks | undefined): void {
    for (const { sink } of this.#changes) void sink.close();
    for (const [id, queue] of this.queues) {
      if (running?.queues.get(id) !== queue) void queue.close(0);
    }
  }

  /** Flushes all. What could not be sent stays on disk for the next start. */
  async close(): Promise<void> {
    await Promise.all([...this.list.map((queue) => queue.close(flushMs)), ...this.#leaving.values()]);
  }

  /** Flushes all, and leaves nothing on disk. */
  async discard(): Promise<void> {
    await Promise.all([...this.list.map((queue) => queue.discard(flushMs)), ...this.#leaving.values()]);
  }

  /** Messages that the sinks have dropped. */
  get dropped(): number {
    let dropped = 0;
    for (const queue of this.list) {
      for (const count of Object.values(queue.stats.dropped)) dropped += count;
    }
    return dropped;
  }

  #textOf(id: string): string | undefined {
    const node = this.#program.graph.nodes.find((one) => one.id === id);
    return node && sinkText(node, this.#program);
  }
}

function openQueue(
  node: CanonicalNode,
  sink: Sink,
  { spoolDir, flow, hasSpools }: SinksPlace,
  leaving: ReadonlyMap<string, Promise<void>>,
): SinkQueue {
  const after = leaving.get(node.id);
  return new SinkQueue(sink, {
    bytesMax: queueBytesMax,
    storage: storageOf(node),
    ...(spoolDir !== undefined && { spoolFolder: path.join(spoolDir, flow, node.id) }),
    isSpoolEmpty: hasSpools === false,
    ...(after && { after }),
  });
}

/** All that decides how a node sends. */
function sinkText(node: CanonicalNode, { endpoints }: LoadedProgram): string {
  return JSON.stringify([node, endpoints?.[String(node.props.connection)]]);
}
