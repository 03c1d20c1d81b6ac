// Where the keys of the secrets come from: the file named by whoever starts the gateway (a systemd credential, a mounted
// secret), else `secret.key` in the data folder, drawn at the first start. One key a line as base64; the first seals, those
// after it open what they sealed before. To change the key, put a new line on top.

import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FlowFusionError, reasonOf } from "@flowfusion/graph";
import { isAbsent, isMissing, writeDurably } from "../durable-file.ts";
import { asStoreError } from "../store/store-error.ts";
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

/** Throws FF_SECRET_KEY, and FF_STORE_WRITE where a new key is not taken by the disk. A key file that others may read is refused, as what it protects would be open to them. */
export async function loadKeyRing({ dataDir, keyFile }: KeySource): Promise<KeyRing> {
  const path = keyFile ?? join(dataDir, keyFileName);
  // A link that leads nowhere is a key that is not there yet, not one that was never drawn.
  if (keyFile === undefined && (await isAbsent(path))) await drawKey(dataDir);
  return readKeyRing(path, keyFile === undefined ? OWNER_ALONE : NOT_OTHERS);
}

async function readKeyRing(path: string, forbidden: number): Promise<KeyRing> {
  const text = await readKeyFile(path, forbidden);
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => Buffer.from(line, "base64"));
  try {
    return keyRing(keys);
  } catch (error) {
    throw new FlowFusionError("FF_SECRET_KEY", `${path}: ${reasonOf(error)}, one a line as base64`, { cause: error });
  }
}

async function readKeyFile(path: string, forbidden: number): Promise<string> {
  let mode: number;
  let text: string;
  try {
    text = await readFile(path, "utf8");
    mode = (await stat(path)).mode;
  } catch (error) {
    const why = isMissing(error) ? "the key file does not exist" : reasonOf(error);
    throw new FlowFusionError("FF_SECRET_KEY", `${path}: ${why}`, { cause: error });
  }
  if ((mode & forbidden) === 0) return text;
  const rights = (mode & 0o777).toString(8).padStart(4, "0");
  throw new FlowFusionError("FF_SECRET_KEY", `${path} has mode ${rights}, so others may read it; chmod 0600 it`);
}

/** On disk before anything is sealed with it. */
async function drawKey(dataDir: string): Promise<void> {
  try {
    await writeDurably("key", dataDir, keyFileName, Buffer.from(`${randomBytes(KEY_BYTES).toString("base64")}\n`));
  } catch (error) {
    throw asStoreError(error, join(dataDir, keyFileName));
  }
}
