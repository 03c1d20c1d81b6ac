// Makes a data folder from a backup. All is made in a folder within, which may be a volume that is neither moved nor replaced, and
// moved up from there, the database last: until then the folder is one on which a gateway begins anew.

import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { deadLetterFolder } from "../dataplane/dead-letter-journal.ts";
import { makeFolder, syncFolder } from "../durable-file.ts";
import { asStoreError } from "../store/store-error.ts";
import { readArchive } from "./archive.ts";

/** In the root of a file system, where the folder is one. */
const ofFileSystem = "lost+found";
/** What a restore makes all in. */
const leftover = /^[0-9a-f-]{36}\.part$/;
const database = "gateway.db";
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
  const making = join(target, `${randomUUID()}.part`);
  const moved: string[] = [];
  const moveUp = async (names: readonly string[]) => {
    for (const name of names) {
      await rename(join(making, name), join(target, name));
      moved.push(name);
    }
    await syncFolder(target);
  };
  try {
    await demandEmpty(target);
    const folders = new Set([...foldersAlways, ...entries.flatMap(({ name }) => foldersOf(name))]);
    for (const folder of folders) await mkdir(join(making, folder), { recursive: true, mode: 0o700 });
    for (const { name, bytes } of entries) await writeSynced(join(making, name), bytes);
    for (const folder of [...folders, ""]) await syncFolder(join(making, folder));
    await moveUp((await readdir(making)).filter((name) => name !== database));
    await moveUp([database]);
    await rm(making, { recursive: true });
  } catch (error) {
    for (const name of [making, ...moved.map((each) => join(target, each))]) {
      await rm(name, { recursive: true, force: true });
    }
    throw asStoreError(error, `the data folder ${target}`);
  }
  return { files: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

/** `drivers/press/pki/certificate.pem` is in `drivers`, `drivers/press` and `drivers/press/pki`. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
}

/** But for what a restore left that was interrupted, which is removed. */
async function demandEmpty(folder: string): Promise<void> {
  await makeFolder(folder);
  const names = (await readdir(folder)).filter((name) => name !== ofFileSystem);
  const leftovers = names.filter((name) => leftover.test(name));
  const { length } = names;
  if (length > leftovers.length) {
    throw new FlowFusionError(
      "FF_BACKUP_FOLDER",
      `${folder} has ${length} entries, 0 allowed: a backup is restored into a folder that is empty or not there`,
    );
  }
  for (const name of leftovers) await rm(join(folder, name), { recursive: true });
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
