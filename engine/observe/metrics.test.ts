import { encodeGraph, type FlowName, type NodeStats, type SinkStats } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { TestDataPlane } from "../testkit/test-data-plane.ts";
import { counter, Exposition, label } from "./exposition.ts";
import { Metrics } from "./metrics.ts";

const name = "[a-zA-Z_][a-zA-Z0-9_]*";
const pair = `${name}="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const sampleLine = new RegExp(`^(${name})(?:\\{(${pair}(?:,${pair})*)\\})? (\\S+)$`);

/** A strict reader of the text format: every line is HELP, TYPE or a sample of the family announced last. */
function parse(text: string): Map<string, { type: string; samples: { labels: string; value: number }[] }> {
  expect(text.endsWith("\n")).toBe(true);
  const families = new Map<string, { type: string; samples: { labels: string; value: number }[] }>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const type = new RegExp(`^# TYPE (${name}) (counter|gauge)$`).exec(line);
    if (type !== null) {
      expect(families.has(type[1]!), `${type[1]} announced twice`).toBe(false);
      current = type[1]!;
      families.set(current, { type: type[2]!, samples: [] });
      continue;
    }
    if (line.startsWith("# HELP ")) {
      continue;
    }
    const sample = sampleLine.exec(line);
    expect(sample, line).not.toBeNull();
    expect(sample![1]).toBe(current);
    families.get(current)!.samples.push({ labels: sample![2] ?? "", value: Number(sample![3]) });
  }
  return families;
}

const plc = {
  ...({ name: "plc", state: "running", device: "connected", restarts: 2 } as const),
  ...{ updates: 50, bad: 3, dropped: 1, unsent: 4, inDoubt: 2, updatesPerSecond: 10, rssBytes: 4096 },
} as const;

async function renderWithFlow(changed: Partial<NodeStats> = {}, changedSink: Partial<SinkStats> = {}) {
  const plane = new TestDataPlane();
  const { digest, graph, wasm } = testArtefact(1);
  const limits = { fuelPerMessage: 1, fuelBurst: 1, maxPagesPerMemory: 1 };
  await plane.deploy("boiler" as FlowName, { digest, generation: 1, graph: encodeGraph(graph), metered: wasm, limits });
  const given = await plane.stats(["boiler" as FlowName]);
  const flows = given.flows.map((flow) => ({
    ...flow,
    nodes: flow.nodes.map((node) => ({ ...node, ...changed })),
    sinks: flow.sinks.map((sink) => ({ ...sink, ...changedSink })),
  }));
  const refusedCheckpoints = new Map([["boiler" as FlowName, 1]]);
  const brokenAtStart = ["kiln" as FlowName];
  const metrics = new Metrics();
  metrics.addFlows(flows);
  return parse(
    textOf(
      metrics.end({
        version: "1.2.3",
        startedAtMs: 1_000,
        stats: given,
        brokenAtStart,
        refusedCheckpoints,
        storageError: "ENOSPC",
        deploymentsError: "ENOSPC",
        drivers: [plc],
        logins: { failed: 3, refused: 1 },
        certificate: { validFrom: "2026-01-01T00:00:00.000Z", validTo: "2027-01-01T00:00:00.000Z" },
      }),
    ),
  );
}

const textOf = (pieces: Iterable<Uint8Array>): string => Buffer.concat([...pieces]).toString();

describe("the metrics", () => {
  test("are well-formed, with counters that end in _total and times in seconds", async () => {
    const families = await renderWithFlow();
    for (const [family, { type }] of families) {
      expect(family.endsWith("_total"), family).toBe(type === "counter");
    }
    const quantiles = families.get("flowfusion_socket_to_sink_queue_seconds")?.samples;
    expect(quantiles?.map(({ value }) => value)).toEqual([0.00012, 0.00048]);
  });

  test("count each flow, node, port and sink", async () => {
    const families = await renderWithFlow();
    expect(families.get("flowfusion_node_messages_out_total")?.samples).toEqual([
      { labels: 'flow="boiler",node="hot",port="0"', value: 7 },
      { labels: 'flow="boiler",node="hot",port="1"', value: 93 },
    ]);
    expect(families.get("flowfusion_sink_dropped_total")?.samples).toEqual([
      { labels: 'flow="boiler",node="out",kind="file",cause="queue_full"', value: 1 },
    ]);
    expect(families.get("flowfusion_ingest_tags_total")?.samples).toEqual([{ labels: "", value: 200 }]);
  });

  test("tell for how long a sink has failed, and what may wait for it on disk", async () => {
    const families = await renderWithFlow({}, { failingMs: 90_500, diskBytes: 1_000 });
    const labels = 'flow="boiler",node="out",kind="file"';
    const samples = (what: string) => families.get(`flowfusion_sink_${what}`)?.samples;
    expect(samples("failing_seconds")).toEqual([{ labels, value: 90.5 }]);
    expect(samples("disk_bytes")).toEqual([{ labels, value: 1_000 }]);
    expect(samples("disk_bytes_max")).toEqual([{ labels, value: 67_108_864 }]);
    const well = await renderWithFlow();
    expect(well.get("flowfusion_sink_failing_seconds")?.samples).toEqual([{ labels, value: 0 }]);
  });

  test("tell what fuel each node used, of what was profiled", async () => {
    const fuel = async (changed: Partial<NodeStats>) => {
      const families = await renderWithFlow(changed);
      return ["messages", "fuel"].map((what) => families.get(`flowfusion_node_profiled_${what}_total`)?.samples);
    };
    const labels = 'flow="boiler",node="hot"';
    expect(await fuel({ profiled: { messages: 8, fuel: 168 } })).toEqual([
      [{ labels, value: 8 }],
      [{ labels, value: 168 }],
    ]);
    expect(await fuel({})).toEqual([[{ labels, value: 0 }], [{ labels, value: 0 }]]);
  });

  test("tell when the API's certificate ends", async () => {
    const families = await renderWithFlow();
    expect(families.get("flowfusion_tls_certificate_expires_seconds")?.samples).toEqual([
      { labels: "", value: Date.parse("2027-01-01T00:00:00.000Z") / 1000 },
    ]);
  });

  test("count each driver, and show its state", async () => {
    const families = await renderWithFlow();
    const driver = (name: string) => families.get(`flowfusion_driver_${name}`)?.samples;
    expect(driver("updates_total")).toEqual([{ labels: 'driver="plc"', value: 50 }]);
    expect(driver("bad_updates_total")).toEqual([{ labels: 'driver="plc"', value: 3 }]);
    expect(driver("lost_updates_total")).toEqual([
      { labels: 'driver="plc",cause="unsent"', value: 4 },
      { labels: 'driver="plc",cause="in_doubt"', value: 2 },
    ]);
    expect(driver("restarts_total")).toEqual([{ labels: 'driver="plc"', value: 2 }]);
    expect(driver("device_connected")).toEqual([{ labels: 'driver="plc"', value: 1 }]);
    expect(driver("state")?.filter(({ value }) => value === 1)).toEqual([
      { labels: 'driver="plc",state="running"', value: 1 },
    ]);
  });

  test("tell that the disk takes no writes", async () => {
    const families = await renderWithFlow();
    expect(families.get("flowfusion_storage_writable")?.samples).toEqual([{ labels: "", value: 0 }]);
  });

  test("tell what is in memory alone, of the gateway and of each flow", async () => {
    const families = await renderWithFlow();
    expect(families.get("flowfusion_in_memory_alone")?.samples).toEqual([
      { labels: 'flow="boiler",what="state"', value: 0 },
      { labels: 'flow="boiler",what="dead_letters"', value: 0 },
      { labels: 'what="deployments"', value: 1 },
    ]);
  });

  test("show a flow that did not start as broken", async () => {
    const families = await renderWithFlow();
    const samples = families.get("flowfusion_flow_condition")?.samples;
    expect(samples?.filter(({ value }) => value === 1).map(({ labels }) => labels)).toEqual([
      'flow="boiler",condition="running"',
      'flow="kiln",condition="broken"',
    ]);
  });

  test("of many flows are written in many steps, each of them a small part of the whole", async () => {
    const plane = new TestDataPlane();
    const { digest, graph, wasm } = testArtefact(1);
    const limits = { fuelPerMessage: 1, fuelBurst: 1, maxPagesPerMemory: 1 };
    const program = { digest, generation: 1, graph: encodeGraph(graph), metered: wasm, limits };
    await plane.deploy("boiler" as FlowName, program);
    const { flows, ...stats } = await plane.stats(["boiler" as FlowName]);
    const rest = { version: "1", startedAtMs: 0, stats, brokenAtStart: [], refusedCheckpoints: new Map() };
    const well = { storageError: undefined, deploymentsError: undefined };
    const gateway = { ...rest, ...well, drivers: [], logins: { failed: 0, refused: 0 } };
    const longestShares = Array.from({ length: 5 }, () => {
      const stepsMs: number[] = [];
      const timed = <T>(step: () => T): T => {
        const beganMs = performance.now();
        const result = step();
        stepsMs.push(performance.now() - beganMs);
        return result;
      };
      const metrics = new Metrics();
      for (let at = 0; at < 1_000; at += 10) {
        const some = Array.from({ length: 10 }, (_, index) => ({
          ...flows[0]!,
          name: `boiler-${at + index}` as FlowName,
        }));
        timed(() => metrics.addFlows(some));
      }
      const pieces = timed(() => metrics.end({ ...gateway, certificate: undefined }))[Symbol.iterator]();
      while (!timed(() => pieces.next()).done);
      return Math.max(...stepsMs) / stepsMs.reduce((sum, ms) => sum + ms, 0);
    });
    // The best of a few runs: a step may be interrupted.
    expect(Math.min(...longestShares)).toBeLessThan(0.2);
  });

  test("stay well-formed whatever a label holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.double(), (text, value) => {
        const exposition = new Exposition();
        exposition.add([counter("x_total", text, () => value)], undefined, label("text", text));
        const rendered = textOf(exposition.pieces());
        expect(rendered.split("\n")).toHaveLength(4);
        expect(parse(rendered).get("x_total")?.samples).toHaveLength(1);
      }),
    );
  });
});
