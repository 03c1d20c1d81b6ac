import type { FlowStatus, LiveFlowRates, LiveUpdate } from "@flowfusion/client";
import { describe, expect, test } from "vitest";
import { type FlowRow, isOutdated, rowsOf, search, sort, type Trends, totalsOf, withUpdate } from "./flow-rows.ts";

const status = (name: string, more: Partial<FlowStatus> = {}) =>
  ({
    ...{ name, generation: 1, artefact: `sha256:${name}`, condition: "running" },
    ...{ deployedAt: "2026-06-01T00:00:00Z", deployedBy: "ci" },
    ...more,
  }) as FlowStatus;

const rates = (name: string, inPerS: number, more: Partial<LiveFlowRates> = {}) =>
  ({
    ...{ name, condition: "running", mode: "fused", inPerS, outPerS: inPerS / 2, dropped: 15, deadLetters: 4 },
    ...{ executeP50Us: 3, executeP99Us: 29 },
    ...more,
  }) as LiveFlowRates;

const update = (...flows: readonly LiveFlowRates[]) => ({ flows }) as LiveUpdate;

describe("the rows of the list", () => {
  const flows = [status("boiler")];

  test("have no rates and counts before the first update, and those of the gateway then", () => {
    expect(rowsOf(flows, undefined, new Map())[0]).not.toHaveProperty("inPerS");
    expect(rowsOf(flows, undefined, new Map())[0]).not.toHaveProperty("dropped");
    const told = update(rates("boiler", 100));
    expect(rowsOf(flows, told, withUpdate(new Map(), told))).toMatchObject([
      { name: "boiler", inPerS: 100, outPerS: 50, p50Us: 3, p99Us: 29, dropped: 15, deadLetters: 4, trend: [100] },
    ]);
  });

  test("keep the last minute of updates, and no more", () => {
    let trends: Trends = new Map();
    for (let second = 1; second <= 200; second++) trends = withUpdate(trends, update(rates("boiler", second)));
    expect(trends.get("boiler")).toHaveLength(120);
    expect(trends.get("boiler")?.at(-1)).toBe(200);
  });

  test("forget the trend of a flow that is gone", () => {
    const trends = withUpdate(new Map([["oven", [1, 2]]]), update(rates("boiler", 5)));
    expect([...trends.keys()]).toEqual(["boiler"]);
  });

  test("tell the state that a flow is in now, before the list is read again", () => {
    const told = update(rates("boiler", 0, { condition: "broken", mode: "development" }));
    expect(rowsOf(flows, told, new Map())).toMatchObject([{ status: { condition: "broken" }, isDevelopment: true }]);
  });

  test("are there for a flow that does not run", () => {
    const broken = [status("boiler", { condition: "broken" })];
    expect(rowsOf(broken, update(), new Map())).toEqual([
      { name: "boiler", status: broken[0], isDevelopment: false, trend: [] },
    ]);
  });

  test("are outdated once a flow runs that is not among them, or one of them does otherwise", () => {
    expect(isOutdated(flows, update(rates("boiler", 1)))).toBe(false);
    expect(isOutdated(flows, update())).toBe(true);
    expect(isOutdated(flows, update(rates("boiler", 1), rates("oven", 1)))).toBe(true);
    expect(isOutdated(flows, update(rates("boiler", 1, { condition: "restarting" })))).toBe(true);
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
