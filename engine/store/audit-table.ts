// The audit log on disk. The database itself refuses to change an entry, or to remove one that is not among those that
// make room; what gets around that breaks the chain, see audit-chain.ts. The newest entry is noted apart from the log, and the next
// is chained to that: a log whose end is gone, or all of it, does not go on as if nothing were missing.

import type { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { type AuditDraft, type AuditEntry, type AuditLink, chain, findBreak } from "./audit-chain.ts";
import { transaction } from "./database.ts";

/** Beyond these the oldest go. The trigger in migrations.ts holds the same number. */
export const AUDIT_ENTRIES_KEPT = 100_000;
const PRUNE_EVERY = 1_000;
/** Entries that are checked in one go. */
const CHECKED_AT_ONCE = 100;
/** In `settings`: number and hash of the newest entry. A store of before there was one has none until its next entry. */
const NEWEST = "newestAuditEntry";

export class AuditTable {
  readonly #database: DatabaseSync;
  readonly #entriesKept: number;

  constructor(database: DatabaseSync, entriesKept = AUDIT_ENTRIES_KEPT) {
    this.#database = database;
    this.#entriesKept = entriesKept;
  }

  append(draft: AuditDraft): AuditEntry {
    return transaction(this.#database, () => {
      const entry = chain(draft, this.#newest());
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
      this.#note(entry);
      if (entry.seq % PRUNE_EVERY === 0) {
        this.#database.prepare("DELETE FROM audit WHERE seq <= ?").run(entry.seq - this.#entriesKept);
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

  /**
   * The number of the first entry that is not as it was written; where the newest are gone, of the newest that there was;
   * undefined when all are there. Others have their turn meanwhile.
   */
  async findBreak(): Promise<number | undefined> {
    for (let last: AuditEntry | undefined; ; await turn()) {
      const page = this.#ascending(last?.seq ?? 0);
      if (page.length === 0) return this.#brokenEnd();
      // Not where it has made room since.
      const before = last && this.#hashAt(last.seq) === undefined ? undefined : last;
      const broken = findBreak(page, this.#firstMax(), before);
      if (broken !== undefined) return broken;
      last = page.at(-1);
    }
  }

  /** The number of the noted entry where it is not there, or another is in its place. */
  #brokenEnd(): number | undefined {
    const noted = this.#noted();
    if (noted === undefined) return undefined;
    const hash = this.#hashAt(noted.seq);
    // A gateway of before there was a note may have written on, and made room.
    const isNewest = (this.#last()?.seq ?? 0) <= noted.seq;
    return hash === noted.hash || (hash === undefined && !isNewest) ? undefined : noted.seq;
  }

  /** The highest number that the oldest entry may have. */
  #firstMax(): number {
    return Math.max(1, (this.#newest()?.seq ?? 0) - this.#entriesKept + 1);
  }

  #newest(): AuditLink | undefined {
    const noted = this.#noted();
    const last = this.#last();
    return noted !== undefined && noted.seq >= (last?.seq ?? 0) ? noted : last;
  }

  #last(): AuditLink | undefined {
    const row = this.#database.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").get();
    return row as AuditLink | undefined;
  }

  #noted(): AuditLink | undefined {
    const row = this.#database.prepare("SELECT value FROM settings WHERE name = ?").get(NEWEST);
    const [, seq, hash] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec((row?.value ?? "") as string) ?? [];
    return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
  }

  #note({ seq, hash }: AuditLink): void {
    this.#database
      .prepare("INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .run(NEWEST, `${seq} ${hash}`);
  }

  #hashAt(seq: number): string | undefined {
    return this.#database.prepare("SELECT hash FROM audit WHERE seq = ?").get(seq)?.hash as string | undefined;
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
