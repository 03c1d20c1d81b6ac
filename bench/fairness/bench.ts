// What a flow has to suffer from a neighbour: the time from a driver's timestamp to the arrival behind an nng sink, of a
// flow that passes on 10,000 updates a second, beside a neighbour that gets the same updates and
//
//   idle      gets nothing, in place of being alone: it is deployed as the others are
//   endless   runs for ever at each message, is stopped when its fuel is used up, and soon rests (see the circuit breaker)
//   deep      calls itself for ever, until the stack is used up, and soon rests
//   growing   takes memory without end, until it gets no more and its fuel is used up, and soon rests
//   hungry    uses nearly all the fuel that it is granted at each message, which is far more than there is time for
//
// on one thread, and on two for those that do not rest; the neighbour is on the other one then. The input drops what a flow
// has no room for.
//
//   p99OverIdle   the P99 beside that neighbour, as a multiple of the P99 beside the idle one in the same round
//
// Each figure is that of the median round. Why it is fair: the neighbours take turns, round after round, in one gateway, so
// that a machine that is busy for a while is busy for all. The neighbour is deployed before updates come, and all that it does
// with them counts.

import { watNode } from "@flowfusion/fusion/testkit";
import { type GraphDocument, parseFlowName } from "@flowfusion/graph";
import { arrived } from "../e2e/arrived.ts";
import { runSimulator, startPeer } from "../e2e/children.ts";
import { type BenchGateway, startBenchGateway } from "../e2e/gateway.ts";
import type { ReaderAnswer, ReaderRequest } from "../e2e/reader.ts";
import { percentile, ratio, round2 } from "../measure.ts";

export interface FairnessEffort {
  readonly rounds: number;
  readonly phaseMs: number;
  readonly rate: number;
}

/**
 * A phase is so long, and a batch so small, that what comes in during the traps before the breaker opens (five, some 25 ms in a
 * row), and during the tries after that (a few), is about one batch in 1,000. In phases of 6 s it is nearly one in 100, and
 * the P99 tells of the deploy of a broken flow, not of having one as a neighbour.
 */
export const fairnessEffort: FairnessEffort = { rounds: 1, phaseMs: 36_000, rate: 10_000 };
const updatesPerBatch = 20;

const onOneThread = ["idle", "endless", "deep", "growing", "hungry"] as const;
const onTwoThreads = ["idle", "hungry"] as const;
type Neighbour = (typeof onOneThread)[number];

/** A node that does so much at each message, and emits nothing. */
const burning = (name: string, does: string) =>
  watNode(
    name,
    `(memory (export "memory") 1)
     (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
     (func $down (param i32) (result i32) (i32.add (call $down (local.get 0)) (i32.const 1)))
     (func (export "handle") (param i32 i32 i32) (result i32) (local $turn i32)
       ${does}
       (i64.store (i32.const 16) (i64.const 0))
       (i32.const 16))`,
  );

/** Some 90,000 of the 100,000 of fuel that a message is granted. */
const hungryTurns = 13_000;
const modules = [
  burning("endless", "(loop $again (br $again))"),
  burning("deep", "(drop (call $down (i32.const 0)))"),
  burning("growing", "(loop $again (drop (memory.grow (i32.const 100))) (br $again))"),
  burning(
    "hungry",
    `(loop $again
       (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
       (br_if $again (i32.lt_u (local.get $turn) (i32.const ${hungryTurns}))))`,
  ),
];

const neighbourName = parseFlowName("neighbour");

export async function benchFairness(effort: FairnessEffort) {
  return {
    bench: "fairness",
    rate: effort.rate,
    rounds: effort.rounds,
    oneThread: await benchThreads(1, onOneThread, effort),
    twoThreads: await benchThreads(2, onTwoThreads, effort),
  };
}

async function benchThreads<Present extends Neighbour>(
  workers: number,
  neighbours: readonly (Present | "idle")[],
  effort: FairnessEffort,
) {
  await using gateway = await startBenchGateway({ workers, ingest: "tcp://127.0.0.1:0?overload=drop" });
  await using reader = await startPeer("reader.ts", ["times"]);
  const { address } = await reader.ask<{ address: string }>("address" satisfies ReaderRequest);
  await gateway.deploy(passing(["#"], { type: "nng", props: { address } }));
  const artefacts = {
    idle: await gateway.upload(passing(["nobody/sends/this"], file)),
    endless: await gateway.upload(burningFlow("endless"), modules),
    deep: await gateway.upload(burningFlow("deep"), modules),
    growing: await gateway.upload(burningFlow("growing"), modules),
    hungry: await gateway.upload(burningFlow("hungry"), modules),
  };
  type Round = Record<Present | "idle", ReaderAnswer>;
  const rounds: Round[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const measured: Partial<Round> = {};
    for (const neighbour of neighbours) {
      measured[neighbour] = await phase(gateway, reader, effort, () =>
        gateway.deployArtefact(artefacts[neighbour], neighbourName),
      );
    }
    rounds.push(measured as Round);
  }
  return Object.fromEntries(neighbours.map((neighbour) => [neighbour, summary(rounds, neighbour)])) as Record<
    keyof Round,
    ReturnType<typeof summary>
  >;
}

const file = { type: "file", props: { path: "nothing.jsonl" } };

const passing = (tags: readonly string[], sink: GraphDocument["nodes"][string]): GraphDocument => ({
  nodes: { all: { type: "tag_input", props: { tags } }, out: sink },
  wires: { "all.out -> out.in": {} },
});

const burningFlow = (type: string): GraphDocument => ({
  nodes: { all: { type: "tag_input", props: { tags: ["#"] } }, burn: { type }, out: file },
  wires: { "all.out -> burn.in": {}, "burn.out -> out.in": {} },
});

/** What the reader sees of the updates of one phase, of which the neighbour gets the same. */
async function phase(
  { process, client }: BenchGateway,
  reader: Awaited<ReturnType<typeof startPeer>>,
  { rate, phaseMs }: FairnessEffort,
  deploy: () => Promise<void>,
): Promise<ReaderAnswer> {
  await deploy();
  await reader.ask<ReaderAnswer>("begin" satisfies ReaderRequest);
  await runSimulator(process.ingest, rate, phaseMs, updatesPerBatch);
  const seen = await arrived(
    () => reader.ask<ReaderAnswer>("end" satisfies ReaderRequest),
    ({ updates }) => updates > 0,
  );
  const current = await client.getFlow(neighbourName);
  await client.deleteFlow(neighbourName, { expected: current!.generation });
  return seen;
}

function summary<Name extends string>(
  rounds: readonly Record<Name | "idle", ReaderAnswer>[],
  neighbour: Name | "idle",
) {
  const median = (pick: (round: Record<Name | "idle", ReaderAnswer>) => number) =>
    percentile(
      rounds.map(pick).sort((a, b) => a - b),
      50,
    );
  return {
    p50Us: round2(median((round) => round[neighbour].p50Us)),
    p99Us: round2(median((round) => round[neighbour].p99Us)),
    p99OverIdle: median((round) => ratio(round[neighbour].p99Us, round.idle.p99Us)),
  };
}
