import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { defaultFlowLimits } from "@flowfusion/fusion";
import { type Digest, encodeGraph, FlowFusionError, type FlowName, type SwapReport, sha256 } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CheckpointFolder } from "../checkpoints/checkpoint-folder.ts";
import { Checkpointer, type Recovered } from "../checkpoints/checkpointer.ts";
import { checkpointFile, encodeCheckpoint } from "../checkpoints/format.ts";
import type { FlowProgram } from "../dataplane/types.ts";
import { writeDurably } from "../durable-file.ts";
import { Store } from "../store/store.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { TestDataPlane } from "../testkit/test-data-plane.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { Recovery } from "./recovery.ts";

const boiler = "boiler" as FlowName;
const kiln = "kiln" as FlowName;
let dataDir: string;
let store: Store;
let folder: CheckpointFolder;
beforeEach(async () => {
  dataDir = await temporaryFolder();
  store = await Store.open(dataDir);
  folder = await CheckpointFolder.open(join(dataDir, "checkpoints"));
});
afterEach(async () => {
  store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Takes only the states that it is told to. */
class PickyDataPlane extends TestDataPlane {
  readonly refused = new Set<number>();
  begunWith: Recovered | undefined;

  override async deploy(name: FlowName, program: FlowProgram, recovered?: Recovered): Promise<SwapReport> {
    if (recovered?.from && this.refused.has(recovered.from.sequence)) {
      throw new FlowFusionError("FF_FLOW_STATE_REFUSED", "node hot: the state is not mine");
    }
    this.begunWith = recovered;
    return super.deploy(name, program);
  }
}

async function save(flow: FlowName, sequence: number, artefact: Digest): Promise<void> {
  const checkpoint = {
    flow,
    sequence,
    generation: sequence,
    artefact,
    savedAtMs: sequence,
    state: Uint8Array.of(sequence),
  };
  await writeDurably("checkpoint", folder.path, checkpointFile(flow, sequence), encodeCheckpoint(checkpoint));
}

async function start(dataPlane: TestDataPlane, value = 1) {
  const { digest, graph, wasm } = testArtefact(value);
  const program = { digest, generation: 1, graph: encodeGraph(graph), metered: wasm, limits: defaultFlowLimits };
  return (await new Recovery(folder, store, dataPlane).start(boiler, program)).recovery;
}

async function know(value: number): Promise<Digest> {
  const { wasm, digest, graph } = testArtefact(value);
  const encoded = encodeGraph(graph);
  await store.putArtefact({ digest, sizeBytes: wasm.length, graphDigest: sha256(encoded), graph: encoded }, wasm);
  return digest;
}

describe("a flow that starts with the gateway", () => {
  test("begins with the newest of its checkpoints, and goes on counting from there", async () => {
    const digest = await know(1);
    for (const sequence of [7, 8]) await save(boiler, sequence, digest);
    await save(kiln, 9, digest);
    const dataPlane = new PickyDataPlane();
    expect(await start(dataPlane)).toMatchObject({ from: { sequence: 8, stateBytes: 1 }, refused: [] });
    expect(dataPlane.begunWith).toMatchObject({ sequences: [7, 8] });
  });

  test("begins with the one before when it refuses the newest, and says why", async () => {
    const digest = await know(1);
    for (const sequence of [7, 8]) await save(boiler, sequence, digest);
    const dataPlane = new PickyDataPlane();
    dataPlane.refused.add(8);
    const why = "node hot: the state is not mine";
    const file = checkpointFile(boiler, 8);
    expect(await start(dataPlane)).toMatchObject({ from: { sequence: 7 }, refused: [{ file, why }] });
  });

  test("begins anew when it refuses all, and when there is none", async () => {
    const dataPlane = new PickyDataPlane();
    expect(await start(dataPlane)).toEqual({ refused: [] });
    await save(boiler, 8, await know(1));
    dataPlane.refused.add(8);
    expect((await start(dataPlane)).from).toBeUndefined();
    expect(dataPlane.begunWith?.from).toBeUndefined();
  });

  test("takes the newest of another version that loses nothing, before an older one of its own", async () => {
    await save(boiler, 7, await know(1));
    await save(boiler, 8, await know(2));
    expect(await start(new PickyDataPlane())).toMatchObject({
      from: { sequence: 8, artefact: testArtefact(2).digest },
    });
  });

  test("takes its own before a newer one of a version that nobody knows", async () => {
    await save(boiler, 7, await know(1));
    await save(boiler, 8, testArtefact(3).digest);
    expect(await start(new PickyDataPlane())).toMatchObject({ from: { sequence: 7 } });
  });
});

test("a checkpoint that cannot be read at one start, and can at the next, does not go before those written meanwhile", async () => {
  const digest = await know(1);
  for (const sequence of [7, 8]) await save(boiler, sequence, digest);
  const newest = join(folder.path, checkpointFile(boiler, 8));
  const aside = join(dataDir, "aside");
  await rename(newest, aside);
  await mkdir(newest);
  const dataPlane = new PickyDataPlane();
  expect(await start(dataPlane)).toMatchObject({
    from: { sequence: 7 },
    refused: [{ why: expect.stringContaining("EISDIR") }],
  });
  const checkpointer = new Checkpointer(folder.path);
  const flow = { generation: 1, digest, checkpoint: () => Uint8Array.of(20) };
  checkpointer.begin(boiler, flow, dataPlane.begunWith!);
  await checkpointer.round();
  await rmdir(newest);
  await rename(aside, newest);
  expect(await start(dataPlane)).toMatchObject({ from: { sequence: 9 }, refused: [] });
  expect(dataPlane.begunWith).toMatchObject({ from: { state: Uint8Array.of(20) }, sequences: [7, 8, 9] });
});

test("state of flows that are not recorded is removed at the start", async () => {
  await save(boiler, 1, await know(1));
  expect(await folder.removeOrphans((flow) => store.flows.names().has(flow))).toEqual(new Map());
  expect(await folder.list()).toEqual(new Map());
});
