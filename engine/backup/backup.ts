// Takes a backup of a gateway that runs. The database is copied to the disk, and the copy names the files that belong to it;
// those are never changed, and none is removed until the client has all, so that what follows is what it names, also where a flow
// is deleted meanwhile. Checkpoints are written anew all the while: each is taken whole, as it is when its turn comes, and one that
// has just given way to the next is left out.

import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished, type Writable } from "node:stream";
import { FlowFusionError } from "@flowfusion/graph";
import { deploymentsFile } from "../agent/deployments.ts";
import { decodeCheckpoint, parseCheckpointFile } from "../checkpoints/format.ts";
import { deadLetterFolder, deadLetterSuffix } from "../dataplane/dead-letter-journal.ts";
import { isMissing } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { keyFileName } from "../security/key-file.ts";
import { databaseFile } from "../store/half-restored.ts";
import type { NamedFiles, Store } from "../store/store.ts";
import { type BackupEntry, type StreamedEntry, writeArchive } from "./archive.ts";

/** How many are taken at the same time. Each is a copy of the database on the disk until its client has it. */
const BACKUPS_MAX = 2;

export class Backups {
  readonly #store: Store;
  readonly #onDamage: (error: FlowFusionError) => void;

  /** An artefact or module that is damaged is told to `onDamage` and left out: it must not keep all that is whole from being backed up. */
  constructor(store: Store, onDamage: (error: FlowFusionError) => void) {
    this.#store = store;
    this.#onDamage = onDamage;
  }

  /**
   * The archive, piece by piece. Throws FF_API_BUSY, and what keeps the database from being copied, before there is any.
   * `answer`: what the client takes it from.
   */
  async take(answer: Writable): Promise<AsyncIterable<Uint8Array>> {
    const { keepers } = this.#store;
    if (keepers >= BACKUPS_MAX) {
      throw new FlowFusionError(
        "FF_API_BUSY",
        `${keepers} backups are being taken, ${BACKUPS_MAX} may at the same time; try again when one is done`,
      );
    }
    const over = new Promise<void>((resolve) => finished(answer, () => resolve()));
    void over.then(this.#store.keepFiles());
    const copied = await copyOf(this.#store, answer);
    void over.then(() => copied.database.close());
    return writeArchive(entriesOf(this.#store, copied, this.#onDamage));
  }
}

interface Copied extends NamedFiles {
  /** Has no name any more: it is gone once it is closed. */
  readonly database: FileHandle;
}

async function copyOf(store: Store, answer: Writable): Promise<Copied> {
  // A folder, for SQLite writes files of its own beside the copy.
  const folder = join(store.dataDir, `backup-${randomUUID()}.part`);
  try {
    failpoint("backup.copy");
    await mkdir(folder, { mode: 0o700 });
    const copy = join(folder, databaseFile);
    const named = await store.copyDatabase(copy, () => {
      if (answer.destroyed) throw new FlowFusionError("FF_API_BUSY", "the client has left");
    });
    failpoint("backup.copied");
    return { ...named, database: await open(copy) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* entriesOf(
  store: Store,
  { database, artefacts, modules }: Copied,
  onDamage: (error: FlowFusionError) => void,
): AsyncGenerator<BackupEntry | StreamedEntry> {
  const { dataDir } = store;
  const { size: sizeBytes } = await database.stat();
  yield { name: databaseFile, sizeBytes, pieces: database.createReadStream({ start: 0, autoClose: false }) };
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
