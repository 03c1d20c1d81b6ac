// Where the nodes of flows are drawn. It belongs to no version and to no digest: who moves a node changes no flow. A
// generation is given out once per flow name and never again.

import type { DatabaseSync } from "node:sqlite";
import type { FlowName } from "@flowfusion/graph";
import { transaction } from "./database.ts";

export interface LayoutRow {
  readonly flow: FlowName;
  readonly generation: number;
  /** JSON text. */
  readonly layout: string;
  readonly changedAt: string;
  readonly changedBy: string;
}

export class LayoutTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(flow: FlowName): LayoutRow | undefined {
    const row = this.#database.prepare("SELECT * FROM layouts WHERE flow = ? AND layout IS NOT NULL").get(flow);
    return row === undefined
      ? undefined
      : {
          flow,
          generation: row.generation as number,
          layout: row.layout as string,
          changedAt: row.changed_at as string,
          changedBy: row.changed_by as string,
        };
  }

  /** Records a layout in place of the one of generation `expected`, undefined where there is none. Returns what was recorded. */
  commit(
    expected: number | undefined,
    { flow, layout, changedAt, changedBy }: Omit<LayoutRow, "generation">,
  ): LayoutRow {
    return transaction(this.#database, () => {
      const found = this.get(flow)?.generation;
      if (found !== expected) {
        throw new Error(`the layout of ${flow} is at generation ${found}, its writer expected ${expected}`);
      }
      this.#database
        .prepare(
          `INSERT INTO layouts (flow, generation, layout, changed_at, changed_by) VALUES (?, 1, ?, ?, ?)
           ON CONFLICT (flow) DO UPDATE SET generation = generation + 1, layout = excluded.layout,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
        )
        .run(flow, layout, changedAt, changedBy);
      return this.get(flow)!;
    });
  }

  /** Forgets all but the name and its generation. */
  forget(flow: FlowName): void {
    this.#database
      .prepare("UPDATE layouts SET generation = generation + 1, layout = NULL WHERE flow = ? AND layout IS NOT NULL")
      .run(flow);
  }
}
