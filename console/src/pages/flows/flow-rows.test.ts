import type { FlowStats, FlowStatus } from "@flowfusion/client";
import { describe, expect, test } from "vitest";
import { type FlowRow, type Look, rowsOf, search, sort, totalsOf } from "./flow-rows.ts";

const status = (name: string, more: Partial<FlowStatus> = {}) =>
  ({
    ...{ name, generation: 1, artefact: `sha256:${name}`, condition: "running" },
    ...{ deployedAt: "2026-06-01T00:00:00Z", deployedBy: "ci" },
    ...more,
  }) as FlowStatus;

const stats = (name: string, messagesIn: number, more: Partial<FlowStats> = {}) =>
  ({
    ...{ name, mode: "fused", messagesIn, messagesOut: messagesIn / 2, executeP50Us: 3, executeP99Us: 29 },
    ...{ droppedByBreaker: 0, deadLetters: 0, input: { dropped: {} }, sinks: [] },
    ...more,
  }) as unknown as FlowStats;

const look = (atMs: number, messagesIn: number): Look => ({
  atMs,
  flows: [status("boiler")],
  stats: [stats("boiler", messagesIn)],
});

describe("the rows of the list", () => {
  test("have rates from the second look on", () => {
    const [first] = rowsOf(look(0, 100), undefined, []);
    expect(first).not.toHaveProperty("inPerS");
    const [second] = rowsOf(look(2_000, 300), look(0, 100), [first!]);
    expect(second).toMatchObject({ inPerS: 100, outPerS: 50, trend: [100] });
  });

  test("take a counter that went back for that of a flow that was started anew", () => {
    const [row] = rowsOf(look(1_000, 40), look(0, 9_000), []);
    expect(row?.inPerS).toBe(40);
  });

  test("keep the last minute of looks, and no more", () => {
    let rows: FlowRow[] = [];
    for (let second = 1; second <= 100; second++) {
      rows = rowsOf(look(second * 1_000, second ** 2), look((second - 1) * 1_000, (second - 1) ** 2), rows);
    }
    expect(rows[0]?.trend).toHaveLength(60);
    expect(rows[0]?.trend.at(-1)).toBe(199);
  });

  test("count drops at the input, at the breaker and at each sink", () => {
    const dropping = {
      droppedByBreaker: 1,
      input: { dropped: { input_full: 2 } },
      sinks: [{ dropped: { queue_full: 4, refused: 8 } }],
    } as unknown as Partial<FlowStats>;
    const now: Look = { atMs: 0, flows: [status("boiler")], stats: [stats("boiler", 0, dropping)] };
    expect(rowsOf(now, undefined, [])[0]?.dropped).toBe(15);
  });

  test("are there for a flow that does not run", () => {
    const now: Look = { atMs: 0, flows: [status("boiler", { condition: "broken" })], stats: [] };
    expect(rowsOf(now, undefined, [])).toMatchObject([{ name: "boiler", dropped: 0, trend: [] }]);
  });
});

test("all flows together are the sum of each, also where one is younger", () => {
  const row = (name: string, more: Partial<FlowRow>): FlowRow => ({
    ...{ name, status: status(name), isDevelopment: false, dropped: 1, deadLetters: 2, trend: [] },
    ...more,
  });
  const broken = status("c", { condition: "broken" });
  const old = row("a", { inPerS: 3, outPerS: 1, trend: [1, 2, 3] });
  const rows = [old, row("b", { inPerS: 10, outPerS: 5, trend: [10] }), row("c", { status: broken })];
  expect(totalsOf(rows)).toEqual({
    ...{ running: 2, dropped: 3, deadLetters: 6, inPerS: 13, outPerS: 6, trend: [1, 2, 13] },
  });
  expect(totalsOf([row("a", {})])).not.toHaveProperty("inPerS");
});

describe("rows", () => {
  const row = (name: string, more: Partial<FlowRow> = {}): FlowRow => ({
    ...{ name, status: status(name), isDevelopment: false, dropped: 0, deadLetters: 0, trend: [] },
    ...more,
  });
  const rows = [row("b", { inPerS: 5 }), row("a"), row("c", { inPerS: 50 })];
  const names = (found: readonly FlowRow[]) => found.map(({ name }) => name).join("");

  test("that are not measured come last, whichever way they are sorted", () => {
    expect(names(sort(rows, { key: "inPerS", isDescending: true }))).toBe("cba");
    expect(names(sort(rows, { key: "inPerS", isDescending: false }))).toBe("bca");
  });

  test("that are equal are sorted by name", () => {
    expect(names(sort(rows, { key: "dropped", isDescending: true }))).toBe("abc");
  });

  test("are found by name, digest and author, in any case", () => {
    expect(names(search(rows, " B "))).toBe("b");
    expect(names(search(rows, "SHA256:c"))).toBe("c");
    expect(names(search(rows, "CI"))).toBe("bac");
    expect(search(rows, "oven")).toEqual([]);
  });
});
