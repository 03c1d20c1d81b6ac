// The gateway's counters as Prometheus families: ingest, each flow, each node, each sink, the process.
// Names follow Prometheus' habits (base units, `_total`), so times are in seconds here and µs everywhere else.

import type { FlowCondition, FlowName, FlowStats, IngestStats, NodeStats, SinkStats } from "@flowfusion/graph";
import type { DataPlaneStats } from "../dataplane/types.ts";
import type { Validity } from "../security/tls-files.ts";
import { driverMeasures, type NamedDriver } from "./driver-metrics.ts";
import { counter, Exposition, gauge, label, type Measure, type Reading } from "./exposition.ts";

/** What is not of one flow. */
export interface GatewayMetrics {
  readonly version: string;
  /** ms since the Unix epoch. */
  readonly startedAtMs: number;
  readonly stats: Pick<DataPlaneStats, "ingest" | "socketToSinkQueueP50Us" | "socketToSinkQueueP99Us">;
  /** Flows that did not start with the gateway, so that the data plane does not know them. */
  readonly brokenAtStart: readonly FlowName[];
  /** Checkpoints that were damaged or refused at the start, by flow. */
  readonly refusedCheckpoints: ReadonlyMap<FlowName, number>;
  /** Why the data folder takes no writes. */
  readonly storageError: string | undefined;
  /** Why what became of deploys is in memory alone. */
  readonly deploymentsError: string | undefined;
  readonly drivers: readonly NamedDriver[];
  /** Tokens that were not valid, and those that were not even considered any more. */
  readonly logins: { readonly failed: number; readonly refused: number };
  /** Of the certificate that the API serves. */
  readonly certificate: Validity | undefined;
}

/** The answer to one scrape, written a few flows at a time, as their counts come: others have their turn in between. */
export class Metrics {
  readonly #exposition = new Exposition();

  addFlows(flows: readonly FlowStats[]): void {
    for (const flow of flows) this.#addFlow(flow);
    this.#exposition.settle();
  }

  #addFlow(flow: FlowStats): void {
    const exposition = this.#exposition;
    const ofFlow = label("flow", flow.name);
    exposition.add(conditionMeasures, flow.condition, ofFlow);
    exposition.add(flowMeasures, flow, ofFlow);
    exposition.add(inMemoryAloneMeasures, inMemoryAloneOf(flow), ofFlow);
    for (const node of flow.nodes) exposition.add(nodeMeasures, node, `${ofFlow},${label("node", node.node)}`);
    for (const sink of flow.sinks) {
      exposition.add(sinkMeasures, sink, `${ofFlow},${label("node", sink.node)},${label("kind", sink.kind)}`);
    }
  }

  /** The text, piece by piece. */
  end(gateway: GatewayMetrics): Iterable<Uint8Array> {
    const exposition = this.#exposition;
    for (const name of gateway.brokenAtStart) exposition.add(conditionMeasures, "broken", label("flow", name));
    for (const [name, count] of gateway.refusedCheckpoints) {
      exposition.add(refusedMeasures, count, label("flow", name));
    }
    exposition.add(inMemoryAloneMeasures, { deployments: gateway.deploymentsError });
    for (const driver of gateway.drivers) exposition.add(driverMeasures, driver, label("driver", driver.name));
    exposition.add(ingestMeasures, gateway.stats.ingest);
    exposition.add(gatewayMeasures, gateway);
    return exposition.pieces();
  }
}

const conditions = ["running", "restarting", "broken"] as const;

const conditionMeasures: readonly Measure<FlowCondition>[] = [
  gauge("flowfusion_flow_condition", "1 for the condition that the flow is in.", (found) =>
    conditions.map((condition) => [label("condition", condition), condition === found ? 1 : 0]),
  ),
];

const flowMeasures: readonly Measure<FlowStats>[] = [
  counter("flowfusion_flow_messages_in_total", "Messages that entered the flow.", (flow) => flow.messagesIn),
  counter("flowfusion_flow_messages_out_total", "Messages that left the flow.", (flow) => flow.messagesOut),
  counter(
    "flowfusion_flow_dropped_total",
    "Messages lost, at the flow's input, at its circuit breaker and at its sinks, those that it has no more included.",
    (flow) => flow.dropped,
  ),
  counter(
    "flowfusion_flow_dropped_by_breaker_total",
    "Messages dropped while the circuit breaker was open.",
    (flow) => flow.droppedByBreaker,
  ),
  counter("flowfusion_flow_traps_total", "Traps, fuel exhaustion included.", (flow) => flow.traps),
  counter("flowfusion_flow_restarts_total", "Restarts after a trap.", (flow) => flow.restarts),
  counter("flowfusion_flow_dead_letters_total", "Messages set aside after a trap.", (flow) => flow.deadLetters),
  gauge("flowfusion_flow_input_queued_messages", "Messages that wait to enter the flow.", (flow) => flow.input.queued),
  gauge("flowfusion_flow_input_queued_bytes", "Bytes that wait to enter the flow.", (flow) => flow.input.queuedBytes),
  counter("flowfusion_flow_input_dropped_total", "Messages that never entered the flow, by cause.", ({ input }) =>
    byCause(input.dropped),
  ),
  gauge(
    "flowfusion_flow_dead_letters_kept",
    "Messages set aside that can still be replayed.",
    (flow) => flow.deadLettersKept,
  ),
  gauge(
    "flowfusion_flow_retry_seconds",
    "How long the flow still rests while its circuit breaker is open.",
    ({ retryInMs }) => (retryInMs ?? 0) / 1000,
  ),
  gauge("flowfusion_flow_development", "1 while the flow runs node by node.", ({ mode }) =>
    mode === "development" ? 1 : 0,
  ),
  gauge("flowfusion_flow_execute_seconds", "One call into the flow.", ({ executeP50Us, executeP99Us }) =>
    quantiles(executeP50Us, executeP99Us),
  ),
  gauge(
    "flowfusion_checkpoint_timestamp_seconds",
    "When the flow's newest checkpoint was saved, in Unix time.",
    ({ checkpoint }) => (checkpoint ? checkpoint.savedAtMs / 1000 : []),
  ),
  gauge(
    "flowfusion_checkpoint_state_bytes",
    "State in the flow's newest checkpoint.",
    ({ checkpoint }) => checkpoint?.stateBytes ?? [],
  ),
  counter(
    "flowfusion_checkpoint_failures_total",
    "Checkpoints that could not be written.",
    (flow) => flow.checkpointFailures,
  ),
];

const refusedMeasures: readonly Measure<number>[] = [
  gauge(
    "flowfusion_checkpoints_refused",
    "Checkpoints that were damaged or refused when the gateway started.",
    (count) => count,
  ),
];

/** By what it is: what the disk said, undefined where it takes it. */
type InMemoryAlone = { readonly [what: string]: string | undefined };

const inMemoryAloneOf = ({ checkpointError, deadLetterError }: FlowStats): InMemoryAlone => ({
  ...{ state: checkpointError, dead_letters: deadLetterError },
});

const inMemoryAloneMeasures: readonly Measure<InMemoryAlone>[] = [
  gauge("flowfusion_in_memory_alone", "1 for what the disk does not take, so that a kill would take it.", (errors) =>
    Object.entries(errors).map(([what, error]) => [label("what", what), error === undefined ? 0 : 1]),
  ),
];

const nodeMeasures: readonly Measure<NodeStats>[] = [
  counter("flowfusion_node_messages_in_total", "Messages that entered the node.", (node) => node.messagesIn),
  counter("flowfusion_node_messages_out_total", "Messages that left the node, by output port.", ({ messagesOut }) =>
    messagesOut.map((count, port) => [label("port", port), count]),
  ),
  counter("flowfusion_node_traps_total", "Traps inside the node.", (node) => node.traps),
  counter(
    "flowfusion_node_profiled_messages_total",
    "Messages of the runs that were profiled, one in 128 and one a second at most.",
    ({ profiled }) => profiled?.messages ?? 0,
  ),
  counter(
    "flowfusion_node_profiled_fuel_total",
    "Units of fuel that the node's own code used for the messages that were profiled.",
    ({ profiled }) => profiled?.fuel ?? 0,
  ),
];

const sinkMeasures: readonly Measure<SinkStats>[] = [
  gauge(
    "flowfusion_sink_queued_messages",
    "Messages that wait to be sent, in memory and on disk.",
    (sink) => sink.queued,
  ),
  gauge("flowfusion_sink_queued_bytes", "Bytes that wait in memory to be sent.", (sink) => sink.queuedBytes),
  gauge("flowfusion_sink_disk_bytes", "Bytes on disk of what waits to be sent.", (sink) => sink.diskBytes),
  gauge(
    "flowfusion_sink_disk_bytes_max",
    "Bytes on disk that may wait to be sent; beyond, the oldest messages are dropped.",
    (sink) => sink.diskBytesMax,
  ),
  gauge(
    "flowfusion_sink_failing_seconds",
    "How long sending has failed by now; 0 while it goes through.",
    ({ failingMs }) => (failingMs ?? 0) / 1000,
  ),
  counter(
    "flowfusion_sink_recovered_total",
    "Messages of an earlier start that were found on disk.",
    (sink) => sink.recovered,
  ),
  counter("flowfusion_sink_sent_total", "Messages sent.", (sink) => sink.sent),
  counter("flowfusion_sink_dropped_total", "Messages dropped, by cause.", ({ dropped }) => byCause(dropped)),
];

const ingestMeasures: readonly Measure<IngestStats>[] = [
  gauge("flowfusion_ingest_connections", "Drivers that are connected.", ({ connections }) => connections),
  counter("flowfusion_ingest_frames_total", "Frames received.", ({ frames }) => frames),
  counter("flowfusion_ingest_bytes_total", "Bytes received.", ({ bytes }) => bytes),
  counter("flowfusion_ingest_tags_total", "Tag updates received.", ({ tags }) => tags),
  counter(
    "flowfusion_ingest_unrouted_tags_total",
    "Tag updates that no flow subscribes to.",
    (ingest) => ingest.unrouted,
  ),
  counter("flowfusion_ingest_refused_frames_total", "Frames refused, by cause.", ({ refused }) => byCause(refused)),
];

const gatewayMeasures: readonly Measure<GatewayMetrics>[] = [
  gauge("flowfusion_build_info", "The version that runs; always 1.", ({ version }) => [[label("version", version), 1]]),
  gauge(
    "flowfusion_socket_to_sink_queue_seconds",
    "From a frame's arrival to its emissions in the sink queues.",
    ({ stats }) => quantiles(stats.socketToSinkQueueP50Us, stats.socketToSinkQueueP99Us),
  ),
  gauge(
    "flowfusion_storage_writable",
    "1 while the data folder takes writes, as of the last seconds.",
    ({ storageError }) => (storageError === undefined ? 1 : 0),
  ),
  counter("flowfusion_logins_failed_total", "Tokens that were not valid.", ({ logins }) => logins.failed),
  counter(
    "flowfusion_logins_refused_total",
    "Tokens from addresses that had sent too many invalid ones.",
    ({ logins }) => logins.refused,
  ),
  gauge(
    "flowfusion_tls_certificate_expires_seconds",
    "When the API's certificate ends, in Unix time.",
    ({ certificate }) => (certificate ? Date.parse(certificate.validTo) / 1000 : []),
  ),
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss()),
  counter("process_cpu_seconds_total", "User and system time.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  gauge("process_start_time_seconds", "Start, in Unix time.", ({ startedAtMs }) => startedAtMs / 1000),
];

const quantiles = (p50Us: number, p99Us: number): Reading => [
  [label("quantile", 0.5), p50Us / 1e6],
  [label("quantile", 0.99), p99Us / 1e6],
];

const byCause = (counts: { readonly [cause: string]: number }): Reading =>
  Object.entries(counts).map(([cause, count]) => [label("cause", cause), count]);
