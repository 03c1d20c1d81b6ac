// Writes deploy/grafana/flowfusion.json, a Grafana dashboard of the gateway's metrics: `node tools/docs/dashboard.ts`.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const dashboardPath = "deploy/grafana/flowfusion.json";

interface Query {
  readonly expr: string;
  /** Behind the gateway's name. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** Grafana's names: `short`, `s`, `bytes`, `cps` (a second). */
  readonly unit: string;
  readonly description: string;
  readonly queries: readonly Query[];
}

const where = '{instance=~"$instance"}';
const ofFlow = '{instance=~"$instance",flow=~"$flow"}';
const ofDriver = '{instance=~"$instance",driver=~"$driver"}';
const rate = (metric: string, labels = ofFlow) => `rate(${metric}${labels}[$__rate_interval])`;
const p99 = '{instance=~"$instance",quantile="0.99"}';
const flowP99 = '{instance=~"$instance",flow=~"$flow",quantile="0.99"}';

const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: "Gateway",
    panels: [
      {
        ...{ title: "Tags in", unit: "cps", description: "Tag updates that drivers sent." },
        queries: [
          { expr: rate("flowfusion_ingest_tags_total", where), legend: "tags" },
          { expr: rate("flowfusion_ingest_unrouted_tags_total", where), legend: "for no flow" },
        ],
      },
      {
        ...{ title: "Socket to sink queue, P99", unit: "s", description: "From a frame's arrival to its emissions." },
        queries: [{ expr: `flowfusion_socket_to_sink_queue_seconds${p99}`, legend: "" }],
      },
      {
        ...{ title: "Frames refused", unit: "cps", description: "What a driver sent that is no batch, by cause." },
        queries: [{ expr: rate("flowfusion_ingest_refused_frames_total", where), legend: "{{cause}}" }],
      },
      {
        ...{
          title: "In memory alone",
          unit: "short",
          description:
            "1 for what the disk does not take: state, dead letters, the list of deploys. A kill would take it.",
        },
        queries: [{ expr: `flowfusion_in_memory_alone${where} == 1`, legend: "{{flow}} {{what}}" }],
      },
      {
        ...{ title: "Disk takes no writes", unit: "short", description: "0 while the data folder takes none." },
        queries: [{ expr: `flowfusion_storage_writable${where} == 0`, legend: "" }],
      },
      {
        ...{ title: "Memory", unit: "bytes", description: "Resident memory of the gateway." },
        queries: [{ expr: `process_resident_memory_bytes${where}`, legend: "" }],
      },
    ],
  },
  {
    title: "Flows",
    panels: [
      {
        ...{ title: "Not running", unit: "short", description: "1 for each flow that is restarting or broken." },
        queries: [
          {
            expr: 'flowfusion_flow_condition{instance=~"$instance",flow=~"$flow",condition!="running"} == 1',
            legend: "{{flow}} {{condition}}",
          },
        ],
      },
      {
        ...{ title: "Messages in", unit: "cps", description: "Messages that entered each flow." },
        queries: [{ expr: rate("flowfusion_flow_messages_in_total"), legend: "{{flow}}" }],
      },
      {
        ...{ title: "Messages out", unit: "cps", description: "Messages that left each flow for a sink." },
        queries: [{ expr: rate("flowfusion_flow_messages_out_total"), legend: "{{flow}}" }],
      },
      {
        ...{ title: "One call into the flow, P99", unit: "s", description: "How long the flow takes for a batch." },
        queries: [{ expr: `flowfusion_flow_execute_seconds${flowP99}`, legend: "{{flow}}" }],
      },
      {
        ...{ title: "Traps and restarts", unit: "cps", description: "Nodes that failed, and flows started again." },
        queries: [
          { expr: rate("flowfusion_node_traps_total"), legend: "{{flow}}/{{node}}" },
          { expr: rate("flowfusion_flow_restarts_total"), legend: "{{flow}} restarted" },
        ],
      },
      {
        ...{
          title: "Dead letters and losses",
          unit: "cps",
          description: "Messages set aside after a trap, and those lost: at the input, at the breaker, at sinks.",
        },
        queries: [
          { expr: rate("flowfusion_flow_dead_letters_total"), legend: "{{flow}} dead letters" },
          { expr: rate("flowfusion_flow_dropped_total"), legend: "{{flow}} lost" },
        ],
      },
    ],
  },
  {
    title: "Drivers",
    panels: [
      {
        ...{
          title: "Not well",
          unit: "short",
          description: "1 for each driver that does not run, or whose device is silent; how many tags are bad now.",
        },
        queries: [
          {
            expr: 'flowfusion_driver_state{instance=~"$instance",driver=~"$driver",state=~"backing_off|failed"} == 1',
            legend: "{{driver}} {{state}}",
          },
          {
            expr: `1 - (flowfusion_driver_device_connected${ofDriver} == 0) and on (instance, driver) flowfusion_driver_state{state="running"} == 1`,
            legend: "{{driver}} no device",
          },
          { expr: `flowfusion_driver_bad_tags${ofDriver} > 0`, legend: "{{driver}} bad tags" },
        ],
      },
      {
        ...{ title: "Tags", unit: "cps", description: "Tag updates that each driver sent." },
        queries: [{ expr: rate("flowfusion_driver_updates_total", ofDriver), legend: "{{driver}}" }],
      },
      {
        ...{ title: "Bad, dropped, restarted", unit: "cps", description: "What came of quality bad, what was lost." },
        queries: [
          { expr: rate("flowfusion_driver_bad_updates_total", ofDriver), legend: "{{driver}} bad" },
          { expr: rate("flowfusion_driver_dropped_updates_total", ofDriver), legend: "{{driver}} dropped" },
          { expr: `flowfusion_driver_lost_updates_total${ofDriver} > 0`, legend: "{{driver}} lost ({{cause}})" },
          { expr: rate("flowfusion_driver_restarts_total", ofDriver), legend: "{{driver}} restarted" },
        ],
      },
    ],
  },
  {
    title: "Sinks",
    panels: [
      {
        ...{ title: "Sent", unit: "cps", description: "Messages that each sink delivered." },
        queries: [{ expr: rate("flowfusion_sink_sent_total"), legend: "{{flow}}/{{node}} {{kind}}" }],
      },
      {
        ...{
          title: "Failing",
          unit: "s",
          description: "For how long each sink has not got rid of anything it tried to.",
        },
        queries: [{ expr: `flowfusion_sink_failing_seconds${ofFlow} > 0`, legend: "{{flow}}/{{node}} {{kind}}" }],
      },
      {
        ...{ title: "Waiting", unit: "short", description: "Messages that wait to be sent, in memory and on disk." },
        queries: [{ expr: `flowfusion_sink_queued_messages${ofFlow}`, legend: "{{flow}}/{{node}}" }],
      },
      {
        ...{
          title: "Waiting, bytes",
          unit: "bytes",
          description:
            "What waits takes in memory and on disk. At the bound of the disk the oldest messages are dropped.",
        },
        queries: [
          { expr: `flowfusion_sink_queued_bytes${ofFlow}`, legend: "{{flow}}/{{node}} memory" },
          { expr: `flowfusion_sink_disk_bytes${ofFlow}`, legend: "{{flow}}/{{node}} disk" },
          { expr: `flowfusion_sink_disk_bytes_max${ofFlow} > 0`, legend: "{{flow}}/{{node}} bound" },
        ],
      },
      {
        // A cause has no series before its first loss, so that a rate would never show that.
        ...{
          title: "Lost, by cause",
          unit: "short",
          description: "Messages that were lost since the flow was started: at sinks, at the input, at the breaker.",
        },
        queries: [
          { expr: `flowfusion_sink_dropped_total${ofFlow}`, legend: "{{flow}}/{{node}} {{cause}}" },
          { expr: `flowfusion_flow_input_dropped_total${ofFlow}`, legend: "{{flow}} {{cause}}" },
          { expr: `flowfusion_flow_dropped_by_breaker_total${ofFlow} > 0`, legend: "{{flow}} breaker open" },
        ],
      },
    ],
  },
];

const columns = 3;
const panelWidth = 24 / columns;
const panelHeight = 8;
const datasource = { type: "prometheus", uid: "$datasource" };

export function dashboard(): string {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const { title, panels: ofRow } of rows) {
    panels.push({ id: ++id, type: "row", title, collapsed: false, gridPos: { x: 0, y: y++, w: 24, h: 1 }, panels: [] });
    for (const [place, panel] of ofRow.entries()) {
      const gridPos = { x: (place % columns) * panelWidth, y, w: panelWidth, h: panelHeight };
      panels.push(panelJson(panel, ++id, gridPos));
      if (place % columns === columns - 1 || place === ofRow.length - 1) y += panelHeight;
    }
  }
  const document = {
    ...{ title: "Flow Fusion gateway", uid: "flowfusion-gateway", tags: ["flowfusion"], schemaVersion: 39, version: 1 },
    ...{ editable: true, refresh: "10s", time: { from: "now-1h", to: "now" }, templating: { list: variables }, panels },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function panelJson({ title, unit, description, queries }: Panel, id: number, gridPos: object): object {
  return {
    ...{ id, type: "timeseries", title, description, datasource, gridPos },
    fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 10 } }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
    targets: queries.map(({ expr, legend }, index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat: `{{instance}} ${legend}`.trimEnd() },
    })),
  };
}

const choice = (name: string, query: string): object => ({
  ...{ name, type: "query", datasource, query, refresh: 2, includeAll: true, multi: true },
  current: { text: "All", value: "$__all" },
});

const variables: readonly object[] = [
  { name: "datasource", type: "datasource", query: "prometheus" },
  choice("instance", "label_values(flowfusion_build_info, instance)"),
  choice("driver", 'label_values(flowfusion_driver_state{instance=~"$instance"}, driver)'),
  choice("flow", 'label_values(flowfusion_flow_condition{instance=~"$instance"}, flow)'),
];

if (import.meta.main) {
  const path = join(dirname(dirname(import.meta.dirname)), dashboardPath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, dashboard());
}
