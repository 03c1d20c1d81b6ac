// What the dashboard and the alarms show of a plant in trouble: a real Prometheus, configured as the guide to watching says, scrapes
// a gateway over TLS and is asked what Grafana asks it.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { fuse, loadModule } from "@flowfusion/fusion";
import { parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type Alert, freePort, Prometheus, selfSigned } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { tripModule } from "./bad-modules.ts";
import { type Document, passing, Receiver } from "./flows.ts";
import { eventually, GatewayProcess } from "./gateway-process.ts";
import { blocksOf } from "./guide.ts";

interface Query {
  readonly panel: string;
  readonly expr: string;
  readonly legendFormat: string;
}

const read = (file: string) => readFileSync(path.join(import.meta.dirname, "../..", file), "utf8");
const { panels, templating } = JSON.parse(read("deploy/grafana/flowfusion.json")) as {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Omit<Query, "panel">[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
};
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ panel: title, ...target })));

/** What has no subject in this plant, whose disk takes what is written and whose flows keep up, as a rule: asked for all the same. */
const mayBeEmpty = [
  "flowfusion_in_memory_alone",
  "flowfusion_storage_writable",
  "flowfusion_driver_lost_updates_total",
  "flowfusion_flow_input_dropped_total",
];

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let client: GatewayClient;
let prometheus: Prometheus;

beforeAll(async () => {
  cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "ff-scraped-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const { certFile, keyFile, cert: ca } = await selfSigned(folder, "gateway");
  const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
  gateway = cleanup.use(await GatewayProcess.start("--log", "fatal", ...tls));
  const { url: endpoint, token } = gateway;
  client = new GatewayClient({ endpoint, token, tls: { ca } });
  const viewer = await client.createToken({ name: "prometheus", role: "viewer" });

  const guide = await blocksOf("docs/guides/watch.md");
  const { scrape_configs } = parse(guide.find(({ text }) => text.startsWith("scrape_configs:"))!.text);
  const [scrape] = scrape_configs;
  scrape.authorization.credentials_file = "token";
  scrape.static_configs[0].targets = [new URL(endpoint).host];
  const config = {
    global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
    rule_files: ["alarms.yml"],
    scrape_configs: [{ ...scrape, scheme: "https", tls_config: { ca_file: "ca.pem" } }],
  };
  // As they are, but for how long something must have lasted.
  const alarms = read("deploy/prometheus/alarms.yml")
    .replaceAll(/^( +for:) \w+$/gm, "$1 1s")
    .replace("failing_seconds > 60", "failing_seconds > 1");
  prometheus = cleanup.use(
    await Prometheus.start(stringify(config), { "alarms.yml": alarms, token: viewer.token, "ca.pem": ca }),
  );
  await fillPlant();
});
afterAll(() => cleanup.disposeAsync());

/** A flow that is well, one that traps, one whose sinks are away; drivers that run, crash, cannot run, and whose device is silent. */
async function fillPlant(): Promise<void> {
  const receiver = cleanup.use(await Receiver.start());
  await deploy("well", passing(receiver.address));
  await deploy("trapping", passing(receiver.address, ["trip", "trip", "out"]));
  const away = `mqtt://127.0.0.1:${await freePort()}`;
  await deploy("away", {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      out: { type: "mqtt", props: { broker: away, topic: "{topic}", diskBytesMax: 1_048_576 } },
    },
    wires: ["in.out -> out.in"],
  });
  await deploy("refused", {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      out: { type: "http", props: { url: await unprocessable() } },
    },
    wires: ["in.out -> out.in"],
  });
  const tags = [{ tag: "press/force", address: 14, type: "float32" }];
  const port = await freePort();
  const press = { host: "127.0.0.1", port, silenceMs: 500, groups: [{ pollIntervalMs: 100, tags }] };
  await client.putDriver("press", { kind: "modbus", config: press }, { expected: "absent" });
  await client.putDriver("plant", { kind: "simulator", config: { updatesPerSecond: 10_000 } }, { expected: "absent" });
  await client.putDriver("missing", { kind: "replay", config: { path: "missing.ndjson" } }, { expected: "absent" });
  const push = dialPush({ address: gateway.ingest });
  cleanup.defer(async () => void (await push.close()));
  const rubbish = setInterval(() => push.send(Uint8Array.of(255, 255)), 100);
  cleanup.defer(() => clearInterval(rubbish));
}

/** Where nobody takes anything. */
async function unprocessable(): Promise<string> {
  const server = createServer(
    (request, response) => void request.resume().on("end", () => response.writeHead(422).end()),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function deploy(name: string, document: Document): Promise<void> {
  const catalog = new Map([...(await builtinCatalog()), ["trip", await loadModule(tripModule)] as const]);
  const { wasm } = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
  const { digest } = await client.uploadArtefact(Uint8Array.from(wasm));
  await client.deployFlow(parseFlowName(name), { artefact: digest, expected: "absent" });
}

/** As Grafana puts in what is chosen: all, of each choice. */
async function chosen(): Promise<(expr: string) => string> {
  const choices = new Map<string, string>();
  const put = (expr: string) =>
    expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$(\w+)/g, (_, name) => choices.get(name)!);
  for (const { name, query } of templating.list) {
    const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    if (series === undefined) continue;
    const values = await prometheus.labelValues(label!, put(series));
    choices.set(name, `(${values.map((value) => value.replaceAll(".", "\\\\.")).join("|")})`);
  }
  return put;
}

test("each panel shows what there is, and its legend names it", async () => {
  await eventually(async () => {
    const put = await chosen();
    for (const { panel, expr, legendFormat } of queries) {
      const series = await prometheus.query(put(expr));
      const isShown = series.length > 0 || mayBeEmpty.some((metric) => expr.startsWith(metric));
      expect(isShown, `${panel}: ${expr}`).toBe(true);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        for (const { metric } of series) expect(metric, `${panel}: ${expr}`).toHaveProperty(label!);
      }
    }
  });
});

test.each([
  ["Not running", 'flow="trapping",condition="broken"'],
  ["Traps and restarts", 'flow="trapping",node="trip"'],
  ["Dead letters and losses", 'flow="trapping"'],
  ["Dead letters and losses", 'flow="away"'],
  ["Dead letters and losses", 'flow="refused"'],
  ["Not well", 'driver="missing",state="failed"'],
  ["Not well", 'driver="press"'],
  ["Bad, dropped, restarted", 'driver="plant"'],
  ["Failing", 'flow="away",node="out"'],
  ["Lost, by cause", 'flow="away",node="out",cause="evicted"'],
  ["Lost, by cause", 'flow="refused",node="out",cause="http_422"'],
  ["Lost, by cause", 'flow="trapping"'],
])("the panel %s has in it what is wrong with {%s}", async (panel, labels) => {
  const wanted = labels.split(",").map((label) => label.replaceAll('"', "").split("="));
  await eventually(async () => {
    const put = await chosen();
    const asked = queries.filter((query) => query.panel === panel);
    const series = (await Promise.all(asked.map(({ expr }) => prometheus.query(put(expr))))).flat();
    const found = series.filter(({ metric }) => wanted.every(([label, value]) => metric[label!] === value));
    expect(found.map(({ value }) => Number(value[1]))).toContainEqual(expect.toSatisfy((value: number) => value > 0));
  });
});

test("the alarms fire for what is wrong and for nothing else, and say of what", async () => {
  await eventually(async () => {
    const alerts = await prometheus.alerts();
    const told = (alert: Alert) => `${alert.labels.alertname}: ${alert.annotations.summary}`;
    const firing = alerts.filter(({ state }) => state === "firing").map(told);
    const { host } = new URL(gateway.url);
    expect(new Set(firing)).toEqual(
      new Set([
        `FlowFusionFlowNotRunning: flow trapping of ${host} does not run`,
        `FlowFusionFlowCrashing: flow trapping of ${host} crashes again and again`,
        ...["trapping", "away", "refused"].map((flow) => `FlowFusionLosing: flow ${flow} of ${host} loses messages`),
        `FlowFusionSinkFailing: sink out of flow away of ${host} sends nothing any more`,
        `FlowFusionSinkAlmostFull: what waits for sink out of flow away of ${host} takes 80 % of its disk`,
        `FlowFusionDriverNotRunning: driver missing of ${host} is failed`,
        `FlowFusionDeviceAway: the device of driver press of ${host} does not answer`,
        `FlowFusionCertificateEnds: the certificate of ${host} ends within two weeks`,
      ]),
    );
    for (const { annotations, labels } of alerts) {
      expect(JSON.stringify(annotations)).not.toMatch(/\{\{|<no value>|<error/);
      // What it is that does not run is no part of why.
      expect(labels).not.toHaveProperty("condition");
    }
  });
});
