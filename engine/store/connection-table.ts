// The connections of this gateway: endpoints of sinks, with their secrets sealed. A generation is given out once per name
// and never again, also not after a delete, so that an ETag a client kept can never match something else.

import type { DatabaseSync } from "node:sqlite";
import { transaction } from "./database.ts";

export interface ConnectionRow {
  readonly name: string;
  readonly generation: number;
  /** JSON text: what may be shown. */
  readonly settings: string;
  /** JSON text: secrets by name, each sealed. */
  readonly secrets: string;
  readonly changedAt: string;
  readonly changedBy: string;
}

/** A change to record. `expected` is the generation that it replaces, undefined when the connection is new. */
export interface ConnectionDraft extends Omit<ConnectionRow, "generation"> {
  readonly expected: number | undefined;
}

export class ConnectionTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(name: string): ConnectionRow | undefined {
    const row = this.#database.prepare("SELECT * FROM connections WHERE name = ? AND settings IS NOT NULL").get(name);
    return row === undefined ? undefined : connectionRow(row);
  }

  /** By name, after the given one. */
  list(after: string, limit: number): readonly ConnectionRow[] {
    return this.#database
      .prepare("SELECT * FROM connections WHERE name > ? AND settings IS NOT NULL ORDER BY name LIMIT ?")
      .all(after, limit)
      .map(connectionRow);
  }

  /** Returns the generation. */
  commit(draft: ConnectionDraft): number {
    return transaction(this.#database, () => {
      this.#demand(draft.name, draft.expected);
      this.#database
        .prepare(
          `INSERT INTO connections (name, generation, settings, secrets, changed_at, changed_by) VALUES (?, 1, ?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET generation = generation + 1, settings = excluded.settings,
             secrets = excluded.secrets, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
        )
        .run(draft.name, draft.settings, draft.secrets, draft.changedAt, draft.changedBy);
      return this.get(draft.name)!.generation;
    });
  }

  /** Forgets all but the name and its generation. */
  remove(name: string, expected: number, at: string, by: string): void {
    transaction(this.#database, () => {
      this.#demand(name, expected);
      this.#database
        .prepare(
          `UPDATE connections SET generation = generation + 1, settings = NULL, secrets = NULL, changed_at = ?, changed_by = ?
           WHERE name = ?`,
        )
        .run(at, by, name);
    });
  }

  /** The caller serialises writes; that two got here with the same expectation is a defect, not a conflict. */
  #demand(name: string, expected: number | undefined): void {
    const found = this.get(name)?.generation;
    if (found !== expected) {
      throw new Error(`connection ${name} is at generation ${found}, its writer expected ${expected}`);
    }
  }
}

function connectionRow(row: Record<string, unknown>): ConnectionRow {
  return {
    name: row.name as string,
    generation: row.generation as number,
    settings: row.settings as string,
    secrets: row.secrets as string,
    changedAt: row.changed_at as string,
    changedBy: row.changed_by as string,
  };
}
