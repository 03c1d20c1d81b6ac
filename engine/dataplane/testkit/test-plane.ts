// A real data plane for a test: its thread, a driver that PUSHes to it, and a PULL socket that its nng sinks push to.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultFlowLimits, faced, fuse, meter } from "@flowfusion/fusion";
import {
  type CanonicalGraph,
  encodeGraph,
  type FlowName,
  type FlowStats,
  type GraphDocument,
  type NodeModule,
  parseFlowName,
  parseGraph,
  resolveGraph,
  type SwapReport,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { decodeTagUpdateBatch, encodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { dialPush, listenPull, type PullSocket, type PushSocket } from "@flowfusion/transport";
import { type DataPlaneOptions, startDataPlane } from "../index.ts";
import type { DataPlane, DataPlaneStats, FlowProgram } from "../types.ts";

const builtins = await builtinCatalog();
export interface TestProgram extends Omit<FlowProgram, "graph"> {
  readonly graph: CanonicalGraph;
  /** What was fused, before metering. */
  readonly wasm: Uint8Array;
}

const programs = new Map<string, Promise<TestProgram>>();

export interface Document {
  readonly nodes: GraphDocument["nodes"];
  readonly wires: readonly string[];
}

/** Fuses and meters; the same document and modules only once. */
export function programOf(document: Document, ...modules: readonly NodeModule[]): Promise<TestProgram> {
  const key = JSON.stringify([document, modules.map(({ digest }) => digest)]);
  let program = programs.get(key);
  if (!program) {
    program = fuseAndMeter(document, modules);
    programs.set(key, program);
  }
  return program;
}

async function fuseAndMeter({ nodes, wires }: Document, modules: readonly NodeModule[]): Promise<TestProgram> {
  const catalog = new Map([...builtins, ...modules.map((module) => [module.manifest.name, module] as const)]);
  const graph = resolveGraph(parseGraph({ nodes, wires }), catalog);
  const { wasm, digest } = await fuse(graph, catalog);
  return {
    digest,
    generation: 1,
    graph,
    wasm,
    metered: faced(meter(wasm, defaultFlowLimits)),
    limits: defaultFlowLimits,
  };
}

/** As the agent hands it over. */
export const encoded = ({ digest, generation, graph, metered, limits }: TestProgram): FlowProgram => ({
  ...{ digest, generation, graph: encodeGraph(graph), metered, limits },
});

/** `in` → the nodes in a row, each by its port `in` and `out` → `out`. */
export function chain(address: string, inner: GraphDocument["nodes"], tags: readonly string[] = ["#"]): Document {
  const ids = ["in", ...Object.keys(inner), "out"];
  return {
    nodes: {
      in: { type: "tag_input", props: { tags } },
      ...inner,
      out: { type: "nng", props: { address } },
    },
    wires: ids
      .slice(1)
      .map((id, index) => `${ids[index]}.${inner[ids[index]!]?.type === "filter" ? "pass" : "out"} -> ${id}.in`),
  };
}

/** A PULL socket that the nng sinks of all flows push to. One for all tests of a file: programs name its address. */
export class Receiver implements AsyncDisposable {
  readonly address: string;
  readonly #pull: PullSocket;
  readonly #byFlow: Map<string, TagUpdate[]>;

  private constructor(pull: PullSocket, byFlow: Map<string, TagUpdate[]>) {
    this.address = pull.address;
    this.#pull = pull;
    this.#byFlow = byFlow;
  }

  static async start(): Promise<Receiver> {
    const byFlow = new Map<string, TagUpdate[]>();
    const onFrame = (frame: Uint8Array) => {
      const { source, updates } = decodeTagUpdateBatch(frame);
      const flow = source.slice(0, source.indexOf("/"));
      byFlow.set(flow, (byFlow.get(flow) ?? []).concat(updates));
    };
    return new Receiver(await listenPull({ address: "tcp://127.0.0.1:0", onFrame }), byFlow);
  }

  /** What a flow has sent since the last `clear`. */
  from(flow: string): readonly TagUpdate[] {
    return this.#byFlow.get(flow) ?? [];
  }

  valuesFrom(flow: string): TagUpdate["value"][] {
    return this.from(flow).map(({ value }) => value);
  }

  clear(): void {
    this.#byFlow.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pull.close();
  }
}

export class TestPlane implements AsyncDisposable {
  readonly plane: DataPlane;
  readonly dataDir: string;
  readonly #push: PushSocket;
  readonly #deployed = new Set<FlowName>();
  #drained: (() => void) | undefined;

  private constructor(plane: DataPlane, dataDir: string) {
    this.plane = plane;
    this.dataDir = dataDir;
    this.#push = dialPush({ address: plane.addresses[0]!, onDrain: () => this.#drained?.() });
  }

  static async start(options: Partial<DataPlaneOptions> = {}): Promise<TestPlane> {
    const dataDir = await mkdtemp(path.join(tmpdir(), "ff-dataplane-"));
    return new TestPlane(await startDataPlane({ ingest: ["tcp://127.0.0.1:0"], dataDir, ...options }), dataDir);
  }

  async deploy(name: string, program: TestProgram): Promise<SwapReport> {
    const report = await this.plane.deploy(parseFlowName(name), encoded(program));
    this.#deployed.add(parseFlowName(name));
    return report;
  }

  /** With counts of all flows that were deployed here and run. */
  statsOfAll(): Promise<DataPlaneStats> {
    return this.plane.stats([...this.#deployed]);
  }

  /** PUSHes one batch; waits for room when the data plane is behind. */
  async push(updates: readonly TagUpdate[]): Promise<void> {
    await this.pushBytes(encodeTagUpdateBatch({ source: "test", updates }));
  }

  async pushBytes(batch: Uint8Array): Promise<void> {
    while (!this.#push.send(batch)) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }

  async stats(name: string): Promise<FlowStats> {
    const [found] = (await this.plane.stats([parseFlowName(name)])).flows;
    if (!found) throw new Error(`there is no flow ${name}`);
    return found;
  }

  /** Waits until a flow has been given so many messages. */
  async untilIn(name: string, messages: number): Promise<FlowStats> {
    return eventually(async () => {
      const stats = await this.stats(name);
      if (stats.messagesIn < messages) throw new Error(`${stats.messagesIn} of ${messages} messages came in`);
      return stats;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#push.close();
    await this.plane.close();
    await rm(this.dataDir, { recursive: true });
  }
}

/** Updates of one tag whose value and timestamp are their number. */
export const numbered = (count: number, first = 0, tag = "n"): TagUpdate[] =>
  Array.from({ length: count }, (_, index) => ({
    tag,
    timestampNs: BigInt(first + index + 1),
    quality: 0,
    value: first + index,
  }));

export const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);
