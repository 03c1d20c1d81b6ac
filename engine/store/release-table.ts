// Signed releases: which artefact is which release of a flow, and how high each flow has come.

import type { DatabaseSync } from "node:sqlite";
import type { Digest, FlowName } from "@flowfusion/graph";

export interface ReleaseRow {
  readonly flow: FlowName;
  readonly artefact: Digest;
  readonly number: number;
  /** The signed envelope, JSON text; checked again at each deploy, as the trusted keys may have changed. */
  readonly bundle: string;
}

export class ReleaseTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(flow: FlowName, artefact: Digest): ReleaseRow | undefined {
    const row = this.#database.prepare("SELECT * FROM releases WHERE flow = ? AND artefact = ?").get(flow, artefact);
    return row === undefined ? undefined : { flow, artefact, number: Number(row.number), bundle: row.bundle as string };
  }

  /** Of two releases of one artefact the higher one counts. */
  put({ flow, artefact, number, bundle }: ReleaseRow): void {
    this.#database
      .prepare(
        `INSERT INTO releases (flow, artefact, number, bundle) VALUES (?, ?, ?, ?)
         ON CONFLICT (flow, artefact) DO UPDATE SET number = excluded.number, bundle = excluded.bundle
         WHERE excluded.number > number`,
      )
      .run(flow, artefact, number, bundle);
  }

  /** The highest release that the flow ever ran; 0 for none. Outlives the flow. */
  floor(flow: FlowName): number {
    const row = this.#database.prepare("SELECT number FROM release_floors WHERE flow = ?").get(flow);
    return Number(row?.number ?? 0);
  }

  raise(flow: FlowName, number: number): void {
    this.#database
      .prepare(
        `INSERT INTO release_floors (flow, number) VALUES (?, ?)
         ON CONFLICT (flow) DO UPDATE SET number = excluded.number WHERE excluded.number > number`,
      )
      .run(flow, number);
  }
}
