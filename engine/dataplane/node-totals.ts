// Counters of nodes over the life of a flow. An instance counts from zero; when it is replaced, what it counted is
// added up here, for the nodes that are still there.

import type { NodeCounters } from "@flowfusion/fusion";
import type { CanonicalGraph, NodeStats } from "@flowfusion/graph";

interface Total {
  messagesIn: number;
  messagesOut: number[];
  traps: number;
  profiled: NodeCounters["profiled"];
}

/** Of calls that were profiled; undefined when there were none. */
function sum(a: NodeCounters["profiled"], b: NodeCounters["profiled"]): NodeCounters["profiled"] {
  return a && b ? { messages: a.messages + b.messages, fuel: a.fuel + b.fuel } : (a ?? b);
}

const noTotal = (): Total => ({ messagesIn: 0, messagesOut: [0, 0, 0, 0], traps: 0, profiled: undefined });
const zero: Readonly<Total> = noTotal();

const outputsOf = ({ outputs, delivers }: CanonicalGraph["nodes"][number]): number => (delivers ? 1 : outputs.length);

export class NodeTotals {
  #graph: CanonicalGraph;
  /** Of nodes that have one: most flows run for long without. */
  #totals: Map<string, Total> | undefined;

  constructor(graph: CanonicalGraph) {
    this.#graph = graph;
  }

  /** Goes on with another graph: nodes that are in both keep their totals. */
  follow(graph: CanonicalGraph): void {
    this.#graph = graph;
    const stays = new Set<string>(graph.nodes.map(({ id }) => id));
    for (const id of this.#totals?.keys() ?? []) if (!stays.has(id)) this.#totals!.delete(id);
  }

  /** Adds what an instance counted, which is about to be discarded. */
  absorb(counters: readonly NodeCounters[]): void {
    for (const [index, { messagesIn, messagesOut, profiled }] of counters.entries()) {
      const node = this.#graph.nodes[index];
      if (!node) continue;
      const total = this.#totalOf(node.id);
      total.messagesIn += messagesIn;
      total.profiled = sum(total.profiled, profiled);
      total.messagesOut = total.messagesOut.map((count, port) => count + (messagesOut[port] ?? 0));
    }
  }

  trapped(node: string): void {
    if (this.#graph.nodes.some(({ id }) => id === node)) this.#totalOf(node).traps++;
  }

  #totalOf(node: string): Total {
    this.#totals ??= new Map();
    const known = this.#totals.get(node);
    if (known) return known;
    const total = noTotal();
    this.#totals.set(node, total);
    return total;
  }

  /** Totals with what the running instance has counted so far. */
  stats(live: readonly NodeCounters[]): NodeStats[] {
    return this.#graph.nodes.map((node, index) => {
      const total = this.#totals?.get(node.id) ?? zero;
      const counted = live[index];
      const profiled = sum(total.profiled, counted?.profiled);
      return {
        node: node.id,
        messagesIn: total.messagesIn + (counted?.messagesIn ?? 0),
        messagesOut: total.messagesOut
          .slice(0, outputsOf(node))
          .map((count, port) => count + (counted?.messagesOut[port] ?? 0)),
        traps: total.traps,
        ...(profiled && { profiled }),
      };
    });
  }
}
