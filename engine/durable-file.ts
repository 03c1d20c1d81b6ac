// Files that appear whole or not at all: written under a temporary name, synced, renamed, and the folder synced, so that
// neither a crash nor a loss of power leaves half of one under its name.

import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failpoint } from "./failpoints.ts";

const TEMPORARY_SUFFIX = ".part";

/** What is written; names the failpoints on the way. Only artefacts and checkpoints have some of their own there. */
type DurableKind = "artefact" | "checkpoint" | "journal" | "key" | "probe" | "session";
type Step = "write" | "half-written" | "fsync" | "rename" | "sync-folder";

/** Replaces a file that stands there. Leaves nothing behind when it fails. */
export async function writeDurably(kind: DurableKind, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const reach = (step: Step) => {
    if (step === "write" || step === "fsync") failpoint(`disk.${step}`);
    if (kind === "artefact" || kind === "checkpoint") failpoint(`${kind}.${step}`);
  };
  const temporary = join(folder, `${randomUUID()}${TEMPORARY_SUFFIX}`);
  try {
    reach("write");
    const file = await open(temporary, "wx", 0o600);
    try {
      const half = bytes.length >>> 1;
      await file.writeFile(bytes.subarray(0, half));
      reach("half-written");
      await file.writeFile(bytes.subarray(half));
      reach("fsync");
      await file.sync();
    } finally {
      await file.close();
    }
    reach("rename");
    await rename(temporary, join(folder, name));
    reach("sync-folder");
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a folder, and those above it, where they are missing, so that a loss of power does not take their names. Node.js's own
 * way never comes to an end where a file system takes no folder and says that it is missing, as /proc does.
 */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  try {
    await mkdir(path, { mode });
    await syncFolder(parent);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** The names in a folder; none where there is no folder. A link that leads nowhere is not taken for that. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (await isAbsent(folder)) return [];
    throw error;
  }
}

/** Whether there is nothing under that name: no link that leads nowhere either. */
export async function isAbsent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return isMissing(error);
  }
}

/** Removes what interrupted writes left in a folder. */
export async function clearTemporary(folder: string): Promise<void> {
  const leftovers = (await namesIn(folder)).filter((name) => name.endsWith(TEMPORARY_SUFFIX));
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function isMissing(error: unknown): boolean {
  return errorCodeOf(error) === "ENOENT";
}

/** `ENOSPC` and the like; undefined for anything but an error of the operating system. */
export function errorCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
