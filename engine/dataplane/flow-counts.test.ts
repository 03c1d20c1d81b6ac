import { expect, test } from "vitest";
import { FlowCounts } from "./flow-counts.ts";
import type { FlowSinks } from "./flow-sinks.ts";

interface Queue {
  readonly stats: { readonly dropped: { queue_full: number } };
}

const queueThatDropped = (queue_full: number): Queue => ({ stats: { dropped: { queue_full } } });

function sinksOf(...list: readonly Queue[]): FlowSinks {
  const sinks: unknown = {
    list,
    get dropped() {
      return list.reduce((sum, { stats }) => sum + stats.dropped.queue_full, 0);
    },
  };
  return sinks as FlowSinks;
}

test("what a flow lost stays counted, once, when a sink goes and when it comes back with what it lost meanwhile", () => {
  const counts = new FlowCounts(0);
  const [stays, goes] = [queueThatDropped(1), queueThatDropped(10)];
  const [both, one] = [sinksOf(stays, goes), sinksOf(stays)];
  const dropped = (sinks: FlowSinks) => counts.stats(sinks).dropped;
  expect(dropped(both)).toBe(11);
  counts.switched(1, both, one);
  expect(dropped(one)).toBe(11);
  goes.stats.dropped.queue_full += 100;
  counts.switched(2, one, both);
  expect(dropped(both)).toBe(111);
  counts.switched(3, both, one);
  expect(dropped(one)).toBe(111);
});
