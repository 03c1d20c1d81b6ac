// A gateway with a thousand flows: how long from the start of its process until all of them run, what memory it takes, and
// what a request for one of them. The flows are different artefacts, of as many shapes as are asked for: those of one
// differ in tags and thresholds alone, as the flows of a plant with many equal machines do. Each has been fed, so that it
// has a state to begin with and its code has run.

import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient } from "@flowfusion/client";
import { fuse, fuserVersion } from "@flowfusion/fusion";
import {
  encodeGraph,
  type GraphDocument,
  type ModuleCatalog,
  parseFlowName,
  parseGraph,
  resolveGraph,
  sha256,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { type GatewayProcess, startGatewayProcess } from "../e2e/children.ts";
import { round2 } from "../measure.ts";

export interface RestartEffort {
  readonly flows: number;
  /** Of how many nodes beyond source and sink a flow consists at most. */
  readonly shapes: number;
  readonly repetitions: number;
}

export const restartEffort: RestartEffort = { flows: 1_000, shapes: 4, repetitions: 7 };

export interface MemoryEffort {
  readonly flows: number;
  readonly shapes: number;
  /** How often each flow is given an update while all are busy. */
  readonly updates: number;
}

export const memoryEffort: MemoryEffort = { flows: 1_000, shapes: 4, updates: 200 };

const pollMs = 5;
const settleMs = 3_000;
const updateEveryMs = 100;
const requests = 100;

export async function benchRestart({ flows, shapes, repetitions }: RestartEffort) {
  await using prepared = await prepare(flows, shapes);
  const times: number[] = [];
  const cpus: number[] = [];
  const bare: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const beganMs = performance.now();
    await using gateway = await startGatewayProcess(prepared.dataDir);
    times.push(performance.now() - beganMs);
    cpus.push(gateway.cpuMs());
    await expectAllRunning(gateway, flows);
    await using empty = await startEmpty();
    bare.push(empty.tookMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    bench: "restart",
    flows,
    shapes,
    bestMs: round2(sorted[0]!),
    medianMs: round2(sorted[Math.floor(sorted.length / 2)]!),
    bestCpuMs: round2(Math.min(...cpus)),
    bestMsWithoutFlows: round2(Math.min(...bare)),
  };
}

export async function benchMemory({ flows, shapes, updates }: MemoryEffort) {
  await using prepared = await prepare(flows, shapes);
  await using gateway = await startGatewayProcess(prepared.dataDir);
  await expectAllRunning(gateway, flows);
  await sleep(settleMs);
  const startedMb = gateway.rssMb();
  const cpuUsPerSecondWaiting = await measureWaiting(gateway);
  await feed(gateway, flows);
  await sleep(settleMs);
  const fedMb = gateway.rssMb();
  const cpuMsPerRequest = await measureRequests(gateway);
  const idleCpuMs = gateway.threadsCpuMs().all;
  await keepBusy(gateway, flows, updates);
  const busyCpuMs = gateway.threadsCpuMs().all - idleCpuMs;
  const busyMb = gateway.rssMb();
  await using empty = await startEmpty();
  await sleep(settleMs);
  const emptyMb = empty.gateway.rssMb();
  await deploy(empty.gateway, 0, shapes);
  await feed(empty.gateway, 1);
  await sleep(settleMs);
  const oneFlowMb = empty.gateway.rssMb();
  return {
    bench: "memory",
    flows,
    shapes,
    rssMbWithoutFlows: round2(emptyMb),
    rssMbWithOneFlow: round2(oneFlowMb),
    rssMbStarted: round2(startedMb),
    rssMbFed: round2(fedMb),
    rssMbBusy: round2(busyMb),
    /** Processor time of all threads in a second without readings. */
    cpuUsPerSecondWaiting,
    kbPerFlow: round2(((fedMb - emptyMb) * 1000) / flows),
    cpuMsPerRequest,
    /** With its line in a file. */
    cpuUsPerUpdateBusy: round2((busyCpuMs * 1000) / (flows * updates)),
  };
}

async function measureWaiting(gateway: GatewayProcess): Promise<number> {
  const before = gateway.threadsCpuMs();
  await sleep(settleMs);
  return Math.round(((gateway.threadsCpuMs().all - before.all) * 1e6) / settleMs);
}

/** Processor time of all threads for the state of one of the flows, the mean of some: other flows must not add to it. */
async function measureRequests(gateway: GatewayProcess): Promise<number> {
  const client = new GatewayClient({ endpoint: gateway.url, token: gateway.token });
  const beganMs = gateway.threadsCpuMs().all;
  for (let request = 0; request < requests; request++) await client.getFlow(nameOf(0));
  return round2((gateway.threadsCpuMs().all - beganMs) / requests);
}

/** `in` → filter → as many nodes as the shape has → a file. */
function document(index: number, shape: number): GraphDocument {
  const inner = ["scale", "counter", "deadband"].slice(0, shape);
  const props: Record<string, object> = {
    scale: { factor: 1 + index / 7 },
    counter: {},
    deadband: { band: index / 11 },
  };
  const ids = ["hot", ...inner, "out"];
  return {
    nodes: {
      in: { type: "tag_input", props: { tags: [tagOf(index)] } },
      hot: { type: "filter", props: { op: ">", value: index } },
      ...Object.fromEntries(inner.map((type) => [type, { type, props: props[type] as never }])),
      out: { type: "file", props: { path: `line-${index % 10}.jsonl` } },
    },
    wires: Object.fromEntries([
      ["in.out -> hot.in", {}],
      ...ids.slice(1).map((id, at) => [`${ids[at]}.${at === 0 ? "pass" : "out"} -> ${id}.in`, {}]),
    ]),
  };
}

const tagOf = (index: number): string => `plant/machine-${index}/temperature`;
const nameOf = (index: number) => parseFlowName(`machine-${String(index).padStart(4, "0")}`);

async function prepare(flows: number, shapes: number): Promise<AsyncDisposable & { readonly dataDir: string }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-bench-"));
  await using gateway = await startGatewayProcess(dataDir);
  for (let index = 0; index < flows; index++) await deploy(gateway, index, shapes);
  await feed(gateway, flows);
  return { dataDir, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) };
}

async function deploy(gateway: GatewayProcess, index: number, shapes: number): Promise<void> {
  const client = new GatewayClient({ endpoint: gateway.url, token: gateway.token });
  const wasm = await fusedOnce(document(index, index % shapes), await builtinCatalog());
  await client.uploadArtefact(wasm);
  await client.deployFlow(nameOf(index), { artefact: sha256(wasm), expected: "absent" });
}

/** Fusing a thousand flows takes longer than all that is measured, so what was fused is kept for the next time. */
async function fusedOnce(graph: GraphDocument, catalog: ModuleCatalog): Promise<Uint8Array<ArrayBuffer>> {
  const resolved = resolveGraph(parseGraph(graph), catalog);
  const file = path.join(
    tmpdir(),
    `flowfusion-bench-artefacts-${fuserVersion}`,
    `${sha256(encodeGraph(resolved)).slice(7)}.wasm`,
  );
  try {
    return Uint8Array.from(await readFile(file));
  } catch {
    const { wasm } = await fuse(resolved, catalog);
    await mkdir(path.dirname(file), { recursive: true });
    // Whole at once: a benchmark that runs beside this one reads it.
    const part = `${file}.${process.pid}`;
    await writeFile(part, wasm);
    await rename(part, file);
    return Uint8Array.from(wasm);
  }
}

/** Two readings for each flow; comes back when all of them have been run. */
async function feed(gateway: GatewayProcess, flows: number): Promise<void> {
  const push = dialPush({ address: gateway.ingest });
  for (const value of [1e6, 2e6]) push.send(readings(flows, value));
  const client = new GatewayClient({ endpoint: gateway.url, token: gateway.token });
  while ((await client.gateway()).ingest.tags < 2 * flows) await sleep(pollMs);
  await push.close();
}

/** Ten readings a second for each flow. */
async function keepBusy(gateway: GatewayProcess, flows: number, updates: number): Promise<void> {
  const push = dialPush({ address: gateway.ingest });
  for (let value = 1; value <= updates; value++) {
    push.send(readings(flows, (2 + value) * 1e6));
    await sleep(updateEveryMs);
  }
  await push.close();
}

/** One for each flow; its time is its value. */
function readings(flows: number, value: number): Uint8Array {
  const updates = Array.from({ length: flows }, (_, index) => ({
    ...{ tag: tagOf(index), timestampNs: BigInt(value), quality: 0 as const, value },
  }));
  return encodeTagUpdateBatch({ source: "bench", updates });
}

async function expectAllRunning(gateway: GatewayProcess, flows: number): Promise<void> {
  const client = new GatewayClient({ endpoint: gateway.url, token: gateway.token });
  let running = 0;
  for (let after: string | undefined; ; ) {
    const page = await client.listFlows({ limit: 200, ...(after !== undefined && { after }) });
    running += page.items.filter(({ condition }) => condition === "running").length;
    after = page.next;
    if (after === undefined) break;
  }
  if (running !== flows) throw new Error(`${running} of ${flows} flows run`);
}

async function startEmpty() {
  const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-bench-"));
  const beganMs = performance.now();
  const gateway = await startGatewayProcess(dataDir);
  const tookMs = performance.now() - beganMs;
  return {
    gateway,
    tookMs,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
