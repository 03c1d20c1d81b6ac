import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Digest, encodeGraph, type FlowFusionError, type FlowName, sha256 } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CheckpointFolder } from "../checkpoints/checkpoint-folder.ts";
import { Store } from "../store/store.ts";
import { testArtefact } from "../testing/artefact.ts";
import { temporaryFolder } from "../testing/test-gateway.ts";
import { readArchive } from "./archive.ts";
import { backUp } from "./backup.ts";

const at = "2026-01-01T00:00:00.000Z";
const author = { by: "admin", via: "api" } as const;
let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await temporaryFolder();
  store = await Store.open(folder);
  await CheckpointFolder.open(join(folder, "checkpoints"));
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

async function deploy(flow: string, value: number): Promise<Digest> {
  const { wasm, digest, graph } = testArtefact(value);
  const bytes = encodeGraph(graph);
  await store.putArtefact({ digest, sizeBytes: wasm.length, graphDigest: sha256(bytes), graph: bytes }, wasm);
  const draft = {
    flow: flow as FlowName,
    expected: undefined,
    action: "deploy",
    artefact: digest,
    options: "{}",
  } as const;
  store.flows.commit({ ...draft, at, ...author });
  return digest;
}

const nameOf = (digest: Digest) => `artefacts/${digest.slice("sha256:".length)}.wasm`;

async function namesIn(archive: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  return readArchive(await buffer(archive)).map(({ name }) => name);
}

test("a flow that is deleted while a slow client takes a backup is in it whole, as the copied database names it", async () => {
  const artefact = await deploy("boiler", 1);
  const archive = await backUp(store, () => {});
  store.flows.remove("boiler" as FlowName, 1, at, author);
  await store.sweep();
  expect(await namesIn(archive)).toContain(nameOf(artefact));
});

test("a damaged artefact keeps nothing else from being backed up, and is told of", async () => {
  const [damaged, whole] = [await deploy("boiler", 1), await deploy("kiln", 2)];
  await truncate(join(folder, nameOf(damaged)), 10);
  const told: FlowFusionError[] = [];
  const names = await namesIn(await backUp(store, (error) => told.push(error)));
  expect(names).toContain(nameOf(whole));
  expect(names).not.toContain(nameOf(damaged));
  expect(told).toMatchObject([{ code: "FF_STORE_CORRUPT" }]);
});
