// Copies an open database into a file, while others write to it: a step at a time, on a thread of Node's own.

import { backup, type DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** About 4 MB. */
const COPIED_AT_ONCE_PAGES = 1000;
const retryPauseMs = 5;
const SQLITE_OK = 0;

/**
 * Copies it into a file that is not there yet. It is one moment's of this database; who writes meanwhile waits for a few pages
 * at most. `demand` throws where the copy is not wanted any more.
 */
export async function copyDatabase(database: DatabaseSync, path: string, demand: () => void): Promise<void> {
  for (;;) {
    try {
      await backup(database, path, { rate: COPIED_AT_ONCE_PAGES, progress: demand });
      return;
    } catch (error) {
      if (!metWriter(error)) throw error;
    }
    demand();
    await sleep(retryPauseMs);
  }
}

/**
 * Node goes on by itself where a step meets a transaction that writes, except at the first step: then it gives up, with an
 * error that says that there is none.
 */
const metWriter = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_OK;
