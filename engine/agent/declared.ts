// What is declared under names over the API, connections or drivers: pages of it, and writes, one at a time for each name,
// each checked against the generation that its author saw.

import { demand, type Precondition } from "./etag.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { ApiError, type ProblemMembers } from "./problem.ts";

/** Writes that may wait for one name, the one that runs included. */
const WRITES_WAITING_MAX = 16;

interface DeclaredRow {
  readonly name: string;
  readonly generation: number;
  readonly at: string;
  readonly by: string;
}

interface DeclaredRows<Row> {
  get(name: string): Row | undefined;
  /** By name, after the given one. */
  list(after: string, limit: number): readonly Row[];
}

export class Declared<Row extends DeclaredRow> {
  readonly #what: string;
  readonly #rows: DeclaredRows<Row>;
  readonly #writes = new KeyedQueue(WRITES_WAITING_MAX);

  /** `what`: the word for one of them. */
  constructor(what: string, rows: DeclaredRows<Row>) {
    this.#what = what;
    this.#rows = rows;
  }

  find(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  /** Throws FF_API_NOT_FOUND when there is none. */
  get(name: string): Row {
    const row = this.find(name);
    if (row === undefined) throw new ApiError("FF_API_NOT_FOUND", `${this.#what} ${name}: not on this gateway`);
    return row;
  }

  page<Item extends { readonly name: string }>(after: string, limit: number, describe: (row: Row) => Item) {
    const rows = this.#rows.list(after, limit + 1);
    const items = rows.slice(0, limit).map(describe);
    return rows.length > limit ? { items, next: items.at(-1)!.name } : { items };
  }

  /** Runs `work` alone; it gets what there is now, which the precondition holds for. */
  put<T>(name: string, precondition: Precondition, work: (before: Row | undefined) => Promise<T>): Promise<T> {
    return this.alone(name, async () => {
      const before = this.find(name);
      demand(precondition, `${this.#what} ${name}`, currentOf(before));
      return work(before);
    });
  }

  /** As `put`, for what is to be there. */
  change<T>(name: string, precondition: Precondition, work: (before: Row) => Promise<T>): Promise<T> {
    return this.alone(name, async () => {
      const before = this.get(name);
      demand(precondition, `${this.#what} ${name}`, currentOf(before));
      return work(before);
    });
  }

  /** Runs `work` beside no other for the name. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#writes.run(`${this.#what} ${name}`, work);
  }
}

const currentOf = (row: DeclaredRow | undefined): ProblemMembers["current"] =>
  row && { generation: row.generation, deployedAt: row.at, deployedBy: row.by };
