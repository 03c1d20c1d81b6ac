// The rows of the list: what runs, and what two looks at the counters say of its speed. Pure.

import type { FlowStats, FlowStatus } from "@flowfusion/client";
import { ratePerS } from "../../format/rate.ts";

/** What the gateway said at one time. */
export interface Look {
  /** Monotonic, ms. */
  readonly atMs: number;
  readonly flows: readonly FlowStatus[];
  readonly stats: readonly FlowStats[];
}

export interface FlowRow {
  readonly name: string;
  readonly status: FlowStatus;
  readonly isDevelopment: boolean;
  /** Absent for a flow that does not run, and before the second look. */
  readonly inPerS?: number;
  readonly outPerS?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly dropped: number;
  readonly deadLetters: number;
  /** Messages in a second, oldest first. */
  readonly trend: readonly number[];
}

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

const trendMax = 60;

export function rowsOf(now: Look, before: Look | undefined, last: readonly FlowRow[]): FlowRow[] {
  const elapsedMs = before === undefined ? 0 : now.atMs - before.atMs;
  const statsNow = new Map(now.stats.map((stats) => [stats.name, stats]));
  const statsBefore = new Map(before?.stats.map((stats) => [stats.name, stats]));
  const trends = new Map(last.map(({ name, trend }) => [name, trend]));
  return now.flows.map((status) => {
    const stats = statsNow.get(status.name);
    const was = statsBefore.get(status.name);
    const base = { name: status.name, status, trend: trends.get(status.name) ?? [] };
    if (stats === undefined) return { ...base, isDevelopment: false, dropped: 0, deadLetters: 0 };
    const row: FlowRow = {
      ...base,
      isDevelopment: stats.mode === "development",
      dropped: droppedBy(stats),
      deadLetters: stats.deadLetters,
      p50Us: stats.executeP50Us,
      p99Us: stats.executeP99Us,
    };
    if (was === undefined || elapsedMs <= 0) return row;
    const inPerS = ratePerS(was.messagesIn, stats.messagesIn, elapsedMs);
    const outPerS = ratePerS(was.messagesOut, stats.messagesOut, elapsedMs);
    return { ...row, inPerS, outPerS, trend: [...base.trend, inPerS].slice(-trendMax) };
  });
}

function droppedBy({ droppedByBreaker, input, sinks }: FlowStats): number {
  const causes = [input, ...sinks].flatMap(({ dropped }) => Object.values(dropped));
  return causes.reduce((sum, count) => sum + count, droppedByBreaker);
}

export interface Totals {
  readonly running: number;
  readonly dropped: number;
  readonly deadLetters: number;
  /** Absent before the second look. */
  readonly inPerS?: number;
  readonly outPerS?: number;
  readonly trend: readonly number[];
}

export function totalsOf(rows: readonly FlowRow[]): Totals {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const measured = rows.filter(({ inPerS }) => inPerS !== undefined);
  const looks = Math.max(0, ...rows.map(({ trend }) => trend.length));
  return {
    running: rows.filter(({ status }) => status.condition === "running").length,
    dropped: sum(rows.map(({ dropped }) => dropped)),
    deadLetters: sum(rows.map(({ deadLetters }) => deadLetters)),
    ...(measured.length > 0 && {
      inPerS: sum(measured.map(({ inPerS }) => inPerS ?? 0)),
      outPerS: sum(measured.map(({ outPerS }) => outPerS ?? 0)),
    }),
    // Trends end now; those of flows that are younger are shorter.
    trend: Array.from({ length: looks }, (_, index) => sum(rows.map(({ trend }) => trend.at(index - looks) ?? 0))),
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
