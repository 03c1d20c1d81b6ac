// Opens the gateway's database: durable (WAL, synchronous FULL: a commit that returned survives power loss), migrated to
// the newest schema, and locked. The lock is SQLite's own exclusive file lock, which the kernel releases when the process
// ends in whatever way, so that kill -9 leaves nothing behind that would keep the next gateway out. Whoever removes or replaces
// the file all the same is told at the next write: what goes into one that has no name any more would end with the process.

import { closeSync, openSync, type Stats, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FlowFusionError } from "@flowfusion/graph";
import { failpoint } from "../failpoints.ts";
import { migrations } from "./migrations.ts";
import { asStoreError } from "./store-error.ts";

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** The file of each open database. */
const opened = new WeakMap<DatabaseSync, Pick<Stats, "dev" | "ino">>();

export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  makeForOwnerAlone(path);
  try {
    database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
    opened.set(database, statSync(path));
    // In this order: exclusive mode set before WAL keeps the lock from the first read on, and needs no shared memory file.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    // KiB, for the pages that it keeps in memory: a start reads all rows once, and then hardly any.
    database.exec("PRAGMA cache_size = -256");
    migrate(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, path);
  }
}

/**
 * SQLite makes its files as the umask has them, and those beside the database with its rights. One that is there is not
 * opened: to close it again would give up a lock that this process holds on it.
 */
function makeForOwnerAlone(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there, or SQLite says why it cannot be made.
  }
}

/** Throws FF_STORE_REPLACED when the file that was opened is not where it was. */
export function demandInPlace(database: DatabaseSync): void {
  const path = database.location()!;
  const { dev, ino } = opened.get(database)!;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.dev === dev && found.ino === ino) return;
  throw new FlowFusionError(
    "FF_STORE_REPLACED",
    `${path} was ${found ? "replaced" : "removed"} while the gateway runs: what it recorded now would be gone with its next start`,
  );
}

/** Runs `work` as one transaction: all of it or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  demandInPlace(database);
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) {
      database.exec("ROLLBACK");
    }
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string): void {
  transaction(database, () => {
    database.exec(
      "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT",
    );
    const row = database.prepare("SELECT coalesce(max(version), 0) AS version FROM migrations").get();
    const found = Number(row?.version);
    if (found > migrations.length) {
      throw new FlowFusionError(
        "FF_STORE_VERSION",
        `${path}: written by a newer gateway (schema ${found}, this one knows ${migrations.length}); start the newer one or use another data folder`,
      );
    }
    const insert = database.prepare("INSERT INTO migrations (version, applied_at) VALUES (?, ?)");
    migrations.slice(found).forEach((step, index) => {
      failpoint("migration.step");
      database.exec(step);
      insert.run(found + index + 1, new Date().toISOString());
    });
    failpoint("migration.commit");
  });
}

function explain(error: unknown, path: string): unknown {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  if (code === SQLITE_BUSY) {
    return new FlowFusionError(
      "FF_STORE_LOCKED",
      `${path}: another gateway uses this data folder; stop it or give this one a folder of its own`,
      { cause: error },
    );
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new FlowFusionError(
      "FF_STORE_CORRUPT",
      `${path}: not an intact database (${error instanceof Error ? error.message : error}); restore the data folder from a backup`,
      { cause: error },
    );
  }
  return asStoreError(error, path);
}
