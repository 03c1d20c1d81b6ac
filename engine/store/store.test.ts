import { existsSync } from "node:fs";
import { mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Digest, encodeGraph, type FlowName, sha256 } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { ArtefactFiles } from "./artefact-files.ts";
import type { Author } from "./flow-table.ts";
import { Store } from "./store.ts";

const boiler = "boiler" as FlowName;
const at = "2026-01-01T00:00:00.000Z";
let folder: string;
let store: Store;
let nowMs = 0;
const hourMs = 60 * 60 * 1000;
beforeEach(async () => {
  folder = await temporaryFolder();
  store = await Store.open(folder, () => nowMs);
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(value: number): Promise<Digest> {
  const { wasm, digest, graph } = testArtefact(value);
  const bytes = encodeGraph(graph);
  await store.putArtefact({ digest, sizeBytes: wasm.length, graphDigest: sha256(bytes), graph: bytes }, wasm);
  return digest;
}

const admin = { by: "admin", via: "api" } as const;

function commit(artefact: Digest, expected: number | undefined, author: Author = admin): number {
  return store.flows.commit({ flow: boiler, expected, action: "deploy", artefact, options: "{}", at, ...author });
}

function fileOf(digest: Digest): string {
  return join(folder, "artefacts", `${digest.slice(7)}.wasm`);
}

describe("a data folder that cannot be one is refused, with the reason", () => {
  test.each<readonly [string, string, RegExp]>([
    ["a file", "file", /a file, .* is where a folder is to be/],
    ["below a file", "file/data", /a file, .* is where a folder is to be/],
    ["of too long a name", "x".repeat(300), /the path is too long/],
    ...(process.platform === "linux"
      ? ([["where the system takes no folders", "/proc/data", /the folder is not there, and cannot be made/]] as const)
      : []),
  ])("%s", async (_title, name, why) => {
    await writeFile(join(folder, "file"), "");
    const opening = Store.open(resolve(folder, name));
    await expect(opening).rejects.toMatchObject({ code: "FF_STORE_WRITE", message: expect.stringMatching(why) });
  });

  test("in which a file has the name of one of its folders", async () => {
    const other = join(folder, "other");
    await mkdir(other);
    await writeFile(join(other, "artefacts"), "");
    await expect(Store.open(other)).rejects.toMatchObject({ code: "FF_STORE_WRITE" });
  });
});

describe("artefact files", () => {
  test("are read back byte for byte", async () => {
    const digest = await put(1);
    expect(sha256((await store.wholeArtefact(digest))!.wasm)).toBe(digest);
  });

  test.each([
    ["truncated", (file: string) => truncate(file, 20)],
    ["emptied", (file: string) => truncate(file, 0)],
    ["overwritten", (file: string) => writeFile(file, testArtefact(2).wasm)],
  ])("are reported as corrupt when %s, never returned", async (_how, damage) => {
    const digest = await put(1);
    await damage(fileOf(digest));
    await expect(store.wholeArtefact(digest)).rejects.toMatchObject({ code: "FF_STORE_CORRUPT" });
  });

  test("that are missing are unknown", async () => {
    const digest = await put(1);
    await rm(fileOf(digest));
    expect(await store.wholeArtefact(digest)).toBeUndefined();
  });

  test("leave nothing of an interrupted write after the next start", async () => {
    await writeFile(join(folder, "artefacts", "0f0e.part"), "half");
    await ArtefactFiles.open(join(folder, "artefacts"), () => nowMs);
    expect(await readdir(join(folder, "artefacts"))).toEqual([]);
  });
});

test("a data folder that another gateway holds is left alone, with what that one is writing", async () => {
  await writeFile(join(folder, "0f0e.part"), "half");
  await expect(Store.open(folder)).rejects.toMatchObject({ code: "FF_STORE_LOCKED" });
  expect(await readdir(folder)).toContain("0f0e.part");
});

describe("the sweep", () => {
  test("removes what is unused and old, keeps what is used or young", async () => {
    const [used, old] = [await put(1), await put(2)];
    commit(used, undefined);
    nowMs += hourMs;
    const young = await put(3);
    expect(await store.sweep()).toEqual([old]);
    expect(store.artefact(old)).toBeUndefined();
    expect([used, old, young].map((digest) => existsSync(fileOf(digest)))).toEqual([true, false, true]);
  });

  test("spares an old artefact that was just read for a deploy", async () => {
    const digest = await put(1);
    nowMs += hourMs;
    await store.wholeArtefact(digest);
    expect(await store.sweep()).toEqual([]);
  });

  test("frees the artefacts of a deleted flow", async () => {
    const digest = await put(1);
    commit(digest, undefined);
    store.flows.remove(boiler, 1, at, admin);
    nowMs += hourMs;
    expect(await store.sweep()).toEqual([digest]);
  });

  test("spares an artefact that has its name and is still being written", async () => {
    nowMs += hourMs;
    const { wasm, digest } = testArtefact(1);
    const putting = put(1);
    await writeFile(fileOf(digest), wasm);
    expect(await store.sweep()).toEqual([]);
    await putting;
  });

  test("spares what a flow used when it was swept last: it may be read for what was asked before a delete", async () => {
    const digest = await put(1);
    commit(digest, undefined);
    nowMs += 10 * hourMs;
    await store.sweep();
    store.flows.remove(boiler, 1, at, admin);
    expect(await store.sweep()).toEqual([]);
    nowMs += hourMs;
    expect(await store.sweep()).toEqual([digest]);
  });

  test("takes nothing while files are kept for a backup, however long that takes", async () => {
    const digest = await put(1);
    const done = store.keepFiles();
    nowMs += 10 * hourMs;
    expect(await store.sweep()).toEqual([]);
    done();
    expect(await store.sweep()).toEqual([digest]);
  });

  test.each([
    ["put ahead", "2126-01-01"],
    ["put back", "1970-01-01"],
  ])(
    "takes nothing that was just uploaded when the clock is %s, and nothing later than it would",
    async (_how, date) => {
      const digest = await put(1);
      vi.useFakeTimers({ toFake: ["Date"], now: new Date(date) });
      try {
        expect(await store.sweep()).toEqual([]);
        nowMs += hourMs;
        expect(await store.sweep()).toEqual([digest]);
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test("takes what an earlier start left an hour after this one", async () => {
    const digest = await put(1);
    store.close();
    nowMs += hourMs;
    store = await Store.open(folder, () => nowMs);
    expect(await store.sweep()).toEqual([]);
    nowMs += hourMs;
    expect(await store.sweep()).toEqual([digest]);
  });
});

describe("flows and versions", () => {
  test("keep the last 20 versions of a flow and count on", async () => {
    const digest = await put(1);
    for (let generation = 0; generation < 25; generation++) {
      expect(commit(digest, generation === 0 ? undefined : generation)).toBe(generation + 1);
    }
    const versions = store.flows.versions(boiler, Number.MAX_SAFE_INTEGER, 100).map((row) => row.generation);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  });

  test("keep the version that a stack knows, however many came after it", async () => {
    const digest = await put(1);
    commit(digest, undefined, { by: "ci", via: "pulumi" });
    const drifted = await put(2);
    for (let generation = 1; generation < 30; generation++) commit(drifted, generation, { by: "ann", via: "console" });
    expect(store.flows.managed(boiler)).toMatchObject({ generation: 1, artefact: digest, by: "ci" });
    expect(store.flows.versions(boiler, 100, 100)).toHaveLength(21);
    expect(store.flows.usedArtefacts().has(digest)).toBe(true);
    commit(digest, 30, { by: "ci", via: "pulumi" });
    expect(store.flows.version(boiler, 1)).toBeUndefined();
    store.flows.remove(boiler, 31, at, { by: "ci", via: "pulumi" });
    expect(store.flows.managed(boiler)).toBeUndefined();
  });

  test("never give a generation out twice, also not after a delete", async () => {
    const digest = await put(1);
    commit(digest, undefined);
    expect(store.flows.remove(boiler, 1, at, admin)).toBe(2);
    expect(commit(digest, undefined)).toBe(3);
    const actions = store.flows.versions(boiler, 100, 100).map(({ generation, action }) => [generation, action]);
    expect(actions).toEqual([
      [3, "deploy"],
      [2, "delete"],
      [1, "deploy"],
    ]);
  });

  test("refuse a commit that expects another generation, and change nothing", async () => {
    const digest = await put(1);
    commit(digest, undefined);
    expect(() => commit(digest, 7)).toThrow("generation 1");
    expect(() => commit(digest, undefined)).toThrow("generation 1");
    expect(store.flows.current(boiler)?.generation).toBe(1);
  });

  test("survive being closed and opened again", async () => {
    const digest = await put(1);
    commit(digest, undefined);
    const { id } = store;
    store.close();
    store = await Store.open(folder);
    expect(store.id).toBe(id);
    expect(store.flows.current(boiler)).toMatchObject({ generation: 1, artefact: digest, by: "admin" });
  });
});
