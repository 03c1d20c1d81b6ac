// The drivers that are declared. A row outlives its driver, without what it held, so that a generation is given out once
// for each name and an ETag that a client kept can never match something else.

import type { DatabaseSync } from "node:sqlite";
import { transaction } from "./database.ts";

export interface DriverDraft {
  readonly name: string;
  readonly kind: string;
  /** JSON text. */
  readonly config: string;
  /** Secret's name → sealed text, as JSON text. */
  readonly secrets: string;
  readonly isEnabled: boolean;
  readonly at: string;
  readonly by: string;
}

export interface DriverRow extends DriverDraft {
  readonly generation: number;
}

export class DriverTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(name: string): DriverRow | undefined {
    const row = this.#database.prepare("SELECT * FROM drivers WHERE name = ? AND kind IS NOT NULL").get(name);
    return row === undefined ? undefined : driverRow(row);
  }

  /** By name, after the given one. */
  list(after: string, limit: number): readonly DriverRow[] {
    return this.#database
      .prepare("SELECT * FROM drivers WHERE name > ? AND kind IS NOT NULL ORDER BY name LIMIT ?")
      .all(after, limit)
      .map(driverRow);
  }

  /** `expected`: the generation that it replaces, undefined when the driver is new. Returns the new one. */
  put(draft: DriverDraft, expected: number | undefined): number {
    return transaction(this.#database, () => {
      this.#demand(draft.name, expected);
      const row = this.#database
        .prepare(
          `INSERT INTO drivers (name, generation, kind, config, secrets, enabled, at, by) VALUES (?, 1, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET generation = generation + 1, kind = excluded.kind, config = excluded.config,
             secrets = excluded.secrets, enabled = excluded.enabled, at = excluded.at, by = excluded.by
           RETURNING generation`,
        )
        .get(draft.name, draft.kind, draft.config, draft.secrets, draft.isEnabled ? 1 : 0, draft.at, draft.by);
      return Number(row?.generation);
    });
  }

  remove(name: string, expected: number, at: string, by: string): void {
    transaction(this.#database, () => {
      this.#demand(name, expected);
      this.#database
        .prepare(
          `UPDATE drivers SET generation = generation + 1, kind = NULL, config = NULL, secrets = NULL, at = ?, by = ?
           WHERE name = ?`,
        )
        .run(at, by, name);
    });
  }

  /** The caller serialises writes per driver; that two got here with the same expectation is a defect, not a conflict. */
  #demand(name: string, expected: number | undefined): void {
    const found = this.get(name)?.generation;
    if (found !== expected) {
      throw new Error(`driver ${name} is at generation ${found}, its writer expected ${expected}`);
    }
  }
}

function driverRow(row: Record<string, unknown>): DriverRow {
  return {
    name: row.name as string,
    generation: Number(row.generation),
    kind: row.kind as string,
    config: row.config as string,
    secrets: row.secrets as string,
    isEnabled: row.enabled === 1,
    at: row.at as string,
    by: row.by as string,
  };
}
