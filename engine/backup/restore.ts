// Makes a data folder from a backup. It is made beside its place and moved there in one step, so that a restore that is
// interrupted leaves no folder that a gateway would start on.

import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { deadLetterFolder } from "../dataplane/dead-letter-journal.ts";
import { isMissing, makeFolder, syncFolder } from "../durable-file.ts";
import { asStoreError } from "../store/store-error.ts";
import { readArchive } from "./archive.ts";

const foldersAlways = ["artefacts", "modules", "checkpoints", deadLetterFolder];

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
  const making = `${target}.${randomUUID()}.part`;
  try {
    await demandEmpty(target);
    const folders = new Set([...foldersAlways, ...entries.flatMap(({ name }) => foldersOf(name))]);
    for (const folder of folders) await mkdir(join(making, folder), { recursive: true, mode: 0o700 });
    for (const { name, bytes } of entries) await writeSynced(join(making, name), bytes);
    for (const folder of [...folders, ""]) await syncFolder(join(making, folder));
    await rmdir(target).catch(() => undefined);
    await rename(making, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw asStoreError(error, `the data folder ${target}`);
  }
  return { files: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

/** `drivers/press/pki/certificate.pem` is in `drivers`, `drivers/press` and `drivers/press/pki`. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
}

async function demandEmpty(folder: string): Promise<void> {
  try {
    const { length } = await readdir(folder);
    if (length === 0) return;
    throw new FlowFusionError(
      "FF_BACKUP_FOLDER",
      `${folder} has ${length} entries, 0 allowed: a backup is restored into a folder that is empty or not there`,
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeFolder(dirname(folder));
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
