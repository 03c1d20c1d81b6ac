// A FlowHost in the test's own thread, with a clock that the test sets, fed with frames of the test's making. Its sink
// is a file.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  encodeFrame,
  encodeMessage,
  type MessageValue,
  parseFlowName,
  type SwapReport,
  type TrapCause,
} from "@flowfusion/graph";
import { FlowHost } from "../flow-host.ts";
import type { LoadedProgram } from "../launch.ts";
import type { HealthGate } from "../types.ts";
import type { Document, TestProgram } from "./test-plane.ts";

export const load = ({ digest, generation, graph, limits, metered }: TestProgram): LoadedProgram => ({
  ...{ digest, generation, graph, limits },
  module: metered instanceof WebAssembly.Module ? metered : new WebAssembly.Module(metered),
});

/** `in` → the node → `out`, a file. */
export const fileFlow = (node: Document["nodes"][string], file = "out.jsonl"): Document => ({
  nodes: {
    in: { type: "tag_input", props: { tags: ["#"] } },
    node,
    out: { type: "file", props: { path: file } },
  },
  wires: ["in.out -> node.in", "node.out -> out.in"],
});

export class TestHost implements AsyncDisposable {
  readonly host: FlowHost;
  readonly outputDir: string;
  readonly logged: string[] = [];
  /** What was told of the flow being broken, each time. */
  readonly broken: string[] = [];
  nowMs = 0;
  /** The clock goes on by so much at each look; a call into the flow takes one. */
  lookMs = 0;
  readonly wallMs = (): number => this.nowMs;

  private constructor(program: LoadedProgram, outputDir: string) {
    this.outputDir = outputDir;
    const place = {
      name: parseFlowName("flow"),
      outputDir,
      nowMs: () => {
        this.nowMs += this.lookMs;
        return this.nowMs;
      },
      wallMs: () => this.wallMs(),
      random: () => 0.5,
      onLog: (_flow: string, node: string) => void this.logged.push(node),
      onBroken: (_flow: string, node: string, cause: TrapCause) => void this.broken.push(`${node}: ${cause}`),
    };
    this.host = new FlowHost(place, program);
  }

  static async create(program: TestProgram | LoadedProgram): Promise<TestHost> {
    return new TestHost("metered" in program ? load(program) : program, await mkdtemp(path.join(tmpdir(), "ff-host-")));
  }

  swap(program: LoadedProgram, gate?: HealthGate): SwapReport {
    return this.host.swap(this.host.prepare(program), gate);
  }

  /** Swaps in the steps that a gateway does, with `meanwhile` between what was loaded ahead and the swap itself. */
  swapAhead(program: LoadedProgram, meanwhile: () => void): SwapReport {
    const next = this.host.prepare(program);
    for (const _step of this.host.preload(next));
    meanwhile();
    return this.host.swap(next);
  }

  feed(...values: readonly number[]): void {
    this.feedFrames(Buffer.concat(values.map((value) => frameOf(value))), values.length);
  }

  /** One message of each of so many topics. */
  feedTopics(count: number): void {
    const frames = Array.from({ length: count }, (_, index) => frameOf(index, `topic-${index}`));
    this.feedFrames(Buffer.concat(frames), count);
  }

  feedFrames(frames: Uint8Array, count: number): void {
    this.host.feed(frames, 0, frames.length, count);
  }

  /** Closes the flow; gives the values that its file sink wrote. */
  async finish(file = "out.jsonl"): Promise<unknown[]> {
    await this.host.close();
    const lines = (await readFile(path.join(this.outputDir, file), "utf8")).split("\n").slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { value: unknown }).value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    await rm(this.outputDir, { recursive: true });
  }
}

/** A frame for input 0. */
export function frameOf(value: MessageValue, topic = "n"): Uint8Array {
  return encodeFrame(0, encodeMessage({ topic, timestampNs: 1n, quality: 0, value }));
}
