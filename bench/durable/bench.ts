// What it costs that messages are on disk before they are sent, while their endpoint keeps up: processor time of the whole
// gateway for a message, and its memory, with many flows that get a reading each second, for each `durability`. The
// endpoint is an nng socket in this process; a message goes out alone, as those of slow tags do.

import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { decodeTagUpdateBatch, encodeTagUpdateBatch } from "@flowfusion/proto";
import { dialPush, listenPull, type PullSocket } from "@flowfusion/transport";
import { startBenchGateway } from "../e2e/gateway.ts";
import { round2 } from "../measure.ts";

export interface DurableEffort {
  readonly flows: number;
  readonly warmUpReadings: number;
  /** Of each flow. */
  readonly readings: number;
}

export const durableEffort: DurableEffort = { flows: 300, warmUpReadings: 3, readings: 8 };

const readingEveryMs = 1_000;
const arrivedWithinMs = 10_000;
const pollMs = 20;

export async function benchDurable(effort: DurableEffort) {
  const { flows, readings } = effort;
  return {
    bench: "durable",
    ...{ flows, readings },
    memory: await measure("memory", effort),
    written: await measure("written", effort),
    synced: await measure("synced", effort),
  };
}

async function measure(
  durability: "memory" | "written" | "synced",
  { flows, warmUpReadings, readings }: DurableEffort,
) {
  let arrived = 0;
  const pull = await listenPull({
    ...{ address: "tcp://127.0.0.1:0", connectionsMax: flows },
    onFrame(frame) {
      arrived += decodeTagUpdateBatch(frame).updates.length;
    },
  });
  await using gateway = await startBenchGateway();
  await deploy(gateway, pull, durability, flows);
  const push = dialPush({ address: gateway.process.ingest });
  let sent = 0;
  const feed = async (count: number) => {
    for (let reading = 0; reading < count; reading++) {
      push.send(oneReading(++sent));
      await sleep(readingEveryMs);
    }
    const endMs = performance.now() + arrivedWithinMs;
    while (arrived < sent * flows && performance.now() < endMs) await sleep(pollMs);
    if (arrived !== sent * flows) throw new Error(`${arrived} of ${sent * flows} messages arrived`);
  };
  await feed(warmUpReadings);
  const { all } = gateway.process.threadsCpuMs();
  await feed(readings);
  const cpuMs = gateway.process.threadsCpuMs().all - all;
  const rssMb = gateway.process.rssMb();
  await push.close();
  await pull.close();
  return { cpuUsPerMessage: round2((cpuMs * 1_000) / (flows * readings)), rssMb: round2(rssMb) };
}

type Gateway = Awaited<ReturnType<typeof startBenchGateway>>;

async function deploy(gateway: Gateway, { address }: PullSocket, durability: string, flows: number): Promise<void> {
  const artefact = await gateway.upload({
    nodes: {
      in: { type: "tag_input", props: { tags: ["plant"] } },
      out: { type: "nng", props: { address, durability } },
    },
    wires: { "in.out -> out.in": {} },
  });
  for (let flow = 0; flow < flows; flow++) await gateway.deployArtefact(artefact, parseFlowName(`flow-${flow}`));
}

const oneReading = (value: number): Uint8Array =>
  encodeTagUpdateBatch({
    source: "bench",
    updates: [{ tag: "plant", timestampNs: BigInt(value), quality: 0, value }],
  });
