// The node types that were uploaded to this gateway: which stored module each is made of. A generation is given out once per
// name and never again, also not after a delete, so that an ETag a client kept can never match something else.

import type { DatabaseSync } from "node:sqlite";
import type { Digest } from "@flowfusion/graph";
import { transaction } from "./database.ts";

export interface NodeTypeRow {
  readonly name: string;
  readonly generation: number;
  readonly module: Digest;
  /** JSON text of the module's manifest, so that a list need not read modules. */
  readonly manifest: string;
  readonly sizeBytes: number;
  readonly changedAt: string;
  readonly changedBy: string;
}

/** A change to record. `expected` is the generation that it replaces, undefined when the type is new. */
export interface NodeTypeDraft extends Omit<NodeTypeRow, "generation"> {
  readonly expected: number | undefined;
}

export class NodeTypeTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(name: string): NodeTypeRow | undefined {
    const row = this.#database.prepare("SELECT * FROM node_types WHERE name = ? AND module IS NOT NULL").get(name);
    return row === undefined ? undefined : nodeTypeRow(row);
  }

  /** By name. */
  all(): readonly NodeTypeRow[] {
    return this.#database
      .prepare("SELECT * FROM node_types WHERE module IS NOT NULL ORDER BY name")
      .all()
      .map(nodeTypeRow);
  }

  /** Returns what was recorded. */
  commit({ name, expected, module, manifest, sizeBytes, changedAt, changedBy }: NodeTypeDraft): NodeTypeRow {
    return transaction(this.#database, () => {
      this.#demand(name, expected);
      this.#database
        .prepare(
          `INSERT INTO node_types (name, generation, module, manifest, size_bytes, changed_at, changed_by)
             VALUES (?, 1, ?, ?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET generation = generation + 1, module = excluded.module,
             manifest = excluded.manifest, size_bytes = excluded.size_bytes, changed_at = excluded.changed_at,
             changed_by = excluded.changed_by`,
        )
        .run(name, module, manifest, sizeBytes, changedAt, changedBy);
      return this.get(name)!;
    });
  }

  /** Forgets all but the name and its generation. */
  remove(name: string, expected: number, at: string, by: string): void {
    transaction(this.#database, () => {
      this.#demand(name, expected);
      this.#database
        .prepare(
          `UPDATE node_types SET generation = generation + 1, module = NULL, manifest = NULL, changed_at = ?, changed_by = ?
           WHERE name = ?`,
        )
        .run(at, by, name);
    });
  }

  /** The caller serialises writes; that two got here with the same expectation is a defect, not a conflict. */
  #demand(name: string, expected: number | undefined): void {
    const found = this.get(name)?.generation;
    if (found !== expected) {
      throw new Error(`node type ${name} is at generation ${found}, its writer expected ${expected}`);
    }
  }
}

function nodeTypeRow(row: Record<string, unknown>): NodeTypeRow {
  return {
    name: row.name as string,
    generation: row.generation as number,
    module: row.module as Digest,
    manifest: row.manifest as string,
    sizeBytes: row.size_bytes as number,
    changedAt: row.changed_at as string,
    changedBy: row.changed_by as string,
  };
}
