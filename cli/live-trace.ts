// A flow on a gateway, followed node by node: development mode on, steps as they happen, development mode off again.

import type { GatewayClient, TraceStep } from "@flowfusion/client";
import { readArtefact } from "@flowfusion/fusion";
import type { FlowName, ModuleCatalog } from "@flowfusion/graph";

export interface LiveTrace {
  readonly client: GatewayClient;
  readonly flow: FlowName;
  /** Where modules come from that the gateway does not have. */
  readonly catalog: () => Promise<ModuleCatalog>;
  /** Readings and ticks to follow; the trace ends behind the last. */
  readonly readings: number;
  /** Development mode ends by itself, should this process end before. */
  readonly forMs: number;
  readonly signal: AbortSignal;
  /** The flow runs node by node, and no reading has come yet. */
  readonly onWaiting: () => void;
  readonly onStep: (step: TraceStep) => void;
}

/** Resolves when so many readings were followed, or `signal` says so. A flow that was in development mode before stays so. */
export async function traceLive(trace: LiveTrace): Promise<void> {
  const { client, flow, signal } = trace;
  const before = await client.development(flow);
  if (before.mode === "fused") await start(trace);
  trace.onWaiting();
  const following = new AbortController();
  const stop = () => following.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let first: number | undefined;
    for await (const step of client.followTrace(flow, before.traced, { signal: following.signal })) {
      first ??= step.reading;
      if (step.reading - first >= trace.readings) break;
      trace.onStep(step);
    }
  } finally {
    following.abort();
    if (before.mode === "fused") await client.endDevelopment(flow);
  }
}

/** Uploads the modules that the flow is made of and the gateway lacks, where the catalog has them. */
async function start({ client, flow, catalog, forMs }: LiveTrace): Promise<void> {
  const { graph } = readArtefact(await client.flowArtefact(flow));
  const digests = new Set(graph.nodes.map(({ module }) => module));
  await client.uploadModules([...(await catalog()).values()].filter(({ digest }) => digests.has(digest)));
  await client.startDevelopment(flow, { forMs });
}
