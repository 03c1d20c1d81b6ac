// Things that are declared under a name and kept until they are deleted: connections, drivers. A row outlives what was
// declared, without its content, so that a generation is given out once for each name and an ETag that a client kept can
// never match something else.

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { transaction } from "./database.ts";

interface Declared {
  readonly name: string;
  readonly generation: number;
  /** When it was changed last, ISO 8601, and by whom. */
  readonly at: string;
  readonly by: string;
}

export type Declaration<Content> = Declared & Content;

export interface DeclarationColumns<Content> {
  readonly table: "connections" | "drivers";
  /** The columns of the content, which are null once it was deleted. */
  readonly content: readonly (keyof Content & string)[];
  /** Those that keep their last value. */
  readonly kept: readonly (keyof Content & string)[];
  readonly at: string;
  readonly by: string;
}

export class Declarations<Content extends { readonly [column in keyof Content]: SQLInputValue }> {
  readonly #database: DatabaseSync;
  readonly #columns: DeclarationColumns<Content>;

  constructor(database: DatabaseSync, columns: DeclarationColumns<Content>) {
    this.#database = database;
    this.#columns = columns;
  }

  get(name: string): Declaration<Content> | undefined {
    const { table, content } = this.#columns;
    const row = this.#database.prepare(`SELECT * FROM ${table} WHERE name = ? AND ${content[0]} IS NOT NULL`).get(name);
    return row && this.#declaration(row);
  }

  /** By name, after the given one. */
  list(after: string, limit: number): readonly Declaration<Content>[] {
    const { table, content } = this.#columns;
    return this.#database
      .prepare(`SELECT * FROM ${table} WHERE name > ? AND ${content[0]} IS NOT NULL ORDER BY name LIMIT ?`)
      .all(after, limit)
      .map((row) => this.#declaration(row));
  }

  /** `expected`: the generation that it replaces, undefined when it is new. Returns the new one. */
  put(draft: Omit<Declared, "generation"> & Content, expected: number | undefined): number {
    const { name, at, by } = draft;
    const columns = this.#columns;
    const values = [...columns.content, ...columns.kept];
    const written = [...values, columns.at, columns.by];
    return transaction(this.#database, () => {
      this.#demand(name, expected);
      const row = this.#database
        .prepare(
          `INSERT INTO ${columns.table} (name, generation, ${written.join(", ")}) VALUES (?, 1, ${written.map(() => "?").join(", ")})
           ON CONFLICT (name) DO UPDATE SET generation = generation + 1, ${written.map((column) => `${column} = excluded.${column}`).join(", ")}
           RETURNING generation`,
        )
        .get(name, ...values.map((column) => draft[column]!), at, by);
      return Number(row?.generation);
    });
  }

  /** Forgets all but the name and its generation. */
  remove(name: string, expected: number, at: string, by: string): void {
    const columns = this.#columns;
    const emptied = columns.content.map((column) => `${column} = NULL`).join(", ");
    transaction(this.#database, () => {
      this.#demand(name, expected);
      this.#database
        .prepare(
          `UPDATE ${columns.table} SET generation = generation + 1, ${emptied}, ${columns.at} = ?, ${columns.by} = ? WHERE name = ?`,
        )
        .run(at, by, name);
    });
  }

  /** The caller serialises writes; that two got here with the same expectation is a defect, not a conflict. */
  #demand(name: string, expected: number | undefined): void {
    const found = this.get(name)?.generation;
    if (found !== expected) {
      throw new Error(`${this.#columns.table}: ${name} is at generation ${found}, its writer expected ${expected}`);
    }
  }

  #declaration(row: Record<string, unknown>): Declaration<Content> {
    const { content, kept, at, by } = this.#columns;
    return {
      name: row.name as string,
      generation: Number(row.generation),
      at: row[at] as string,
      by: row[by] as string,
      ...Object.fromEntries([...content, ...kept].map((column) => [column, row[column]])),
    } as Declaration<Content>;
  }
}
