import type { DriverStatus, FlowStats, GatewayInfo } from "@flowfusion/client";
import type { FlowName } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { type Look, ratesBetween } from "./rates.ts";
import { coloured, detail, duration, overview, plain } from "./screen.ts";

function flow(name: string, messagesIn: number, change: Partial<FlowStats> = {}): FlowStats {
  return {
    name: name as FlowName,
    digest: `sha256:${"0".repeat(64)}` as FlowStats["digest"],
    condition: "running",
    input: { queued: 12, queuedBytes: 480, dropped: {} },
    ...{
      messagesIn,
      messagesOut: messagesIn / 2,
      dropped: 3,
      droppedByBreaker: 0,
      traps: 0,
      restarts: 0,
      deadLetters: 0,
    },
    ...{ executeP50Us: 4.25, executeP99Us: 140, mode: "fused", deadLettersKept: 0, checkpointFailures: 0 },
    nodes: [{ node: "hot", messagesIn, messagesOut: [messagesIn / 2, messagesIn / 2], traps: 0 }],
    sinks: [
      {
        node: "out",
        kind: "mqtt",
        queued: 1,
        queuedBytes: 10,
        diskBytes: 0,
        diskBytesMax: 0,
        sent: messagesIn / 2,
        recovered: 0,
        dropped: { queue_full: 3 },
      },
    ],
    ...change,
  };
}

function look(atMs: number, tags: number, ...flows: readonly FlowStats[]): Look {
  const ingest = { connections: 2, frames: 1, bytes: 1, tags, unrouted: 0, refused: { malformed: 2, too_large: 1 } };
  const gateway: Partial<GatewayInfo> = {
    ...{ id: "4f3ac2d1-0000", version: "0.1.0", startedAt: new Date().toISOString(), flows: flows.length, ingest },
    ...{ socketToSinkQueueP50Us: 10, socketToSinkQueueP99Us: 96, rssBytes: 112_000_000 },
    storage: { isWritable: true, freeBytes: 5e9, checkpointFailures: 0, checkpointsRefused: 0, inMemoryAlone: [] },
  };
  return { atMs, gateway: gateway as GatewayInfo, flows, drivers: [] };
}

function driver(name: string, updates: number, change: Partial<DriverStatus> = {}): DriverStatus {
  return {
    ...{ name, generation: 1, kind: "modbus", config: {}, secrets: [], enabled: true, state: "running" },
    ...{
      device: "connected",
      updates,
      bad: updates / 10,
      dropped: 0,
      unsent: 0,
      inDoubt: 0,
      updatesPerSecond: 0,
      restarts: 0,
    },
    ...{ changedAt: "2026-01-01T00:00:00.000Z", changedBy: "admin" },
    ...change,
  };
}

describe("rates between two looks", () => {
  it("are differences by the time between them, of flows, nodes and sinks", () => {
    const rates = ratesBetween(look(1_000, 100, flow("a", 100)), look(3_000, 1_100, flow("a", 1_100)));
    expect(rates).toMatchObject({ tagsPerS: 500, refused: 3 });
    expect(rates.flows).toMatchObject([{ inPerS: 500, outPerS: 250 }]);
    expect(rates.flows[0]!.nodes.get("hot")).toEqual({ inPerS: 500, outPerS: 500 });
    expect(rates.flows[0]!.sinks.get("out")).toEqual({ sentPerS: 250 });
  });

  it("start from zero where a gateway was started anew, and are zero for a flow that is new", () => {
    const rates = ratesBetween(look(0, 5_000, flow("a", 5_000)), look(1_000, 300, flow("a", 200), flow("b", 900)));
    expect(rates.tagsPerS).toBe(300);
    expect(rates.flows.map(({ inPerS }) => inPerS)).toEqual([200, 0]);
  });
});

describe("the screen", () => {
  const now = look(1_000, 50_000, flow("quiet", 10), flow("busy", 50_000, { condition: "broken", deadLetters: 7 }));
  const rates = ratesBetween(look(0, 0, flow("quiet", 0), flow("busy", 0)), now);

  it("shows the busiest flow first, and how many did not fit", () => {
    expect(overview(now, rates, 1, plain)).toEqual([
      "gateway 4f3ac2d1  0.1.0  up 0 min  memory 112 MB",
      "in 50,000 tags/s, connections 2, frames refused 3  to sink queue P99 96.0 µs",
      "",
      "flow  state     in/s   out/s  queued  P50 µs  P99 µs  dropped  dead letters",
      "busy  broken  50,000  25,000      12     4.3     140        3             7",
      "… and 1 flow more",
    ]);
  });

  it("shows a flow that does not run before all that do, however busy they are", () => {
    const one = look(1_000, 50_000, flow("busy", 50_000), flow("down", 0, { condition: "broken" }));
    const lines = overview(one, ratesBetween(look(0, 0, flow("busy", 0), flow("down", 0)), one), 1, plain);
    expect(lines.slice(4)).toEqual([expect.stringMatching(/^down {2}broken /), "… and 1 flow more"]);
  });

  it("says what a kill would take, when the disk does not take it", () => {
    const inMemoryAlone = [
      { what: "state", flows: 1, reason: "ENOSPC" },
      { what: "deployments", flows: 0, reason: "ENOSPC" },
    ] as const;
    const full = { ...now.gateway, storage: { ...now.gateway.storage, inMemoryAlone } };
    expect(overview({ ...now, gateway: full }, rates, 1, plain)[2]).toBe(
      "in memory alone: state of 1 flow, list of deploys, since the disk says ENOSPC",
    );
  });

  it("says that the disk takes no writes, though nothing is in memory alone yet", () => {
    const full = { ...now.gateway, storage: { ...now.gateway.storage, isWritable: false, reason: "ENOSPC" } };
    expect(overview({ ...now, gateway: full }, rates, 1, plain)[2]).toBe("the disk takes no writes: ENOSPC");
  });

  it("names sinks that send nothing, since what leaves their flow goes nowhere", () => {
    const flows = Array.from({ length: 6 }, (_, index) => {
      const { sinks, ...rest } = flow(`f${index}`, 100);
      return { ...rest, sinks: sinks.map((sink) => ({ ...sink, failingMs: index === 0 ? 5_000 : 1 })) };
    });
    const at = look(1_000, 0, ...flows);
    expect(overview(at, ratesBetween(look(0, 0), at), 1, plain)[2]).toBe(
      "sinks that send nothing: f0/out, f1/out, f2/out, f3/out and 2 more; flowfusion top FLOW tells why",
    );
  });

  it("shows each driver with its device, what it sends, and why it does not", () => {
    const silent = driver("press", 40, { device: "silent", lastError: "no answer within 1000 ms" });
    const crashed = driver("mill", 0, { state: "backing_off", reason: "exit code 1", restarts: 3 });
    const partly = driver("kiln", 1_000, {
      badTags: { count: 4, first: ["a", "b", "c"] },
      lastError: "no such register",
    });
    const at = { ...look(1_000, 0), drivers: [driver("oven", 0, { lastError: "was away" }), partly, silent, crashed] };
    const before = { ...look(0, 0), drivers: [driver("kiln", 0), driver("press", 40)] };
    const lines = overview(at, ratesBetween(before, at), 9, plain);
    expect(lines.slice(lines.findIndex((line) => line.startsWith("driver")))).toEqual([
      "driver  kind    state        device     tags/s  bad/s  dropped  restarts",
      "oven    modbus  running      connected       0      0        0         0",
      "kiln    modbus  running      connected   1,000    100        0         0",
      "  4 tags are bad: a, b, c …; last error: no such register",
      "press   modbus  running      silent          0      0        0         0",
      "  no answer within 1000 ms",
      "mill    modbus  backing_off  connected       0      0        0         3",
      "  exit code 1",
    ]);
    const marked = overview(at, ratesBetween(before, at), 9, coloured);
    expect(marked.find((line) => line.startsWith("press"))).toContain("\x1b[31msilent\x1b[39m");
    expect(marked.find((line) => line.startsWith("mill"))).toContain("\x1b[31mbacking_off\x1b[39m");
  });

  it("marks what is wrong in colour, without moving a column", () => {
    const lines = overview(now, rates, 9, coloured);
    expect(lines[4]).toContain("\x1b[31mbroken\x1b[39m");
    expect(lines[5]).toContain("\x1b[32mrunning\x1b[39m");
  });

  it("says what to do when no flow runs", () => {
    expect(overview(look(0, 0), ratesBetween(look(0, 0), look(1, 0)), 9, plain).at(-1)).toContain("pulumi up");
  });

  it("shows a flow node by node, with what it failed of last", () => {
    const failed = { lastTrap: { node: "hot", cause: "fuel", atMs: 1 }, traps: 1 } as const;
    const [only] = ratesBetween(look(0, 0, flow("a", 0)), look(1_000, 0, flow("a", 20, failed))).flows;
    expect(detail(only!, plain)).toEqual([
      "a  running  in 20/s  out 10/s  P50 4.3 µs  P99 140 µs",
      "queued 12  dropped 3  dead letters 0  restarts 0  last trap: hot ran out of fuel at 1970-01-01T00:00:00.001Z",
      "",
      "Nodes",
      "  node  in/s  out/s  traps",
      "  hot     20     20      0",
      "Sinks",
      "  sink  kind  sent/s  queued  dropped       last error",
      "  out   mqtt      10       1  queue_full 3",
    ]);
  });

  it.each([
    [59_000, "0 min"],
    [3 * 3_600_000 + 60_000, "3 h 1 min"],
    [50 * 3_600_000, "2 d 2 h"],
  ])("tells %i ms as %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
