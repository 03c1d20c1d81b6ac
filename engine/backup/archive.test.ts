import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { type BackupEntry, readArchive, writeArchive } from "./archive.ts";
import { restoreBackup } from "./restore.ts";

const artefact = `artefacts/${"ab".repeat(32)}.wasm`;
const entries: readonly BackupEntry[] = [
  { name: "gateway.db", bytes: Buffer.from("a database") },
  { name: artefact, bytes: new Uint8Array(0) },
  { name: "checkpoints/boiler.000000000007.ckpt", bytes: Uint8Array.of(1, 2, 3) },
];

async function archiveOf(all: readonly BackupEntry[]): Promise<Buffer> {
  async function* give() {
    yield* all;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of writeArchive(give())) pieces.push(piece);
  return Buffer.concat(pieces);
}

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof FlowFusionError ? error.code : "a defect";
  }
};

describe("a backup's archive", () => {
  test("gives back what was put in", async () => {
    const read = readArchive(await archiveOf(entries)).map(({ name, bytes }) => [name, [...bytes]]);
    expect(read).toEqual(entries.map(({ name, bytes }) => [name, [...bytes]]));
  });

  test("is refused wherever it is cut and whichever bit is flipped", async () => {
    const archive = await archiveOf(entries);
    const cuts = Array.from(archive, (_, length) => archive.subarray(0, length));
    const flips = Array.from({ length: archive.length * 8 }, (_, bit) => {
      const damaged = Buffer.from(archive);
      damaged[bit >>> 3] = damaged[bit >>> 3]! ^ (1 << (bit & 7));
      return damaged;
    });
    const codes = new Set([...cuts, ...flips].map((bytes) => codeOf(() => readArchive(bytes))));
    expect([...codes]).toEqual(["FF_BACKUP_INVALID"]);
  });

  test.each(["../escape", "/etc/passwd", "artefacts/../gateway.db", "gateway.db\0", "output/values.jsonl", ""])(
    "with an entry named %j is refused, though its checksum matches",
    async (name) => {
      const archive = await archiveOf([{ name, bytes: Buffer.of(1) }]);
      expect(codeOf(() => readArchive(archive))).toBe("FF_BACKUP_INVALID");
    },
  );

  test.each([
    ["an entry that is longer than the archive", [1, 0, 255, 255, 255, 255, 97]],
    ["a name that is longer than the archive", [255, 255, 0, 0, 0, 0]],
    ["no end", []],
    ["something behind its end", [0, 0, 7]],
  ])("with %s is refused, though its checksum matches", async (_what, tail) => {
    const magic = (await archiveOf([])).subarray(0, 8);
    const body = Buffer.concat([magic, Buffer.from(tail)]);
    const archive = Buffer.concat([body, createHash("sha256").update(body).digest()]);
    expect(codeOf(() => readArchive(archive))).toBe("FF_BACKUP_INVALID");
  });
});

describe("a restore", () => {
  let parent: string;
  beforeEach(async () => {
    parent = await temporaryFolder();
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  test.each([
    ["is not there", false],
    ["is empty", true],
  ])("makes the folder where it %s, and nothing beside it", async (_how, isThere) => {
    const folder = join(parent, "data");
    if (isThere) await mkdir(folder);
    expect(await restoreBackup(await archiveOf(entries), folder)).toEqual({ files: 3, bytes: 13 });
    expect(await readdir(parent)).toEqual(["data"]);
    expect(await readFile(join(folder, "gateway.db"), "utf8")).toBe("a database");
    expect((await readFile(join(folder, artefact))).length).toBe(0);
  });

  test("goes into a volume, which is never moved", async () => {
    const folder = join(parent, "data");
    await mkdir(join(folder, "lost+found"), { recursive: true });
    const { ino } = await stat(folder);
    await restoreBackup(await archiveOf(entries), folder);
    expect((await stat(folder)).ino).toBe(ino);
    expect(await readFile(join(folder, "gateway.db"), "utf8")).toBe("a database");
  });

  test("clears away what one before left that was interrupted, but nothing that no restore makes", async () => {
    const folder = join(parent, "data");
    await mkdir(join(folder, "restore.part"), { recursive: true });
    await mkdir(join(folder, "artefacts"));
    await writeFile(join(folder, "artefacts/of-the-one-before.wasm"), "");
    await writeFile(join(folder, "output.jsonl"), "readings");
    const archive = await archiveOf(entries);
    await expect(restoreBackup(archive, folder)).rejects.toMatchObject({ code: "FF_BACKUP_FOLDER" });
    await rm(join(folder, "output.jsonl"));
    await restoreBackup(archive, folder);
    expect(await readdir(join(folder, "artefacts"))).toEqual([artefact.slice("artefacts/".length)]);
  });

  test("that fails half-way leaves nothing of it behind", async () => {
    const folder = join(parent, "data");
    const twice = [...entries, entries[0]!];
    await expect(restoreBackup(await archiveOf(twice), folder)).rejects.toThrow("EEXIST");
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves a folder alone that is in use, and a damaged backup makes none", async () => {
    const folder = join(parent, "data");
    const archive = await archiveOf(entries);
    await expect(restoreBackup(archive.subarray(1), folder)).rejects.toMatchObject({ code: "FF_BACKUP_INVALID" });
    expect(await readdir(parent)).toEqual([]);
    await mkdir(folder);
    await writeFile(join(folder, "gateway.db"), "in use");
    await expect(restoreBackup(archive, folder)).rejects.toMatchObject({ code: "FF_BACKUP_FOLDER" });
    expect(await readFile(join(folder, "gateway.db"), "utf8")).toBe("in use");
  });
});
