// The rows of the list: the flows that were deployed, and what the gateway tells live of those that run. Pure.

import type { FlowStatus, LiveUpdate } from "@flowfusion/client";

export interface FlowRow {
  readonly name: string;
  readonly status: FlowStatus;
  readonly isDevelopment: boolean;
  /** Absent for a flow that does not run, and before the first update. */
  readonly inPerS?: number;
  readonly outPerS?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly dropped?: number;
  readonly deadLetters?: number;
  /** Messages in a second, oldest first. */
  readonly trend: readonly number[];
}

/** By flow: messages in a second, oldest first. */
export type Trends = ReadonlyMap<string, readonly number[]>;

export type SortKey =
  | "name"
  | "condition"
  | "generation"
  | "inPerS"
  | "outPerS"
  | "p50Us"
  | "p99Us"
  | "dropped"
  | "deadLetters"
  | "deployedAt";

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** A minute of them. */
const updatesMax = 120;

export function withUpdate(trends: Trends, { flows }: LiveUpdate): Trends {
  return new Map(flows.map(({ name, inPerS }) => [name, [...(trends.get(name) ?? []), inPerS].slice(-updatesMax)]));
}

export function rowsOf(flows: readonly FlowStatus[], update: LiveUpdate | undefined, trends: Trends): FlowRow[] {
  const live = new Map(update?.flows.map((flow) => [flow.name, flow]));
  return flows.map((status) => {
    const { name } = status;
    const rates = live.get(name);
    const base = { name, status, trend: trends.get(name) ?? [] };
    if (rates === undefined) return { ...base, isDevelopment: false };
    const { condition, mode, inPerS, outPerS, dropped, deadLetters, executeP50Us, executeP99Us } = rates;
    return {
      ...{ ...base, status: { ...status, condition }, isDevelopment: mode === "development" },
      ...{ inPerS, outPerS, dropped, deadLetters, p50Us: executeP50Us, p99Us: executeP99Us },
    };
  });
}

/** Whether other flows run than those that are known to. */
export function isOutdated(flows: readonly FlowStatus[], { flows: live }: LiveUpdate): boolean {
  const known = new Map(flows.map(({ name, condition }) => [name, condition]));
  const running = new Set(live.map(({ name }) => name));
  return (
    live.some(({ name, condition }) => known.get(name) !== condition) ||
    flows.some(({ name, condition }) => condition === "running" && !running.has(name))
  );
}

export interface Totals {
  readonly running: number;
  /** Absent before the first update, as the rates are. */
  readonly dropped?: number;
  readonly deadLetters?: number;
  readonly inPerS?: number;
  readonly outPerS?: number;
  readonly trend: readonly number[];
}

export function totalsOf(rows: readonly FlowRow[]): Totals {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const measured = rows.filter(({ inPerS }) => inPerS !== undefined);
  const counted = rows.filter(({ dropped }) => dropped !== undefined);
  const updates = Math.max(0, ...rows.map(({ trend }) => trend.length));
  return {
    running: rows.filter(({ status }) => status.condition === "running").length,
    ...(counted.length > 0 && {
      dropped: sum(counted.map(({ dropped }) => dropped ?? 0)),
      deadLetters: sum(counted.map(({ deadLetters }) => deadLetters ?? 0)),
    }),
    ...(measured.length > 0 && {
      inPerS: sum(measured.map(({ inPerS }) => inPerS ?? 0)),
      outPerS: sum(measured.map(({ outPerS }) => outPerS ?? 0)),
    }),
    // Trends end now; those of flows that are younger are shorter.
    trend: Array.from({ length: updates }, (_, index) => sum(rows.map(({ trend }) => trend.at(index - updates) ?? 0))),
  };
}

/** Rows whose name, digest or author holds the text. */
export function search(rows: readonly FlowRow[], text: string): FlowRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter(({ name, status }) =>
    [name, status.artefact, status.deployedBy].some((field) => field.toLowerCase().includes(wanted)),
  );
}

/** What is not measured comes last, whichever way. */
export function sort(rows: readonly FlowRow[], { key, isDescending }: Sorting): FlowRow[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [sortValueOf(a, key), sortValueOf(b, key)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    const order = typeof left === "string" ? left.localeCompare(String(right)) : left - Number(right);
    return order === 0 ? a.name.localeCompare(b.name) : sign * order;
  });
}

function sortValueOf(row: FlowRow, key: SortKey): string | number | undefined {
  if (key === "condition") return row.status.condition;
  if (key === "generation") return row.status.generation;
  if (key === "deployedAt") return row.status.deployedAt;
  return row[key];
}
