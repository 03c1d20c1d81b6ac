// The tokens that may call the API, by name. What a token is was shown once and is kept nowhere; the row has its sha256.

import type { DatabaseSync } from "node:sqlite";
import type { Role } from "@flowfusion/graph";
import { transaction } from "./database.ts";

export interface TokenRow {
  readonly name: string;
  readonly hash: Uint8Array;
  readonly role: Role;
  /** ISO 8601; undefined for one that does not expire. */
  readonly expiresAt: string | undefined;
  readonly createdAt: string;
  readonly createdBy: string;
}

export class TokenTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): readonly TokenRow[] {
    return this.#database.prepare("SELECT * FROM tokens ORDER BY name").all().map(tokenRow);
  }

  /** Returns false when the name is taken. */
  insert(row: TokenRow): boolean {
    const { changes } = this.#database
      .prepare(
        `INSERT INTO tokens (name, hash, role, expires_at, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO NOTHING`,
      )
      .run(row.name, row.hash, row.role, row.expiresAt ?? null, row.createdAt, row.createdBy);
    return changes === 1;
  }

  replace(row: TokenRow): void {
    transaction(this.#database, () => {
      this.remove(row.name);
      this.insert(row);
    });
  }

  /** Returns whether there was one. */
  remove(name: string): boolean {
    return this.#database.prepare("DELETE FROM tokens WHERE name = ?").run(name).changes === 1;
  }
}

function tokenRow(row: Record<string, unknown>): TokenRow {
  return {
    name: row.name as string,
    hash: row.hash as Uint8Array,
    role: row.role as Role,
    expiresAt: (row.expires_at ?? undefined) as string | undefined,
    createdAt: row.created_at as string,
    createdBy: row.created_by as string,
  };
}
