// Swaps of a flow with 1 MiB of state while updates keep coming: a gateway as a user starts it, a simulator and a reader at
// its two ends, each a process of its own, and one deploy after the other through the API.
//
//   pause…        by the gateway itself: the longest time that a swap keeps the thread that runs flows, be it to prepare the
//                 new version or to hand the state over; nothing is taken in meanwhile
//   deploy…       from the request to its answer: read, check, meter, compile, swap, record
//   lost          updates that the simulator sent and the reader did not see
//   doubled       updates that the reader saw beyond what was sent
//   outOfOrder    updates whose timestamp is not above that of the one before; the simulator's rise throughout
//
// One begins a moment after the one before has been answered: what that left behind, garbage and files, is cleared up meanwhile, as it is
// where people deploy.
//
// Every update goes through to the reader, beside a node that keeps a histogram of each tag: that is the state. Versions
// differ in the expression of a filter that every update passes.

import { setTimeout as sleep } from "node:timers/promises";
import type { Digest, GraphDocument } from "@flowfusion/graph";
import { arrived } from "../e2e/arrived.ts";
import { startPeer, startSimulator } from "../e2e/children.ts";
import { apiPauseMs, type BenchGateway, flowName, startBenchGateway } from "../e2e/gateway.ts";
import type { ReaderAnswer, ReaderRequest } from "../e2e/reader.ts";
import { percentile, round2 } from "../measure.ts";

export interface SwapEffort {
  readonly swaps: number;
  /** Updates a second. */
  readonly rate: number;
  /** The state of each is 1.9 KiB. */
  readonly tags: number;
  /** Updates before the first swap, so that the state is as large as it gets. */
  readonly warmUpUpdates: number;
}

const restMs = 25;

export const swapEffort: SwapEffort = { swaps: 1_000, rate: 20_000, tags: 540, warmUpUpdates: 150_000 };

/** What came of one deploy. */
interface Swapped {
  readonly pauseMs: number;
  readonly deployMs: number;
  readonly stateBytes: number;
}

export async function benchSwap({ swaps, rate, tags, warmUpUpdates }: SwapEffort) {
  await using gateway = await startBenchGateway({ healthGateMs: 0 });
  await using reader = await startPeer("reader.ts", ["order"]);
  const { address } = await reader.ask<{ address: string }>("address" satisfies ReaderRequest);
  const versions = [await gateway.upload(stateful(address, 1, tags)), await gateway.upload(stateful(address, 2, tags))];
  await gateway.client.deployFlow(flowName, { artefact: versions[0]!, expected: "absent" });
  const simulator = startSimulator(gateway.process.ingest, { rate, tags });
  while ((await gateway.client.stats(flowName)).messagesIn < warmUpUpdates) await sleep(apiPauseMs);
  const done = await swapAgainAndAgain(gateway, versions, swaps);
  simulator.stop();
  const { sent, dropped } = await simulator.summary;
  const after = await arrived(
    () => gateway.settled(),
    ({ messagesIn }) => messagesIn >= sent,
  );
  const seen = await arrived(
    () => reader.ask<ReaderAnswer>("end" satisfies ReaderRequest),
    ({ updates }) => updates >= sent,
  );
  const pauses = Float64Array.from(done, ({ pauseMs }) => pauseMs).sort();
  const deploys = Float64Array.from(done, ({ deployMs }) => deployMs).sort();
  return {
    bench: "swap",
    swaps: done.length,
    rate,
    stateBytesMin: Math.min(...done.map(({ stateBytes }) => stateBytes)),
    pauseP50Ms: round2(percentile(pauses, 50)),
    pauseP99Ms: round2(percentile(pauses, 99)),
    pauseMaxMs: round2(pauses.at(-1)!),
    deployP50Ms: round2(percentile(deploys, 50)),
    deployP99Ms: round2(percentile(deploys, 99)),
    sent,
    droppedByDriver: dropped,
    received: seen.updates,
    lost: Math.max(0, sent - seen.updates),
    doubled: Math.max(0, seen.updates - sent),
    outOfOrder: seen.disordered,
    traps: after.traps,
  };
}

async function swapAgainAndAgain(
  gateway: BenchGateway,
  versions: readonly Digest[],
  swaps: number,
): Promise<Swapped[]> {
  const done: Swapped[] = [];
  for (let swap = 1; swap <= swaps; swap++) {
    const beganMs = performance.now();
    const request = { artefact: versions[swap % 2]!, expected: swap };
    const { swap: report } = await gateway.client.deployFlow(flowName, request);
    const { pauseMs, stateBytes, state } = report!;
    if (state.kept.length !== 1) throw new Error(`the state was not kept: ${JSON.stringify(state)}`);
    done.push({ pauseMs, stateBytes, deployMs: performance.now() - beganMs });
    await sleep(restMs);
  }
  return done;
}

function stateful(address: string, version: number, maxTopics: number): GraphDocument {
  const percentiles = { kind: "tumbling", by: "count", size: 1_000_000, op: "percentile", percentile: 99, maxTopics };
  return {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      all: { type: "filter", props: { expression: `topic != "version ${version}"` } },
      spread: { type: "window", props: percentiles },
      out: { type: "nng", props: { address } },
    },
    wires: {
      "in.out -> all.in": {},
      "all.pass -> out.in": {},
      "all.pass -> spread.in": {},
      "spread.out -> out.in": {},
    },
  };
}
