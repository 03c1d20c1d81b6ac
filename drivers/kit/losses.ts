// What a driver had left when its gateway was gone: nobody is there to be told, so that it is written down in the driver's
// folder and told at its next start, once.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Updates that the gateway did not take. */
export interface Losses {
  /** That waited to be sent. */
  readonly unsent: number;
  /** That were being written when the connection broke: taken or lost, the driver cannot know. */
  readonly inDoubt: number;
}

export const noLosses: Losses = { unsent: 0, inDoubt: 0 };
const fileOf = (folder: string): string => join(folder, "losses.json");
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Adds to what is written down already. Throws what the disk says. */
export function writeLosses(folder: string, { unsent, inDoubt }: Losses): void {
  if (unsent + inDoubt === 0) return;
  const before = read(folder);
  const sum: Losses = { unsent: before.unsent + unsent, inDoubt: before.inDoubt + inDoubt };
  writeFileSync(fileOf(folder), JSON.stringify(sum), { mode: 0o600, flush: true });
}

/** What was written down, which is then forgotten. A file that is none counts as nothing. */
export function takeLosses(folder: string): Losses {
  const losses = read(folder);
  rmSync(fileOf(folder), { force: true });
  return losses;
}

function read(folder: string): Losses {
  try {
    const { unsent, inDoubt } = JSON.parse(readFileSync(fileOf(folder), "utf8")) as Partial<Losses>;
    return isCount(unsent) && isCount(inDoubt) ? { unsent, inDoubt } : noLosses;
  } catch {
    return noLosses;
  }
}
