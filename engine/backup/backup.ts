// Takes a backup of a gateway that runs. The database is copied in one step; whatever files it names are never changed
// and not removed while it names them, so what follows belongs to it. Checkpoints are written anew all the while: each
// is taken whole, as it is when its turn comes, and one that has just given way to the next is left out.

import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { deploymentsFile } from "../agent/deployments.ts";
import { decodeCheckpoint, parseCheckpointFile } from "../checkpoints/format.ts";
import { deadLetterFolder, deadLetterSuffix } from "../dataplane/dead-letter-journal.ts";
import { isMissing } from "../durable-file.ts";
import { keyFileName } from "../security/key-file.ts";
import type { Store } from "../store/store.ts";
import { type BackupEntry, writeArchive } from "./archive.ts";

export function backUp(store: Store): AsyncIterable<Uint8Array> {
  return writeArchive(entriesOf(store));
}

async function* entriesOf(store: Store): AsyncGenerator<BackupEntry> {
  const { dataDir } = store;
  const copy = join(dataDir, `backup-${randomUUID()}.part`);
  try {
    store.copyDatabase(copy);
    yield { name: "gateway.db", bytes: await readFile(copy) };
  } finally {
    await rm(copy, { force: true });
  }
  for (const digest of store.usedArtefacts()) {
    const artefact = await store.wholeArtefact(digest);
    if (artefact) yield { name: `artefacts/${digest.slice("sha256:".length)}.wasm`, bytes: artefact.wasm };
  }
  for (const module of store.usedModules()) {
    const bytes = await store.modules.read(module);
    if (bytes) yield { name: `modules/${module.slice("sha256:".length)}.wasm`, bytes };
  }
  yield* checkpoints(join(dataDir, "checkpoints"));
  yield* journals(dataDir);
  yield* driverCertificates(join(dataDir, "drivers"));
  const key = await readIfThere(join(dataDir, keyFileName));
  if (key) yield { name: keyFileName, bytes: key };
}

/** The newest of each flow that is whole. */
async function* checkpoints(folder: string): AsyncGenerator<BackupEntry> {
  const done = new Set<string>();
  for (const name of (await readdir(folder)).toSorted().toReversed()) {
    const parsed = parseCheckpointFile(name);
    if (!parsed || done.has(parsed.flow)) continue;
    const bytes = await readIfThere(join(folder, name));
    if (!bytes || !isWhole(bytes, parsed.flow)) continue;
    done.add(parsed.flow);
    yield { name: `checkpoints/${name}`, bytes };
  }
}

/** As they are now: of one that is just being written to, the last entry may be left out. */
async function* journals(dataDir: string): AsyncGenerator<BackupEntry> {
  const letters = await listIfThere(join(dataDir, deadLetterFolder));
  const names = letters.filter((name) => name.endsWith(deadLetterSuffix)).map((name) => `${deadLetterFolder}/${name}`);
  for (const name of [deploymentsFile, ...names]) {
    const bytes = await readIfThere(join(dataDir, name));
    if (bytes) yield { name, bytes };
  }
}

/** What drivers show to devices, which trust it by its fingerprint: with another they would be strangers. */
async function* driverCertificates(folder: string): AsyncGenerator<BackupEntry> {
  for (const driver of await listIfThere(folder)) {
    for (const file of await listIfThere(join(folder, driver, "pki"))) {
      const bytes = file.endsWith(".pem") && (await readIfThere(join(folder, driver, "pki", file)));
      if (bytes) yield { name: `drivers/${driver}/pki/${file}`, bytes };
    }
  }
}

function isWhole(bytes: Uint8Array, flow: Parameters<typeof decodeCheckpoint>[1]): boolean {
  try {
    decodeCheckpoint(bytes, flow);
    return true;
  } catch {
    return false;
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function listIfThere(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
