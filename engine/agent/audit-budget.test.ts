import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AUDIT_BUDGET_ENTRIES, AuditBudget, type SummedCalls } from "./audit-budget.ts";

const MINUTE_MS = 60_000;
const refused = { who: "ann", role: "viewer", remote: "192.0.2.1", action: "deleteFlow", status: 403 };
let sums: SummedCalls[];
let budget: AuditBudget;

beforeEach(() => {
  vi.useFakeTimers();
  sums = [];
  budget = new AuditBudget((sum) => sums.push(sum));
});
afterEach(() => void vi.useRealTimers());

/** How many of so many calls got an entry of their own. */
function entered(count: number, call = refused): number {
  return Array.from({ length: count }, () => budget.spend(call)).filter((isEntered) => isEntered).length;
}

test("a token has some entries a minute, and what it called beyond becomes one when the minute is over", () => {
  expect(entered(AUDIT_BUDGET_ENTRIES + 3)).toBe(AUDIT_BUDGET_ENTRIES);
  const last = { ...refused, action: "openSession", status: 201, remote: "192.0.2.2" };
  expect(entered(2, last)).toBe(0);
  vi.advanceTimersByTime(MINUTE_MS - 1);
  expect(sums).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sums).toEqual([{ last, counts: { "deleteFlow 403": 3, "openSession 201": 2 } }]);
  expect(entered(AUDIT_BUDGET_ENTRIES + 1)).toBe(AUDIT_BUDGET_ENTRIES);
});

test("a minute within the budget has no sum, and leaves nothing behind", () => {
  expect(entered(AUDIT_BUDGET_ENTRIES)).toBe(AUDIT_BUDGET_ENTRIES);
  vi.advanceTimersByTime(MINUTE_MS);
  expect(sums).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("no token spends what another has", () => {
  entered(1_000);
  expect(entered(AUDIT_BUDGET_ENTRIES, { ...refused, who: "bob" })).toBe(AUDIT_BUDGET_ENTRIES);
});

test("the end of the gateway is the end of each minute", () => {
  entered(AUDIT_BUDGET_ENTRIES + 1);
  entered(AUDIT_BUDGET_ENTRIES + 2, { ...refused, who: "bob" });
  budget.settle();
  expect(sums.map(({ last, counts }) => [last.who, counts])).toEqual([
    ["ann", { "deleteFlow 403": 1 }],
    ["bob", { "deleteFlow 403": 2 }],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});
