// A gateway for a benchmark: a process of its own with an empty folder, and what is asked of it through its API.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FlowStats, GatewayClient } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import {
  type Digest,
  type FlowName,
  type GraphDocument,
  type NodeModule,
  parseFlowName,
  parseGraph,
  resolveGraph,
  sha256,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type GatewayFlags, type GatewayProcess, startGatewayProcess } from "./children.ts";

export const apiPauseMs = 100;
const settleMs = 5_000;
export const flowName = parseFlowName("bench");

export interface BenchGateway extends AsyncDisposable {
  readonly process: GatewayProcess;
  readonly client: GatewayClient;
  /** Fuses, uploads and deploys. `modules`: nodes beyond the built-in ones. */
  deploy(document: GraphDocument, name?: FlowName, modules?: readonly NodeModule[]): Promise<void>;
  /** Fuses and uploads; gives the artefact's digest. */
  upload(document: GraphDocument, modules?: readonly NodeModule[]): Promise<Digest>;
  deployArtefact(artefact: Digest, name: FlowName): Promise<void>;
  /** The flow's counters once its sinks have sent what they hold. Throws when the flow trapped. */
  settled(name?: FlowName): Promise<FlowStats>;
}

/** With the flags, a gateway in a folder of its own. */
export async function startBenchGateway(flags: GatewayFlags = {}): Promise<BenchGateway> {
  await using starting = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-bench-"));
  starting.defer(() => rm(dataDir, { recursive: true, force: true }));
  const process = starting.use(await startGatewayProcess(dataDir, flags));
  const client = new GatewayClient({ endpoint: process.url, token: process.token });
  async function upload(document: GraphDocument, modules: readonly NodeModule[] = []): Promise<Digest> {
    const own = modules.map((module) => [module.manifest.name, module] as const);
    const catalog = new Map([...(await builtinCatalog()), ...own]);
    const { wasm } = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
    await client.uploadArtefact(wasm as Uint8Array<ArrayBuffer>);
    return sha256(wasm);
  }
  async function deployArtefact(artefact: Digest, name: FlowName): Promise<void> {
    const current = await client.getFlow(name);
    await client.deployFlow(name, { artefact, expected: current?.generation ?? "absent" });
  }
  const running = starting.move();
  return {
    process,
    client,
    upload,
    deployArtefact,
    async deploy(document, name = flowName, modules = []) {
      await deployArtefact(await upload(document, modules), name);
    },
    async settled(name = flowName) {
      let stats = await client.stats(name);
      const endMs = performance.now() + settleMs;
      while (stats.sinks.some(({ queued }) => queued > 0) && performance.now() < endMs) {
        await sleep(apiPauseMs);
        stats = await client.stats(name);
      }
      // The frame in the sink's socket, and on its way.
      await sleep(apiPauseMs);
      if (stats.traps > 0) {
        throw new Error(`the flow trapped ${stats.traps} times, last: ${JSON.stringify(stats.lastTrap)}`);
      }
      return client.stats(name);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
