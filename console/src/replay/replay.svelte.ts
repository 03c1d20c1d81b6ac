// A draft on recorded updates: fused once, then run on as many recordings as somebody tries.

import type { FlowComparison, FusedDraft } from "@flowfusion/client";
import { type GraphDocument, parseFlowName } from "@flowfusion/graph";
import { type Fault, faultOf } from "../api/faults.ts";
import { gateway } from "../api/gateway.ts";

/** So many of the newest updates that the gateway keeps, or a recording that somebody has. */
export type ReplaySource = { readonly updates: number } | { readonly file: File };

/** A replay fuses, and waits for its turn. */
const timeoutMs = 120_000;

export class Replay {
  stage = $state<"idle" | "fusing" | "running">("idle");
  comparison = $state.raw<FlowComparison | undefined>();
  fault = $state.raw<Fault | undefined>();
  #fused: { readonly of: string; readonly draft: FusedDraft } | undefined;
  readonly #stopped = new AbortController();

  close(): void {
    this.#stopped.abort();
  }

  async run(flow: string, graph: GraphDocument, source: ReplaySource): Promise<void> {
    const { signal } = this.#stopped;
    this.comparison = undefined;
    this.fault = undefined;
    this.stage = "fusing";
    try {
      const { artefact } = await this.#fuse(graph);
      this.stage = "running";
      const name = parseFlowName(flow);
      const call = { signal, timeoutMs };
      this.comparison =
        "file" in source
          ? await gateway.replay(name, { artefact, recording: new Uint8Array(await source.file.arrayBuffer()) }, call)
          : await gateway.compareWithRunning(name, { artefact, updates: source.updates }, call);
    } catch (error) {
      if (!signal.aborted) this.fault = faultOf(error);
    }
    this.stage = "idle";
  }

  async #fuse(graph: GraphDocument): Promise<FusedDraft> {
    const of = JSON.stringify(graph);
    if (this.#fused?.of !== of) {
      this.#fused = { of, draft: await gateway.fuse(graph, { signal: this.#stopped.signal }) };
    }
    return this.#fused.draft;
  }
}
