// A thousand flows in one gateway: 50 of each of 20 programs, each program with the tags of six lines of its own, so that
// every update goes to 50 flows.
//
//   deliveriesPerSecond        updates given to flows, all together, as fast as a sender is let
//   deliveriesPerCpuSecond     the same by the gateway's processor time, all threads
//   leastServed, mostServed    updates that went to a flow meanwhile, of the flow with the fewest and with the most, as a
//                              share of the mean of the flows of its program: 1 and 1 when all are served alike
//   rssMb                      memory of the gateway with all flows running, MB of 10^6 bytes

import { setTimeout as sleep } from "node:timers/promises";
import type { FlowStats, GatewayClient, Page } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { arrived } from "../e2e/arrived.ts";
import { startPeer } from "../e2e/children.ts";
import { type BenchGateway, startBenchGateway } from "../e2e/gateway.ts";
import type { SendRequest } from "../e2e/sender.ts";
import { plantFlow } from "../flow/plant-flow.ts";
import { round2 } from "../measure.ts";

export interface FlowsEffort {
  readonly programs: number;
  readonly flowsPerProgram: number;
  readonly batch: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export const flowsEffort: FlowsEffort = {
  programs: 20,
  flowsPerProgram: 50,
  batch: 500,
  warmUpMs: 2_000,
  measuredMs: 5_000,
};

const linesPerProgram = 6;
const firstLine = 100;

export async function benchFlows(effort: FlowsEffort) {
  await using gateway = await startBenchGateway();
  const idleMb = gateway.process.rssMb();
  await deployAll(gateway, effort);
  const rssMb = gateway.process.rssMb();
  await using sender = await startPeer("sender.ts", [gateway.process.ingest, String(effort.batch)]);
  sender.child.send({} satisfies SendRequest);
  while ((await gateway.client.gateway()).ingest.tags === 0) await sleep(10);
  await sleep(effort.warmUpMs);
  const began = await sample(gateway);
  await sleep(effort.measuredMs);
  const ended = await arrived(
    () => sample(gateway),
    ({ byFlow }) => [...byFlow].every(([name, count]) => count > began.byFlow.get(name)!),
  );
  const served = [...ended.byFlow].map(([name, count]) => ({ name, count: count - began.byFlow.get(name)! }));
  const deliveries = served.reduce((sum, { count }) => sum + count, 0);
  const shares = sharesOf(served);
  return {
    bench: "flows",
    flows: served.length,
    deliveriesPerSecond: Math.round((deliveries * 1000) / (ended.atMs - began.atMs)),
    deliveriesPerCpuSecond: Math.round((deliveries * 1000) / (ended.cpuMs - began.cpuMs)),
    leastServed: Math.min(...shares),
    mostServed: Math.max(...shares),
    rssMb: round2(rssMb),
    idleRssMb: round2(idleMb),
    gatewayIsBundle: gateway.process.isBundle,
  };
}

async function deployAll(gateway: BenchGateway, { programs, flowsPerProgram }: FlowsEffort): Promise<void> {
  const sink = { type: "file", props: { path: "means.jsonl" } };
  for (let program = 0; program < programs; program++) {
    const first = firstLine + program * linesPerProgram;
    const tags = Array.from({ length: linesPerProgram }, (_, index) => `line/${first + index}/#`);
    const artefact = await gateway.upload(plantFlow({ tags, sink, window: 100_000 }));
    for (let copy = 0; copy < flowsPerProgram; copy++) {
      await gateway.deployArtefact(artefact, parseFlowName(`p${program}-${copy}`));
    }
  }
}

async function allStats(client: GatewayClient): Promise<FlowStats[]> {
  const all: FlowStats[] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: Page<FlowStats> = await client.listStats({ limit: 200, ...(after !== "" && { after }) });
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

async function sample({ client, process }: BenchGateway) {
  const flows = await allStats(client);
  const byFlow = new Map(flows.map(({ name, messagesIn }) => [String(name), messagesIn]));
  return { byFlow, cpuMs: process.cpuMs(), atMs: performance.now() };
}

/** What each flow got, as a share of the mean of its program. */
function sharesOf(served: readonly { readonly name: string; readonly count: number }[]): number[] {
  const byProgram = Map.groupBy(served, ({ name }) => name.split("-")[0]);
  return [...byProgram.values()].flatMap((flows) => {
    const mean = flows.reduce((sum, { count }) => sum + count, 0) / flows.length;
    return flows.map(({ count }) => round2(mean === 0 ? 0 : count / mean));
  });
}
