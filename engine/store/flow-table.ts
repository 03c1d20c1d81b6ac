// What runs and what ran: the rows of `flows` and `versions`. A generation is given out once per flow name and never
// again, also not after a delete, so that an ETag a client kept can never match something else.

import type { DatabaseSync } from "node:sqlite";
import type { Digest, FlowName } from "@flowfusion/graph";
import { failpoint } from "../failpoints.ts";
import { transaction } from "./database.ts";

/** What a version was put in place with; `gateway`: its health gate, `api`: anything that does not say. */
export const vias = ["pulumi", "console", "cli", "api", "gateway"] as const;
type Via = (typeof vias)[number];

export interface Author {
  /** The name of a token, or of the health gate. */
  readonly by: string;
  readonly via: Via;
}

/** A version to record. `expected` is the generation that it replaces, undefined when the flow is new. */
export interface VersionDraft extends Author {
  readonly flow: FlowName;
  readonly expected: number | undefined;
  readonly action: "deploy" | "rollback";
  readonly artefact: Digest;
  readonly rolledBackTo?: number;
  /** JSON text. */
  readonly options: string;
  readonly at: string;
  /** Why the gateway itself put it in place. */
  readonly note?: string;
  /** The resource of a program that it is of, as its URN. */
  readonly resource?: string | undefined;
}

export interface VersionRow extends Author {
  readonly flow: FlowName;
  readonly generation: number;
  readonly action: "deploy" | "rollback" | "delete";
  readonly artefact: Digest | undefined;
  readonly rolledBackTo: number | undefined;
  readonly options: string;
  readonly at: string;
  readonly note: string | undefined;
  readonly resource: string | undefined;
}

/** A version that runs or should run, so that it has an artefact. */
export interface CurrentRow extends VersionRow {
  readonly artefact: Digest;
}

export class FlowTable {
  readonly #database: DatabaseSync;
  readonly #versionsKeptMax: number;

  constructor(database: DatabaseSync, versionsKeptMax: number) {
    this.#database = database;
    this.#versionsKeptMax = versionsKeptMax;
  }

  current(flow: FlowName): CurrentRow | undefined {
    const row = this.#database
      .prepare(
        `SELECT versions.* FROM flows JOIN versions ON flow = flows.name AND versions.generation = flows.generation
         WHERE flows.name = ?`,
      )
      .get(flow);
    return row === undefined ? undefined : (versionRow(row) as CurrentRow);
  }

  /** Flows by name, after the given one. */
  list(after: string, limit: number): readonly CurrentRow[] {
    return this.#database
      .prepare(
        `SELECT versions.* FROM flows JOIN versions ON flow = flows.name AND versions.generation = flows.generation
         WHERE flows.name > ? ORDER BY flows.name LIMIT ?`,
      )
      .all(after, limit)
      .map((row) => versionRow(row) as CurrentRow);
  }

  /** Of all flows. */
  names(): ReadonlySet<FlowName> {
    const rows = this.#database.prepare("SELECT name FROM flows").all();
    return new Set(rows.map(({ name }) => name as FlowName));
  }

  count(): number {
    return Number(this.#database.prepare("SELECT count(*) AS flows FROM flows").get()?.flows);
  }

  /** The newest first, from below the given generation. */
  versions(flow: FlowName, below: number, limit: number): readonly VersionRow[] {
    return this.#database
      .prepare("SELECT * FROM versions WHERE flow = ? AND generation < ? ORDER BY generation DESC LIMIT ?")
      .all(flow, below, limit)
      .map(versionRow);
  }

  version(flow: FlowName, generation: number): VersionRow | undefined {
    const row = this.#database
      .prepare("SELECT * FROM versions WHERE flow = ? AND generation = ?")
      .get(flow, generation);
    return row === undefined ? undefined : versionRow(row);
  }

  /** The newest version that was put in place with Pulumi, which is what a stack knows; undefined when that is a deletion. */
  managed(flow: FlowName): CurrentRow | undefined {
    const row = this.#database
      .prepare("SELECT * FROM versions WHERE flow = ? AND via = 'pulumi' ORDER BY generation DESC LIMIT 1")
      .get(flow);
    return row === undefined || row.artefact === null ? undefined : (versionRow(row) as CurrentRow);
  }

  /** Records a version as the one that runs and drops the oldest beyond those kept, but for the one that a stack knows. Returns its generation. */
  commit(draft: VersionDraft): number {
    return transaction(this.#database, () => {
      this.#demand(draft.flow, draft.expected);
      const generation = this.#append({
        ...draft,
        rolledBackTo: draft.rolledBackTo,
        note: draft.note,
        resource: draft.resource,
      });
      this.#database
        .prepare(
          "INSERT INTO flows (name, generation) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET generation = excluded.generation",
        )
        .run(draft.flow, generation);
      this.#prune(draft.flow);
      failpoint("commit.inside");
      return generation;
    });
  }

  /** The generation that the next version of a flow is given. */
  nextGeneration(flow: FlowName): number {
    const last = this.#database
      .prepare("SELECT coalesce(max(generation), 0) AS last FROM versions WHERE flow = ?")
      .get(flow);
    return Number(last?.last) + 1;
  }

  /** Records that a flow was deleted; its versions stay. */
  remove(flow: FlowName, expected: number, at: string, author: Author): number {
    return transaction(this.#database, () => {
      this.#demand(flow, expected);
      this.#database.prepare("DELETE FROM flows WHERE name = ?").run(flow);
      const nothing = {
        artefact: undefined,
        rolledBackTo: undefined,
        options: "{}",
        note: undefined,
        resource: undefined,
      };
      const generation = this.#append({ flow, action: "delete", ...nothing, at, ...author });
      this.#prune(flow);
      return generation;
    });
  }

  /** The artefacts that a version of a flow that exists uses. */
  usedArtefacts(): ReadonlySet<Digest> {
    const rows = this.#database
      .prepare(
        "SELECT DISTINCT artefact FROM versions JOIN flows ON flows.name = versions.flow WHERE artefact IS NOT NULL",
      )
      .all();
    return new Set(rows.map(({ artefact }) => artefact as Digest));
  }

  /** The caller serialises writes per flow; that two got here with the same expectation is a defect, not a conflict. */
  #demand(flow: FlowName, expected: number | undefined): void {
    const found = this.current(flow)?.generation;
    if (found !== expected) {
      throw new Error(`flow ${flow} is at generation ${found}, its writer expected ${expected}`);
    }
  }

  #append(row: Omit<VersionRow, "generation">): number {
    const generation = this.nextGeneration(row.flow);
    this.#database
      .prepare(
        `INSERT INTO versions (flow, generation, action, artefact, rolled_back_to, options, at, by, via, note, resource)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        row.flow,
        generation,
        row.action,
        row.artefact ?? null,
        row.rolledBackTo ?? null,
        row.options,
        row.at,
        row.by,
        row.via,
        row.note ?? null,
        row.resource ?? null,
      );
    return generation;
  }

  /** The version that a stack knows stays, so that it can be told what has changed since. */
  #prune(flow: FlowName): void {
    this.#database
      .prepare(
        `DELETE FROM versions WHERE flow = ?1 AND generation <=
           (SELECT max(generation) FROM versions WHERE flow = ?1) - ?2
         AND generation IS NOT (SELECT max(generation) FROM versions WHERE flow = ?1 AND via = 'pulumi')`,
      )
      .run(flow, this.#versionsKeptMax);
  }
}

function versionRow(row: Record<string, unknown>): VersionRow {
  return {
    flow: row.flow as FlowName,
    generation: row.generation as number,
    action: row.action as VersionRow["action"],
    artefact: (row.artefact ?? undefined) as Digest | undefined,
    rolledBackTo: (row.rolled_back_to ?? undefined) as number | undefined,
    options: row.options as string,
    at: row.at as string,
    by: row.by as string,
    via: row.via as Via,
    note: (row.note ?? undefined) as string | undefined,
    resource: (row.resource ?? undefined) as string | undefined,
  };
}
