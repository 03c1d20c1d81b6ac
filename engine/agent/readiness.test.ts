import { expect, test } from "vitest";
import { Readiness } from "./readiness.ts";

function readinessOf() {
  const state = { reason: undefined as Error | undefined, tries: 0, nowMs: 0, changes: [] as unknown[] };
  const readiness = new Readiness({
    attempt: async () => {
      state.tries += 1;
      if (state.reason) throw state.reason;
    },
    onChange: (reason) => void state.changes.push(reason),
    nowMs: () => state.nowMs,
  });
  return { state, readiness };
}

test("who asks again and again has it tried once a second, one after the other or all at once", async () => {
  const { state, readiness } = readinessOf();
  for (; state.nowMs < 10_000; state.nowMs += 10) {
    expect(await Promise.all([readiness.isReady(), readiness.isReady()])).toEqual([true, true]);
  }
  expect(state.tries).toBe(10);
});

test("a change is found within a second, and told once", async () => {
  const { state, readiness } = readinessOf();
  expect(await readiness.isReady()).toBe(true);
  state.reason = new Error("no space");
  expect(await readiness.isReady()).toBe(true);
  for (let second = 0; second < 3; second++) {
    state.nowMs += 1_000;
    expect(await readiness.isReady()).toBe(false);
  }
  const { reason } = state;
  state.reason = undefined;
  state.nowMs += 1_000;
  expect(await readiness.isReady()).toBe(true);
  expect(state.changes).toEqual([reason, undefined]);
});

test("a try that takes long is the only one, and what it comes to counts from then on", async () => {
  const waits: PromiseWithResolvers<void>[] = [];
  let nowMs = 0;
  const readiness = new Readiness({
    attempt: () => {
      const wait = Promise.withResolvers<void>();
      waits.push(wait);
      return wait.promise;
    },
    onChange: () => {},
    nowMs: () => nowMs,
  });
  const asked = Array.from({ length: 5 }, () => {
    nowMs += 1_000;
    return readiness.isReady();
  });
  expect(waits).toHaveLength(1);
  waits[0]!.reject(new Error("no answer"));
  expect(await Promise.all(asked)).toEqual(Array(5).fill(false));
  nowMs += 999;
  expect(await readiness.isReady()).toBe(false);
  expect(waits).toHaveLength(1);
});
