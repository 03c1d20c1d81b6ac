// A gateway for a long time, with all that happens to one: a driver that comes and goes, flows that are swapped, a broker
// that is down now and then. At the end every update is accounted for, and memory is where it was.
//
//   sent, received        updates that the drivers sent, and that arrived behind the nng sink
//   lost, doubledOrLate   of them: not arrived; arrived twice or behind a later one
//   mqttIn                messages that reached the mqtt sink: sent, dropped by cause, or still queued; mqttUnaccounted
//                         is what is missing from that sum
//   rss…                  resident memory after each round: the median of the second third of the rounds, and of the last
//
// Each round has a driver process of its own. In its middle both flows are swapped; in every third the broker is killed
// and stays away for a quarter of the round.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FlowStats, GatewayClient } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import { type FlowName, type GraphDocument, parseFlowName, parseGraph, resolveGraph, sha256 } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { Mosquitto } from "@flowfusion/testkit";
import { arrived } from "../e2e/arrived.ts";
import { runSimulator, startGatewayProcess, startPeer } from "../e2e/children.ts";
import type { ReaderAnswer, ReaderRequest } from "../e2e/reader.ts";
import { round2 } from "../measure.ts";

export interface SoakEffort {
  readonly durationMs: number;
  readonly roundMs: number;
  /** Updates a second. */
  readonly rate: number;
}

export const soakEffort = (minutes: number): SoakEffort => ({
  durationMs: minutes * 60_000,
  roundMs: 10_000,
  rate: 20_000,
});

const audit = parseFlowName("audit");
const alarms = parseFlowName("alarms");
/** Of resident memory, from the second third of the rounds to the last. */
const rssGrowthMax = 0.1;

/** `progress`: told a line after each round. */
export async function benchSoak(
  { durationMs, roundMs, rate }: SoakEffort,
  progress: (line: string) => void = () => {},
) {
  await using broker = await Mosquitto.start();
  await using reader = await startPeer("reader.ts", ["order"]);
  const { address } = await reader.ask<{ address: string }>("address" satisfies ReaderRequest);
  await using plant = await Plant.start(address, broker.url);
  const rounds = Math.max(3, Math.round(durationMs / roundMs));
  const rssMb: number[] = [];
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    const driver = runSimulator(plant.ingest, rate, roundMs);
    await sleep(roundMs / 2);
    await plant.deploy(round + 1);
    if (round % 3 === 2) {
      await broker.kill();
      await sleep(roundMs / 4);
      await broker.start();
    }
    sent += (await driver).sent;
    rssMb.push(plant.rssMb());
    progress(
      `round ${round + 1} of ${rounds}: ${sent.toLocaleString("en")} updates sent, ${Math.round(rssMb.at(-1)!)} MB`,
    );
  }
  const stats = await arrived(
    () => plant.stats(),
    (flows) => Object.values(flows).every((flow) => flow.messagesIn >= sent && flow.sinks.every(isEmpty)),
  );
  const { updates: received, disordered } = await arrived(
    () => reader.ask<ReaderAnswer>("end" satisfies ReaderRequest),
    ({ updates }) => updates >= sent,
  );
  return {
    bench: "soak",
    minutes: round2((rounds * roundMs) / 60_000),
    rounds,
    swaps: rounds * 2,
    outages: Math.floor(rounds / 3),
    sent,
    received,
    lost: sent - received,
    doubledOrLate: disordered,
    ...accountOf(stats.alarms),
    traps: stats.audit.traps + stats.alarms.traps,
    ...memoryOf(rssMb),
  };
}

/** What a gateway must not do, whatever happens to it; nothing where it did none of it. */
export function soakFaults(result: Awaited<ReturnType<typeof benchSoak>>): readonly string[] {
  const { lost, doubledOrLate, mqttUnaccounted, mqttQueued, traps, rssGrowth } = result;
  return [
    ...(lost === 0 ? [] : [`${lost} updates did not arrive`]),
    ...(doubledOrLate === 0 ? [] : [`${doubledOrLate} updates arrived twice or out of order`]),
    ...(mqttUnaccounted === 0 ? [] : [`${mqttUnaccounted} messages to the broker are not accounted for`]),
    ...(mqttQueued === 0 ? [] : [`${mqttQueued} messages to the broker still wait`]),
    ...(traps === 0 ? [] : [`${traps} traps`]),
    ...(rssGrowth <= rssGrowthMax ? [] : [`memory grew by ${Math.round(rssGrowth * 100)} %`]),
  ];
}

function accountOf({ nodes, sinks }: FlowStats) {
  const mqttIn = nodes.find(({ node }) => node === "out")!.messagesIn;
  const { sent, dropped, queued } = sinks.find(({ node }) => node === "out")!;
  const mqttDropped = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return {
    mqttIn,
    mqttSent: sent,
    mqttDropped,
    mqttQueued: queued,
    mqttUnaccounted: mqttIn - sent - mqttDropped - queued,
  };
}

function memoryOf(rssMb: readonly number[]) {
  const third = Math.floor(rssMb.length / 3);
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const [second, last] = [median(rssMb.slice(third, 2 * third)), median(rssMb.slice(2 * third))];
  return { rssMbSecondThird: round2(second), rssMbLastThird: round2(last), rssGrowth: round2(last / second - 1) };
}

/** A gateway with two flows that take all tags, each with two versions that take turns. */
class Plant implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;
  readonly #client: GatewayClient;
  readonly #flows: ReadonlyMap<FlowName, readonly [GraphDocument, GraphDocument]>;
  readonly ingest: string;
  readonly rssMb: () => number;

  private constructor(
    resources: AsyncDisposableStack,
    gateway: Awaited<ReturnType<typeof startGatewayProcess>>,
    flows: ReadonlyMap<FlowName, readonly [GraphDocument, GraphDocument]>,
  ) {
    this.#resources = resources;
    this.#client = new GatewayClient({ endpoint: gateway.url, token: gateway.token });
    this.#flows = flows;
    this.ingest = gateway.ingest;
    this.rssMb = () => gateway.rssMb();
  }

  static async start(readerAddress: string, brokerUrl: string): Promise<Plant> {
    await using starting = new AsyncDisposableStack();
    const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-soak-"));
    starting.defer(() => rm(dataDir, { recursive: true, force: true }));
    const gateway = starting.use(await startGatewayProcess(dataDir));
    const both = (make: (version: number) => GraphDocument) => [make(1), make(2)] as const;
    const flows = new Map([
      [audit, both((version) => auditFlow(readerAddress, version))],
      [alarms, both((version) => alarmFlow(brokerUrl, version))],
    ]);
    const plant = new Plant(starting.move(), gateway, flows);
    await plant.deploy(0);
    return plant;
  }

  async deploy(version: number): Promise<void> {
    const catalog = await builtinCatalog();
    for (const [name, documents] of this.#flows) {
      const { wasm } = await fuse(resolveGraph(parseGraph(documents[version % 2]!), catalog), catalog);
      await this.#client.uploadArtefact(wasm as Uint8Array<ArrayBuffer>);
      const live = await this.#client.getFlow(name);
      await this.#client.deployFlow(name, { artefact: sha256(wasm), expected: live?.generation ?? "absent" });
    }
  }

  async stats(): Promise<{ readonly audit: FlowStats; readonly alarms: FlowStats }> {
    return { audit: await this.#client.stats(audit), alarms: await this.#client.stats(alarms) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

const isEmpty = ({ queued }: FlowStats["sinks"][number]): boolean => queued === 0;

const all = { type: "tag_input", props: { tags: ["#"] } };

/** Brings every update to the reader; the versions differ in a branch that goes nowhere. */
function auditFlow(address: string, version: number): GraphDocument {
  return {
    nodes: { all, copy: { type: "fan_out", props: {} }, out: { type: "nng", props: { address } }, mean: mean(version) },
    wires: { "all.out -> copy.in": {}, "copy.out1 -> out.in": {}, "copy.out2 -> mean.in": {} },
  };
}

/** A mean of each ten readings goes to the broker. */
function alarmFlow(broker: string, version: number): GraphDocument {
  const out = { type: "mqtt", props: { broker, topic: "soak/{topic}", qos: 1 } };
  const hot = { type: "filter", props: { op: ">", value: version } };
  return {
    nodes: { all, hot, mean: mean(1), out },
    wires: { "all.out -> hot.in": {}, "hot.pass -> mean.in": {}, "mean.out -> out.in": {} },
  };
}

const mean = (version: number) => ({ type: "agg", props: { op: "avg", size: 9 + version } });
