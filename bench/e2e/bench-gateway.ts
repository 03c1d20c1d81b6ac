// The gateway that benchmarks measure: a process of its own on a folder of its own, and what they ask of it.

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
  parseFlowName,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type GatewayProcess, startGatewayProcess } from "./children.ts";

export const apiPauseMs = 100;
const settleMs = 5_000;
export const flowName = parseFlowName("bench");

export interface BenchGateway extends AsyncDisposable {
  readonly process: GatewayProcess;
  readonly client: GatewayClient;
  /** Fuses and uploads. */
  upload(document: GraphDocument): Promise<Digest>;
  deploy(document: GraphDocument, name?: FlowName): Promise<void>;
  /** The flow's counters once its sinks have sent what they hold. Throws when the flow trapped. */
  settled(name?: FlowName): Promise<FlowStats>;
}

/** `args`: of the command line, beyond those that it needs. */
export async function startBenchGateway(...args: readonly string[]): Promise<BenchGateway> {
  await using starting = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-bench-"));
  starting.defer(() => rm(dataDir, { recursive: true, force: true }));
  const process = starting.use(await startGatewayProcess(dataDir, args));
  const client = new GatewayClient({ endpoint: process.url, token: process.token });
  const running = starting.move();
  const upload = async (document: GraphDocument) => {
    const catalog = await builtinCatalog();
    const { wasm } = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
    return (await client.uploadArtefact(Uint8Array.from(wasm))).digest;
  };
  return {
    process,
    client,
    upload,
    async deploy(document, name = flowName) {
      const artefact = await upload(document);
      const current = await client.getFlow(name);
      await client.deployFlow(name, { artefact, expected: current?.generation ?? "absent" });
    },
    async settled(name = flowName) {
      let stats = await client.stats(name);
      const endMs = performance.now() + settleMs;
      while (stats.sinks.some(({ queuedBytes }) => queuedBytes > 0) && performance.now() < endMs) {
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
