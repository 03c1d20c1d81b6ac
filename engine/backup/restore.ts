// Makes a data folder from a backup. All is made in a folder within the data folder, which may be a volume that is neither moved nor
// replaced, and moved up from there, the database last. A restore that was interrupted is told by that folder: no gateway starts
// beside it, and the next restore clears away what it left.

import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { deploymentsFile } from "../agent/deployments.ts";
import { deadLetterFolder } from "../dataplane/dead-letter-journal.ts";
import { makeFolder, syncFolder } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { keyFileName } from "../security/key-file.ts";
import { databaseFile, isHalfRestored, restoreFolder } from "../store/half-restored.ts";
import { asStoreError } from "../store/store-error.ts";
import { type BackupEntry, readArchive } from "./archive.ts";

/** In the root of a file system, where the folder is one. */
const ofFileSystem = "lost+found";
const foldersAlways = ["artefacts", "modules", "checkpoints", deadLetterFolder];
/** All that a restore moves up before the database. */
const movedFirst = [...foldersAlways, "drivers", deploymentsFile, keyFileName];

export interface RestoreReport {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Throws FF_BACKUP_INVALID when the archive is not whole, FF_BACKUP_FOLDER when there is something in the folder already,
 * FF_STORE_WRITE when the disk does not take it.
 */
export async function restoreBackup(archive: Uint8Array, dataDir: string): Promise<RestoreReport> {
  const entries = readArchive(archive);
  const target = resolve(dataDir);
  try {
    await demandEmpty(target);
    await unpack(entries, target);
  } catch (error) {
    throw asStoreError(error, `the data folder ${target}`);
  }
  return { files: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

/** All of it or nothing. */
async function unpack(entries: readonly BackupEntry[], target: string): Promise<void> {
  const making = join(target, restoreFolder);
  const moved: string[] = [];
  const moveUp = async (names: readonly string[]) => {
    for (const name of names) {
      failpoint("unpack.move");
      await rename(join(making, name), join(target, name));
      moved.push(name);
    }
    await syncFolder(target);
  };
  try {
    const folders = new Set([...foldersAlways, ...entries.flatMap(({ name }) => foldersOf(name))]);
    for (const folder of folders) await mkdir(join(making, folder), { recursive: true, mode: 0o700 });
    for (const { name, bytes } of entries) await writeSynced(join(making, name), bytes);
    for (const folder of [...folders, "", ".."]) await syncFolder(join(making, folder));
    await moveUp((await readdir(making)).filter((name) => name !== databaseFile));
    failpoint("unpack.database");
    await moveUp([databaseFile]);
    failpoint("unpack.done");
    await rm(making, { recursive: true });
  } catch (error) {
    for (const name of [...moved.toReversed(), restoreFolder]) {
      await rm(join(target, name), { recursive: true, force: true });
    }
    throw error;
  }
}

/** `drivers/press/pki/certificate.pem` is in `drivers`, `drivers/press` and `drivers/press/pki`. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
}

/** But for what a restore left that was interrupted, which is removed, the sign of it last. */
async function demandEmpty(folder: string): Promise<void> {
  await makeFolder(folder);
  const names = (await readdir(folder)).filter((name) => name !== ofFileSystem);
  const leftovers = isHalfRestored(names) ? names.filter((name) => movedFirst.includes(name)) : [];
  const { length } = names.filter((name) => !leftovers.includes(name) && name !== restoreFolder);
  if (length > 0) {
    throw new FlowFusionError(
      "FF_BACKUP_FOLDER",
      `${folder} has ${length} entries, 0 allowed: a backup is restored into a folder that is empty or not there`,
    );
  }
  for (const name of [...leftovers, restoreFolder]) await rm(join(folder, name), { recursive: true, force: true });
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  failpoint("unpack.write");
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
