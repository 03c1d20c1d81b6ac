// What people are told while they wait and before they agree: the status in a Flow's row during an up, and what a changed flow
// can reach in the preview.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type EngineEvent, PulumiProject } from "./pulumi-project.ts";

vi.setConfig({ testTimeout: 300_000 });

const token = "told-test-token-0123456789abcdef0123456789abcdef";

let dataDir: string;
let gateway: Gateway;
let project: PulumiProject;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-told-"));
  gateway = await startGateway({ dataDir, token, ingest: [], healthGateMs: 500, log: { level: "silent" } });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

const program = (threshold: number, sink: string, tags = "boiler/+/temp") => `
  new ff.Flow("boiler", {
    gateway,
    nodes: {
      temps: ff.tagInput({ tags: ["${tags}"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      mean: ff.agg({ op: "avg", size: 10 }),
      out: ${sink},
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.mean.in), n.mean.out.to(n.out.in)],
  });
`;
const file = 'ff.file({ path: "hot.jsonl" })';

function statusOf(events: readonly EngineEvent[]): string[] {
  return events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.ephemeral && diagnosticEvent.urn?.endsWith("Flow::boiler") ? [diagnosticEvent.message.trim()] : [],
  );
}

test("a row says how far its flow is, step by step and in order, up to the end of the trial", async () => {
  await project.write(program(90, file));
  const first = await project.events(["up", "--yes", "--skip-preview"]);
  expect(first.result).toMatchObject({ code: 0 });
  const size = String.raw`\d+\.\d kB`;
  expect(statusOf(first.events)).toEqual(
    [
      "fusing",
      `fused 4 nodes (in \\d+\\.\\d s|from the cache), ${size}`,
      `uploading ${size}`,
      `uploaded ${size}, swapping`,
      "verified, metered and compiled",
      ".*",
      ".*runs as generation 1",
    ].map((pattern) => expect.stringMatching(new RegExp(`^${pattern}$`))),
  );

  await project.write(program(95, file));
  await project.succeed(["preview"]);
  const { result, events } = await project.events(["up", "--yes", "--skip-preview"]);
  expect(result).toMatchObject({ code: 0 });
  const swapped = String.raw`state loaded for 1 node, swapped in \d+\.\d ms`;
  expect(statusOf(events)).toEqual(
    [
      "fusing",
      `fused 4 nodes from the cache, ${size}`,
      `${size} are on the gateway already, swapping`,
      "verified, metered and compiled",
      `${swapped}, on its way`,
      `${swapped}, runs as generation 2, on trial for 0\\.5 s`,
      `${swapped}, healthy for [\\d.]+ s`,
    ].map((pattern) => expect.stringMatching(new RegExp(`^${pattern}$`))),
  );
});

test("a preview tells what a new flow can reach, and of a change what comes and what goes, on a pull request too", async () => {
  const other = project.flowfusion(["preview", "--markdown"]);
  expect((await other).stdout).toBe("### Flow Fusion\n\nNo flow changes.\n");
  const mqtt = 'ff.mqtt({ broker: "mqtt://operator:pw@10.0.0.9:1883", topic: "alarms/{topic}" })';
  await project.write(program(95, mqtt, "kiln/#"));
  const { text } = await project.succeed(["preview"]);
  const change = [
    "What it can reach changes:",
    "  + reads tags kiln/#",
    "  + sends to mqtt://10.0.0.9:1883",
    "  + writes mqtt topic alarms/{topic}",
    "  - reads tags boiler/+/temp",
    "  - writes file hot.jsonl",
  ];
  for (const line of change) expect(text).toContain(line);
  const { stdout } = await project.flowfusion(["preview", "--markdown"]);
  expect(stdout).toContain(change.join("\n"));

  await project.newStack("new", { endpoint: gateway.url, token });
  const creation = (await project.succeed(["preview"])).text;
  for (const line of ["reads tags kiln/#", "sends to mqtt://10.0.0.9:1883"]) expect(creation).toContain(`  ${line}`);
});
