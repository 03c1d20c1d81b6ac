// A flow while it is watched: what its wires carry, what its nodes cost, and the way of a message that somebody looks into.
// The gateway makes these figures only while somebody follows, so a hidden page follows nothing.

import type { LiveFlow } from "@flowfusion/client";
import type { FlowName } from "@flowfusion/graph";
import { getContext, setContext } from "svelte";
import { followWhileVisible } from "../api/follow.ts";
import { gateway } from "../api/gateway.ts";
import { type Costs, type Heat, heatOf, type Measure, withCosts } from "./costs.ts";
import { inputKey, outputKey, type PortKey, type PortValues, type SeenValue, withValues } from "./port-values.ts";
import { type Trace, wiresUpTo, withTraces } from "./traces.ts";

/** The graph that runs, as far as figures are told by it. */
export interface WatchedGraph {
  /** As `source.output -> target.input`. */
  readonly wires: ReadonlySet<string>;
  /** Names in the order in which the gateway counts them. */
  outputsOf(node: string): readonly string[];
}

interface WireReading {
  /** Messages a second; undefined before the first update. */
  readonly perS: number | undefined;
  readonly last: SeenValue | undefined;
}

export class LiveView {
  isOn = $state(false);
  /** The gateway does not answer; what is shown is the last of it. */
  isLost = $state(false);
  update = $state.raw<LiveFlow | undefined>();
  values = $state.raw<PortValues>(new Map());
  traces = $state.raw<readonly Trace[]>([]);
  measure = $state<Measure | "off">("off");
  chartPort = $state.raw<PortKey | undefined>();
  #costs = $state.raw<Costs>(new Map());
  #held = $state.raw<Trace | undefined>();
  #position = $state(0);
  readonly #name: FlowName;
  readonly #graph: () => WatchedGraph | undefined;
  #end: (() => void) | undefined;

  readonly #rates: ReadonlyMap<PortKey, number> = $derived.by(() => {
    const graph = this.#graph();
    const nodes = this.update?.nodes ?? [];
    if (graph === undefined) return new Map();
    return new Map(
      nodes.flatMap(({ node, outPerS }) =>
        graph.outputsOf(node).map((port, index) => [outputKey(node, port), outPerS[index] ?? 0] as const),
      ),
    );
  });
  readonly heat: ReadonlyMap<string, Heat> = $derived(
    this.measure === "off" ? new Map() : heatOf(this.#costs, this.update?.nodes ?? [], this.measure),
  );
  readonly #hottest = $derived(Math.max(...[...this.heat.values()].map(({ share }) => share), 0));
  /** The message that is looked into; steps that come in late are added to it. */
  readonly trace: Trace | undefined = $derived(
    this.traces.find(({ reading }) => reading === this.#held?.reading) ?? this.#held,
  );
  readonly position = $derived(Math.min(this.#position, (this.trace?.steps.length ?? 1) - 1));
  readonly step = $derived(this.trace?.steps[this.position]);
  readonly #nodesOnWay = $derived(new Set(this.trace?.steps.slice(0, this.position + 1).map(({ node }) => node)));
  readonly #wiresOnWay: ReadonlySet<string> = $derived.by(() => {
    const wires = this.#graph()?.wires;
    return this.trace === undefined || wires === undefined ? new Set() : wiresUpTo(this.trace, this.position, wires);
  });
  /** Those at which something was seen. */
  readonly ports: readonly PortKey[] = $derived([...this.values.keys()].sort());

  constructor(name: FlowName, graph: () => WatchedGraph | undefined) {
    this.#name = name;
    this.#graph = graph;
  }

  readingOf(source: string, port: string): WireReading {
    const key = outputKey(source, port);
    return { perS: this.#rates.get(key), last: this.values.get(key)?.at(-1) };
  }

  /** The last value at the node: what it emitted counts before what it got. */
  lastAt(node: string, inputs: readonly string[], outputs: readonly string[]): SeenValue | undefined {
    const newest = (keys: readonly PortKey[]) =>
      keys
        .flatMap((key) => this.values.get(key)?.at(-1) ?? [])
        .reduce<SeenValue | undefined>((a, b) => (a === undefined || b.atMs >= a.atMs ? b : a), undefined);
    return newest(outputs.map((port) => outputKey(node, port))) ?? newest(inputs.map((port) => inputKey(node, port)));
  }

  costOf(node: string) {
    return this.#costs.get(node);
  }

  /** 0 to 1, against the hottest node. */
  warmthOf(node: string): number {
    return this.#hottest === 0 ? 0 : (this.heat.get(node)?.share ?? 0) / this.#hottest;
  }

  hold(trace: Trace | undefined): void {
    this.#held = trace;
    this.#position = 0;
  }

  goTo(position: number): void {
    this.#position = Math.max(0, Math.min(position, (this.trace?.steps.length ?? 1) - 1));
  }

  /** `here`: the step that is looked at; `passed`: the message came by before it. */
  placeOfNode(node: string): "here" | "passed" | undefined {
    if (this.step?.node === node) return "here";
    return this.#nodesOnWay.has(node) ? "passed" : undefined;
  }

  isOnWay(wire: string): boolean {
    return this.#wiresOnWay.has(wire);
  }

  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.#end = followWhileVisible(
      (signal) => gateway.followFlow(this.#name, { signal }),
      (update) => this.#take(update),
      () => {
        this.isLost = true;
      },
    );
  }

  stop(): void {
    this.isOn = false;
    this.#end?.();
    this.#forget();
    this.update = undefined;
    this.measure = "off";
    this.isLost = false;
  }

  #take(update: LiveFlow): void {
    // Steps of another version are of another graph.
    if (this.update !== undefined && this.update.generation !== update.generation) this.#forget();
    this.isLost = false;
    this.update = update;
    this.values = withValues(this.values, update.steps);
    this.traces = withTraces(this.traces, update.steps);
    this.#costs = withCosts(this.#costs, update.nodes, update.steps);
  }

  #forget(): void {
    this.values = new Map();
    this.traces = [];
    this.#costs = new Map();
    this.hold(undefined);
  }
}

const contextKey = Symbol("live view");

/** For the nodes and wires of the canvas, which the library makes. */
export const provideLiveView = (live: LiveView): LiveView => setContext(contextKey, live);

/** Undefined on a canvas of what does not run. */
export const liveView = (): LiveView | undefined => getContext<LiveView | undefined>(contextKey);
