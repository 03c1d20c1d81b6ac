// A flow on a gateway, followed node by node: development mode on, steps as they happen, development mode off again.

import type { GatewayClient, TraceStep } from "@flowfusion/client";
import { readArtefact } from "@flowfusion/fusion";
import { FlowFusionError, type FlowName, type ModuleCatalog } from "@flowfusion/graph";

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

/**
 * Resolves when so many readings were followed, or `signal` says so; throws when the flow is deleted, or the gateway ends. A flow
 * that was in development mode before stays so.
 */
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
      if (step.reading - first >= trace.readings) return;
      trace.onStep(step);
    }
    if (!signal.aborted) throw await whyEnded(trace);
  } finally {
    following.abort();
    if (before.mode === "fused") await client.endDevelopment(flow);
  }
}

/** Asked for the flow, a gateway that has ended its trace says that the flow is gone, or is away itself. */
async function whyEnded({ client, flow }: LiveTrace): Promise<FlowFusionError> {
  await client.development(flow);
  return new FlowFusionError(
    "FF_API_NOT_RUNNING",
    `${client.endpoint} ended the trace of ${flow}: the flow was deployed anew meanwhile, or the gateway started anew`,
  );
}

/** Uploads the modules that the flow is made of and the gateway lacks, where the catalog has them. */
async function start({ client, flow, catalog, forMs }: LiveTrace): Promise<void> {
  const { graph } = readArtefact(await client.flowArtefact(flow));
  const digests = new Set(graph.nodes.map(({ module }) => module));
  await client.uploadModules([...(await catalog()).values()].filter(({ digest }) => digests.has(digest)));
  await client.startDevelopment(flow, { forMs });
}
