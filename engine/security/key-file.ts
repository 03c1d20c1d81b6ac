// Where the keys of the secrets come from: the file named by whoever starts the gateway (a systemd credential, a mounted
// secret), else `secret.key` in the data folder, drawn at the first start. One key a line as base64; the first seals, those
// after it open what they sealed before. To change the key, put a new line on top.

import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { KEY_BYTES, type KeyRing, keyRing } from "./secrets.ts";

export const keyFileName = "secret.key";
const OWNER_ALONE = 0o077;
/** Group rights are how a supervisor hands a key to a service. */
const NOT_OTHERS = 0o007;

export interface KeySource {
  readonly dataDir: string;
  /** A key file kept elsewhere; it must exist. */
  readonly keyFile?: string | undefined;
}

/** Throws FF_SECRET_KEY. A key file that others may read is refused, as what it protects would be open to them. */
export async function loadKeyRing({ dataDir, keyFile }: KeySource): Promise<KeyRing> {
  const path = keyFile ?? join(dataDir, keyFileName);
  try {
    return await readKeyRing(path, keyFile === undefined ? OWNER_ALONE : NOT_OTHERS);
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
    if (keyFile !== undefined) {
      throw new FlowFusionError("FF_SECRET_KEY", `${path}: the key file does not exist`, { cause: error });
    }
  }
  await drawKey(path);
  return readKeyRing(path, OWNER_ALONE);
}

async function readKeyRing(path: string, forbidden: number): Promise<KeyRing> {
  const { mode } = await stat(path);
  if ((mode & forbidden) !== 0) {
    const rights = (mode & 0o777).toString(8).padStart(4, "0");
    throw new FlowFusionError("FF_SECRET_KEY", `${path} has mode ${rights}, so others may read it; chmod 0600 it`);
  }
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => Buffer.from(line, "base64"));
  try {
    return keyRing(keys);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFusionError("FF_SECRET_KEY", `${path}: ${why}, one a line as base64`, { cause: error });
  }
}

/** Whole or not at all, and on disk before anything is sealed with it. */
async function drawKey(path: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(KEY_BYTES).toString("base64")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
