import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IdleCollector } from "./idle-collector.ts";

const idleMs = 2_000;

describe("garbage", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is collected once, when nothing more has been left for a while", () => {
    const collect = vi.fn();
    const collector = new IdleCollector({ idleMs, work: () => 0, collect });
    collector.leave();
    vi.advanceTimersByTime(idleMs - 1);
    collector.leave();
    vi.advanceTimersByTime(idleMs - 1);
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(collect).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10 * idleMs);
    expect(collect).toHaveBeenCalledOnce();
    collector.leave();
    vi.advanceTimersByTime(idleMs);
    expect(collect).toHaveBeenCalledTimes(2);
  });

  it("waits for as long as the thread works, and is collected once more after the first work from then on", () => {
    const collect = vi.fn();
    let work = 0;
    const workFor = (ms: number) => {
      for (let leftMs = ms; leftMs > 0; leftMs -= idleMs / 2, work++) vi.advanceTimersByTime(idleMs / 2);
    };
    const collector = new IdleCollector({ idleMs, work: () => work, collect });
    collector.leave();
    workFor(5 * idleMs);
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2 * idleMs);
    expect(collect).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10 * idleMs);
    workFor(5 * idleMs);
    expect(collect).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(2 * idleMs);
    expect(collect).toHaveBeenCalledTimes(2);
    workFor(5 * idleMs);
    vi.advanceTimersByTime(10 * idleMs);
    expect(collect).toHaveBeenCalledTimes(2);
  });

  it("is collected beside work where that may be, once, and what work leaves is not", () => {
    const collect = vi.fn();
    let work = 0;
    const collector = new IdleCollector({ idleMs, work: () => work++, mayInterrupt: true, collect });
    collector.leave();
    vi.advanceTimersByTime(idleMs - 1);
    collector.leave();
    vi.advanceTimersByTime(idleMs - 1);
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10 * idleMs);
    expect(collect).toHaveBeenCalledOnce();
  });
});

it("an idle thread frees what nobody refers to", async () => {
  const collected = new Set<string>();
  const registry = new FinalizationRegistry<string>((name) => collected.add(name));
  registry.register({}, "left behind");
  const kept = {};
  registry.register(kept, "kept");
  new IdleCollector({ idleMs: 1, work: () => 0 }).leave();
  await expect.poll(() => [...collected], { timeout: 10_000 }).toEqual(["left behind"]);
  expect(kept).toEqual({});
});
