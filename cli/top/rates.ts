// Two looks at a gateway, some time apart, as what happens a second. Pure.

import type { DriverStatus, FlowStats, GatewayInfo } from "@flowfusion/client";

/** What a gateway said at one time. */
export interface Look {
  /** Monotonic, ms. */
  readonly atMs: number;
  readonly gateway: GatewayInfo;
  readonly flows: readonly FlowStats[];
  readonly drivers: readonly DriverStatus[];
}

export interface Rates {
  readonly tagsPerS: number;
  readonly refused: number;
  readonly flows: readonly FlowRates[];
  readonly drivers: readonly DriverRates[];
}

export interface DriverRates {
  readonly driver: DriverStatus;
  readonly updatesPerS: number;
  /** Of these, of quality bad. */
  readonly badPerS: number;
}

export interface FlowRates {
  readonly stats: FlowStats;
  readonly inPerS: number;
  readonly outPerS: number;
  /** By node id. */
  readonly nodes: ReadonlyMap<string, { readonly inPerS: number; readonly outPerS: number }>;
  readonly sinks: ReadonlyMap<string, { readonly sentPerS: number }>;
}

const total = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);

export function ratesBetween(before: Look, now: Look): Rates {
  const seconds = Math.max(now.atMs - before.atMs, 1) / 1000;
  // A counter that went back belongs to something that was started anew in between.
  const perS = (was: number, is: number): number => (is < was ? is : is - was) / seconds;
  const flowsBefore = new Map(before.flows.map((flow) => [flow.name, flow]));
  const driversBefore = new Map(before.drivers.map((driver) => [driver.name, driver]));
  return {
    tagsPerS: perS(before.gateway.ingest.tags, now.gateway.ingest.tags),
    refused: total(Object.values(now.gateway.ingest.refused)),
    flows: now.flows.map((stats) => flowRates(flowsBefore.get(stats.name), stats, perS)),
    drivers: now.drivers.map((driver) => {
      const was = driversBefore.get(driver.name);
      return {
        driver,
        updatesPerS: was === undefined ? 0 : perS(was.updates, driver.updates),
        badPerS: was === undefined ? 0 : perS(was.bad, driver.bad),
      };
    }),
  };
}

function flowRates(
  before: FlowStats | undefined,
  stats: FlowStats,
  perS: (was: number, is: number) => number,
): FlowRates {
  const nodesBefore = new Map(before?.nodes.map((node) => [node.node, node]));
  const sinksBefore = new Map(before?.sinks.map((sink) => [sink.node, sink]));
  // Of a flow that was not there at the first look all is new, and nothing can be said of its speed.
  const rate = (was: number | undefined, is: number): number => (before === undefined ? 0 : perS(was ?? 0, is));
  return {
    stats,
    inPerS: rate(before?.messagesIn, stats.messagesIn),
    outPerS: rate(before?.messagesOut, stats.messagesOut),
    nodes: new Map(
      stats.nodes.map(({ node, messagesIn, messagesOut }) => {
        const was = nodesBefore.get(node);
        const out = rate(was && total(was.messagesOut), total(messagesOut));
        return [node, { inPerS: rate(was?.messagesIn, messagesIn), outPerS: out }];
      }),
    ),
    sinks: new Map(stats.sinks.map(({ node, sent }) => [node, { sentPerS: rate(sinksBefore.get(node)?.sent, sent) }])),
  };
}
