import { once } from "node:events";
import { readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Digest, encodeGraph, type FlowFusionError, type FlowName, sha256 } from "@flowfusion/graph";
import type { FastifyReply } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { piecesFor } from "../agent/routes/common.ts";
import { CheckpointFolder } from "../checkpoints/checkpoint-folder.ts";
import { Store } from "../store/store.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { readArchive } from "./archive.ts";
import { Backups } from "./backup.ts";

const at = "2026-01-01T00:00:00.000Z";
const author = { by: "admin", via: "api" } as const;
let folder: string;
let store: Store;
let backups: Backups;
let told: FlowFusionError[];
beforeEach(async () => {
  folder = await temporaryFolder();
  store = await Store.open(folder);
  await CheckpointFolder.open(join(folder, "checkpoints"));
  told = [];
  backups = new Backups(store, (error) => told.push(error));
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
  const archive = await backups.take(new PassThrough());
  store.flows.remove("boiler" as FlowName, 1, at, author);
  await store.sweep(0);
  expect(await namesIn(archive)).toContain(nameOf(artefact));
});

test("a damaged artefact keeps nothing else from being backed up, and is told of", async () => {
  const [damaged, whole] = [await deploy("boiler", 1), await deploy("kiln", 2)];
  await truncate(join(folder, nameOf(damaged)), 10);
  const names = await namesIn(await backups.take(new PassThrough()));
  expect(names).toContain(nameOf(whole));
  expect(names).not.toContain(nameOf(damaged));
  expect(told).toMatchObject([{ code: "FF_STORE_CORRUPT" }]);
});

describe("a large database", () => {
  const largeBytes = 8 * 1024 * 1024;
  const write = (after: string) => {
    const draft = { at, who: "ann", role: "admin", remote: "", action: "x", target: "", status: 200, requestId: "" };
    return store.audit.append({ ...draft, before: undefined, after });
  };
  beforeEach(() => void write("x".repeat(largeBytes)));

  test("is copied while others write, and what they write is in the copy", async () => {
    const taking = backups.take(new PassThrough());
    const { hash } = write("meanwhile");
    const [database] = readArchive(await buffer(await taking));
    expect(database).toMatchObject({ name: "gateway.db" });
    expect(Buffer.from(database!.bytes).includes(hash)).toBe(true);
  });

  test("is not in memory while a slow client takes it", async () => {
    const lengths: number[] = [];
    for await (const { length } of await backups.take(new PassThrough())) lengths.push(length);
    expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(largeBytes);
    expect(Math.max(...lengths)).toBeLessThan(largeBytes / 8);
  });

  test("is not copied on for a client that has left, and nothing of it stays", async () => {
    const answer = new PassThrough();
    const taking = backups.take(answer);
    answer.destroy();
    await expect(taking).rejects.toThrow("the client has left");
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

test("no more than two backups are taken at the same time, however slowly, and the next when one is done", async () => {
  const [slow, other] = [new PassThrough(), new PassThrough()];
  await Promise.all([backups.take(slow), backups.take(other)]);
  await expect(backups.take(new PassThrough())).rejects.toMatchObject({ code: "FF_API_BUSY" });
  slow.destroy();
  await once(slow, "close");
  expect(await namesIn(await backups.take(new PassThrough()))).toContain("gateway.db");
});

test("a client that reads a little each minute gives its place up, and what kept unused artefacts from being swept", async () => {
  const artefact = await deploy("boiler", 1);
  store.flows.remove("boiler" as FlowName, 1, at, author);
  const other = new PassThrough();
  const answer = new PassThrough();
  const reply = { request: { demandCaller() {} }, raw: answer } as unknown as FastifyReply;
  await backups.take(other);
  const pieces = piecesFor(reply, await backups.take(answer));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    pieces.pipe(answer);
    while (!answer.destroyed) {
      answer.read(1);
      await vi.advanceTimersByTimeAsync(60_000);
      // The file of the database is read on threads.
      await new Promise(setImmediate);
    }
  } finally {
    vi.useRealTimers();
  }
  expect(await store.sweep(0)).toEqual([]);
  other.destroy();
  await once(other, "close");
  expect(await store.sweep(0)).toEqual([artefact]);
  expect(await namesIn(await backups.take(new PassThrough()))).toContain("gateway.db");
});
