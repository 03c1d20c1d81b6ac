// The audit log on disk. The database itself refuses to change an entry, or to remove one that is not among those that
// make room; what gets around that breaks the chain, see audit-chain.ts.

import type { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { type AuditDraft, type AuditEntry, chain, findBreak } from "./audit-chain.ts";
import { transaction } from "./database.ts";

/** Beyond these the oldest go. The trigger in migrations.ts holds the same number. */
export const AUDIT_ENTRIES_KEPT = 100_000;
const PRUNE_EVERY = 1_000;
/** Entries that are checked in one go. */
const CHECKED_AT_ONCE = 100;

export class AuditTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  append(draft: AuditDraft): AuditEntry {
    return transaction(this.#database, () => {
      const last = this.#database.prepare("SELECT * FROM audit ORDER BY seq DESC LIMIT 1").get();
      const entry = chain(draft, last === undefined ? undefined : entryOf(last));
      this.#database
        .prepare(
          `INSERT INTO audit (seq, at, who, role, remote, action, target, status, request_id, before, after, previous, hash)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          entry.seq,
          entry.at,
          entry.who,
          entry.role,
          entry.remote,
          entry.action,
          entry.target,
          entry.status,
          entry.requestId,
          entry.before ?? null,
          entry.after ?? null,
          entry.previous,
          entry.hash,
        );
      if (entry.seq % PRUNE_EVERY === 0) {
        this.#database.prepare("DELETE FROM audit WHERE seq <= ?").run(entry.seq - AUDIT_ENTRIES_KEPT);
      }
      return entry;
    });
  }

  /** The newest first, from below the given number. */
  page(below: number, limit: number): readonly AuditEntry[] {
    return this.#database
      .prepare("SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?")
      .all(below, limit)
      .map(entryOf);
  }

  /** The number of the first entry that is not as it was written; undefined when all are. Others have their turn meanwhile. */
  async findBreak(): Promise<number | undefined> {
    for (let last: AuditEntry | undefined; ; await turn()) {
      const page = this.#ascending(last?.seq ?? 0);
      if (page.length === 0) return undefined;
      const broken = findBreak(page, last && this.#has(last) ? last : undefined);
      if (broken !== undefined) return broken;
      last = page.at(-1);
    }
  }

  /** Not where it has made room since. */
  #has({ seq }: AuditEntry): boolean {
    return this.#database.prepare("SELECT 1 FROM audit WHERE seq = ?").get(seq) !== undefined;
  }

  #ascending(above: number): readonly AuditEntry[] {
    return this.#database
      .prepare("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?")
      .all(above, CHECKED_AT_ONCE)
      .map(entryOf);
  }
}

function entryOf(row: Record<string, unknown>): AuditEntry {
  return {
    seq: row.seq as number,
    at: row.at as string,
    who: row.who as string,
    role: row.role as string,
    remote: row.remote as string,
    action: row.action as string,
    target: row.target as string,
    status: row.status as number,
    requestId: row.request_id as string,
    before: (row.before ?? undefined) as string | undefined,
    after: (row.after ?? undefined) as string | undefined,
    previous: row.previous as string,
    hash: row.hash as string,
  };
}
