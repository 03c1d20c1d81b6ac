// Takes a backup of a gateway that runs. The database is copied in one step, with the names of the files that belong to it;
// those are never changed, and not removed within the hour, so that what follows is what it names, also where a flow is
// deleted meanwhile. Checkpoints are written anew all the while: each is taken whole, as it is when its turn comes, and one that
// has just given way to the next is left out.

import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, FlowFusionError } from "@flowfusion/graph";
import { deploymentsFile } from "../agent/deployments.ts";
import { decodeCheckpoint, parseCheckpointFile } from "../checkpoints/format.ts";
import { deadLetterFolder, deadLetterSuffix } from "../dataplane/dead-letter-journal.ts";
import { isMissing } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { keyFileName } from "../security/key-file.ts";
import { databaseFile } from "../store/half-restored.ts";
import type { Store } from "../store/store.ts";
import { type BackupEntry, writeArchive } from "./archive.ts";

/**
 * The archive, piece by piece. Rejects where the database cannot be copied, before there is any. An artefact or module that is
 * damaged is told to `onDamage` and left out: it must not keep all that is whole from being backed up.
 */
export async function backUp(
  store: Store,
  onDamage: (error: FlowFusionError) => void,
): Promise<AsyncIterable<Uint8Array>> {
  return writeArchive(entriesOf(store, await copyOf(store), onDamage));
}

interface Copied {
  readonly database: Uint8Array;
  readonly artefacts: Iterable<Digest>;
  readonly modules: Iterable<Digest>;
}

async function copyOf(store: Store): Promise<Copied> {
  const copy = join(store.dataDir, `backup-${randomUUID()}.part`);
  try {
    failpoint("backup.copy");
    store.copyDatabase(copy);
    failpoint("backup.copied");
    // Without a pause in between: a version that is forgotten later is in the copy still.
    const [artefacts, modules] = [store.usedArtefacts(), store.usedModules()];
    return { database: await readFile(copy), artefacts, modules };
  } finally {
    await rm(copy, { force: true });
  }
}

async function* entriesOf(
  store: Store,
  { database, artefacts, modules }: Copied,
  onDamage: (error: FlowFusionError) => void,
): AsyncGenerator<BackupEntry> {
  const { dataDir } = store;
  yield { name: databaseFile, bytes: database };
  for (const digest of artefacts) {
    const bytes = await readIfWhole(async () => (await store.wholeArtefact(digest))?.wasm, onDamage);
    if (bytes) yield { name: `artefacts/${digest.slice("sha256:".length)}.wasm`, bytes };
  }
  for (const module of modules) {
    const bytes = await readIfWhole(() => store.modules.read(module), onDamage);
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

async function readIfWhole(
  read: () => Promise<Uint8Array | undefined>,
  onDamage: (error: FlowFusionError) => void,
): Promise<Uint8Array | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FlowFusionError)) throw error;
    onDamage(error);
    return undefined;
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
