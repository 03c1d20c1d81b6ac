// The gateway's counters as Prometheus families: ingest, each flow, each node, each sink, the process.
// Names follow Prometheus' habits (base units, `_total`), so times are in seconds here and µs everywhere else.

import type { FlowName, FlowStats, IngestStats, NodeStats, SinkStats } from "@flowfusion/graph";
import type { DataPlaneStats } from "../dataplane/types.ts";
import type { Validity } from "../security/tls-files.ts";
import { driverFamilies, type NamedDriver } from "./driver-metrics.ts";
import { exposition, type Family, type Sample } from "./exposition.ts";

export interface MetricsInput {
  readonly version: string;
  /** ms since the Unix epoch. */
  readonly startedAtMs: number;
  readonly stats: DataPlaneStats;
  /** Flows that did not start with the gateway, so that the data plane does not know them. */
  readonly brokenAtStart: readonly FlowName[];
  /** Checkpoints that were damaged or refused at the start, by flow. */
  readonly refusedCheckpoints: ReadonlyMap<FlowName, number>;
  /** Why what became of deploys is in memory alone. */
  readonly deploymentsError: string | undefined;
  readonly drivers: readonly NamedDriver[];
  /** Tokens that were not valid, and those that were not even considered any more. */
  readonly logins: { readonly failed: number; readonly refused: number };
  /** Of the certificate that the API serves. */
  readonly certificate: Validity | undefined;
}

const conditions = ["running", "restarting", "broken"] as const;

export function renderMetrics(input: MetricsInput): string {
  const { flows, ingest } = input.stats;
  return exposition([
    gauge("flowfusion_build_info", "The version that runs; always 1.", [
      { labels: { version: input.version }, value: 1 },
    ]),
    ...ingestFamilies(ingest),
    gauge("flowfusion_socket_to_sink_queue_seconds", "From a frame's arrival to its emissions in the sink queues.", [
      quantile({}, 0.5, input.stats.socketToSinkQueueP50Us),
      quantile({}, 0.99, input.stats.socketToSinkQueueP99Us),
    ]),
    conditionFamily(flows, input.brokenAtStart),
    ...flowFamilies(flows),
    ...checkpointFamilies(flows, input.refusedCheckpoints),
    inMemoryAloneFamily(flows, input.deploymentsError),
    ...nodeFamilies(flows),
    ...sinkFamilies(flows),
    ...driverFamilies(input.drivers),
    counter("flowfusion_logins_failed_total", "Tokens that were not valid.", [{ value: input.logins.failed }]),
    counter("flowfusion_logins_refused_total", "Tokens from addresses that had sent too many invalid ones.", [
      { value: input.logins.refused },
    ]),
    ...certificateFamilies(input.certificate),
    ...processFamilies(input.startedAtMs),
  ]);
}

function ingestFamilies(ingest: IngestStats): readonly Family[] {
  return [
    gauge("flowfusion_ingest_connections", "Drivers that are connected.", [{ value: ingest.connections }]),
    counter("flowfusion_ingest_frames_total", "Frames received.", [{ value: ingest.frames }]),
    counter("flowfusion_ingest_bytes_total", "Bytes received.", [{ value: ingest.bytes }]),
    counter("flowfusion_ingest_tags_total", "Tag updates received.", [{ value: ingest.tags }]),
    counter("flowfusion_ingest_unrouted_tags_total", "Tag updates that no flow subscribes to.", [
      { value: ingest.unrouted },
    ]),
    counter("flowfusion_ingest_refused_frames_total", "Frames refused, by cause.", byCause({}, ingest.refused)),
  ];
}

function conditionFamily(flows: readonly FlowStats[], brokenAtStart: readonly FlowName[]): Family {
  const current = [
    ...flows.map(({ name, condition }) => [name, condition] as const),
    ...brokenAtStart.map((name) => [name, "broken"] as const),
  ];
  const samples = current.flatMap(([flow, found]) =>
    conditions.map((condition) => ({ labels: { flow, condition }, value: condition === found ? 1 : 0 })),
  );
  return gauge("flowfusion_flow_condition", "1 for the condition that the flow is in.", samples);
}

function flowFamilies(flows: readonly FlowStats[]): readonly Family[] {
  const each = (read: (flow: FlowStats) => number): readonly Sample[] =>
    flows.map((flow) => ({ labels: { flow: flow.name }, value: read(flow) }));
  return [
    counter(
      "flowfusion_flow_messages_in_total",
      "Messages that entered the flow.",
      each((flow) => flow.messagesIn),
    ),
    counter(
      "flowfusion_flow_messages_out_total",
      "Messages that left the flow.",
      each((flow) => flow.messagesOut),
    ),
    counter(
      "flowfusion_flow_dropped_by_breaker_total",
      "Messages dropped while the circuit breaker was open.",
      each((flow) => flow.droppedByBreaker),
    ),
    counter(
      "flowfusion_flow_traps_total",
      "Traps, fuel exhaustion included.",
      each((flow) => flow.traps),
    ),
    counter(
      "flowfusion_flow_restarts_total",
      "Restarts after a trap.",
      each((flow) => flow.restarts),
    ),
    counter(
      "flowfusion_flow_dead_letters_total",
      "Messages set aside after a trap.",
      each((flow) => flow.deadLetters),
    ),
    gauge(
      "flowfusion_flow_input_queued_messages",
      "Messages that wait to enter the flow.",
      each((flow) => flow.input.queued),
    ),
    gauge(
      "flowfusion_flow_input_queued_bytes",
      "Bytes that wait to enter the flow.",
      each((flow) => flow.input.queuedBytes),
    ),
    counter(
      "flowfusion_flow_input_dropped_total",
      "Messages that never entered the flow, by cause.",
      flows.flatMap((flow) => byCause({ flow: flow.name }, flow.input.dropped)),
    ),
    gauge(
      "flowfusion_flow_dead_letters_kept",
      "Messages set aside that can still be replayed.",
      each((flow) => flow.deadLettersKept),
    ),
    gauge(
      "flowfusion_flow_retry_seconds",
      "How long the flow still rests while its circuit breaker is open.",
      each((flow) => (flow.retryInMs ?? 0) / 1000),
    ),
    gauge(
      "flowfusion_flow_development",
      "1 while the flow runs node by node.",
      each((flow) => (flow.mode === "development" ? 1 : 0)),
    ),
    gauge(
      "flowfusion_flow_execute_seconds",
      "One call into the flow.",
      flows.flatMap((flow) => [
        quantile({ flow: flow.name }, 0.5, flow.executeP50Us),
        quantile({ flow: flow.name }, 0.99, flow.executeP99Us),
      ]),
    ),
  ];
}

function checkpointFamilies(flows: readonly FlowStats[], refused: ReadonlyMap<FlowName, number>): readonly Family[] {
  const newest = flows.flatMap(({ name, checkpoint }) => (checkpoint ? [{ labels: { flow: name }, checkpoint }] : []));
  return [
    gauge(
      "flowfusion_checkpoint_timestamp_seconds",
      "When the flow's newest checkpoint was saved, in Unix time.",
      newest.map(({ labels, checkpoint }) => ({ labels, value: checkpoint.savedAtMs / 1000 })),
    ),
    gauge(
      "flowfusion_checkpoint_state_bytes",
      "State in the flow's newest checkpoint.",
      newest.map(({ labels, checkpoint }) => ({ labels, value: checkpoint.stateBytes })),
    ),
    counter(
      "flowfusion_checkpoint_failures_total",
      "Checkpoints that could not be written.",
      flows.map(({ name, checkpointFailures }) => ({ labels: { flow: name }, value: checkpointFailures })),
    ),
    gauge(
      "flowfusion_checkpoints_refused",
      "Checkpoints that were damaged or refused when the gateway started.",
      [...refused].map(([flow, value]) => ({ labels: { flow }, value })),
    ),
  ];
}

function inMemoryAloneFamily(flows: readonly FlowStats[], deploymentsError: string | undefined): Family {
  const sample = (labels: NonNullable<Sample["labels"]>, error: string | undefined): Sample => ({
    ...{ labels, value: error === undefined ? 0 : 1 },
  });
  return gauge("flowfusion_in_memory_alone", "1 for what the disk does not take, so that a kill would take it.", [
    sample({ what: "deployments" }, deploymentsError),
    ...flows.flatMap(({ name: flow, checkpointError, deadLetterError }) => [
      sample({ flow, what: "state" }, checkpointError),
      sample({ flow, what: "dead_letters" }, deadLetterError),
    ]),
  ]);
}

function nodeFamilies(flows: readonly FlowStats[]): readonly Family[] {
  const each = (read: (node: NodeStats) => number): readonly Sample[] =>
    flows.flatMap((flow) =>
      flow.nodes.map((node) => ({ labels: { flow: flow.name, node: node.node }, value: read(node) })),
    );
  const byPort = flows.flatMap((flow) =>
    flow.nodes.flatMap(({ node, messagesOut }) =>
      messagesOut.map((value, port) => ({ labels: { flow: flow.name, node, port }, value })),
    ),
  );
  return [
    counter(
      "flowfusion_node_messages_in_total",
      "Messages that entered the node.",
      each((node) => node.messagesIn),
    ),
    counter("flowfusion_node_messages_out_total", "Messages that left the node, by output port.", byPort),
    counter(
      "flowfusion_node_traps_total",
      "Traps inside the node.",
      each((node) => node.traps),
    ),
    counter(
      "flowfusion_node_profiled_messages_total",
      "Messages of the runs that were profiled, one in 128 and one a second at most.",
      each(({ profiled }) => profiled?.messages ?? 0),
    ),
    counter(
      "flowfusion_node_profiled_fuel_total",
      "Units of fuel that the node's own code used for the messages that were profiled.",
      each(({ profiled }) => profiled?.fuel ?? 0),
    ),
  ];
}

function sinkFamilies(flows: readonly FlowStats[]): readonly Family[] {
  const labelled = flows.flatMap((flow) =>
    flow.sinks.map((sink) => ({ sink, labels: { flow: flow.name, node: sink.node, kind: sink.kind } })),
  );
  const each = (read: (sink: SinkStats) => number): readonly Sample[] =>
    labelled.map(({ sink, labels }) => ({ labels, value: read(sink) }));
  const dropped = labelled.flatMap(({ sink, labels }) => byCause(labels, sink.dropped));
  return [
    gauge(
      "flowfusion_sink_queued_messages",
      "Messages that wait to be sent, in memory and on disk.",
      each((sink) => sink.queued),
    ),
    gauge(
      "flowfusion_sink_queued_bytes",
      "Bytes that wait in memory to be sent.",
      each((sink) => sink.queuedBytes),
    ),
    gauge(
      "flowfusion_sink_disk_bytes",
      "Bytes on disk of what waits to be sent.",
      each((sink) => sink.diskBytes),
    ),
    gauge(
      "flowfusion_sink_disk_bytes_max",
      "Bytes on disk that may wait to be sent; beyond, the oldest messages are dropped.",
      each((sink) => sink.diskBytesMax),
    ),
    gauge(
      "flowfusion_sink_failing_seconds",
      "How long sending has failed by now; 0 while it goes through.",
      each((sink) => (sink.failingMs ?? 0) / 1000),
    ),
    counter(
      "flowfusion_sink_recovered_total",
      "Messages of an earlier start that were found on disk.",
      each((sink) => sink.recovered),
    ),
    counter(
      "flowfusion_sink_sent_total",
      "Messages sent.",
      each((sink) => sink.sent),
    ),
    counter("flowfusion_sink_dropped_total", "Messages dropped, by cause.", dropped),
  ];
}

function certificateFamilies(certificate: Validity | undefined): readonly Family[] {
  if (certificate === undefined) return [];
  return [
    gauge("flowfusion_tls_certificate_expires_seconds", "When the API's certificate ends, in Unix time.", [
      { value: Date.parse(certificate.validTo) / 1000 },
    ]),
  ];
}

function processFamilies(startedAtMs: number): readonly Family[] {
  const { user, system } = process.cpuUsage();
  return [
    gauge("process_resident_memory_bytes", "Resident memory.", [{ value: process.memoryUsage.rss() }]),
    counter("process_cpu_seconds_total", "User and system time.", [{ value: (user + system) / 1e6 }]),
    gauge("process_start_time_seconds", "Start, in Unix time.", [{ value: startedAtMs / 1000 }]),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "gauge", samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "counter", samples };
}

function quantile(labels: NonNullable<Sample["labels"]>, q: number, us: number): Sample {
  return { labels: { ...labels, quantile: q }, value: us / 1e6 };
}

function byCause(
  labels: NonNullable<Sample["labels"]>,
  counts: { readonly [cause: string]: number },
): readonly Sample[] {
  return Object.entries(counts).map(([cause, value]) => ({ labels: { ...labels, cause }, value }));
}
