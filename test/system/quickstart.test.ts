// The quickstart as a newcomer runs it, at a small scale: deploy, feed with the simulator, change the threshold while
// updates flow, and count at the audit sink that nothing was lost, doubled or reordered.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Simulator } from "@flowfusion/driver-simulator";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { listenPull, type PullSocket } from "@flowfusion/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PulumiProject } from "./pulumi-project.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const token = "quickstart-test-token-0123456789abcdef0123456789";

let dataDir: string;
let gateway: Gateway;
let audit: PullSocket;
let project: PulumiProject;
let received: bigint[];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-quickstart-"));
  gateway = await startGateway({
    dataDir,
    token,
    ingest: ["tcp://127.0.0.1:0"],
    healthGateMs: 0,
    log: { level: "silent" },
  });
  received = [];
  audit = await listenPull({
    address: "tcp://127.0.0.1:0",
    onFrame: (frame) => {
      for (const { timestampNs } of decodeTagUpdateBatch(frame).updates) received.push(timestampNs);
    },
  });
  project = await PulumiProject.create({ endpoint: gateway.url, token, audit: audit.address });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([audit.close(), project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

test("a threshold changed under load swaps the flow without losing, doubling or reordering an update", async () => {
  await project.writeWhole(await readFile(path.join(root, "examples/quickstart/index.ts"), "utf8"));
  expect(await project.up()).toMatchObject({ code: 0 });

  const simulator = new Simulator({
    push: gateway.addresses[0]!,
    rate: 5_000,
    tags: 350,
    batch: 100,
    seed: 7,
    source: "test",
  });
  await expect.poll(() => received.length).toBeGreaterThan(5_000);
  await project.succeed(["config", "set", "threshold", "85"]);
  const up = await project.up();
  expect(up).toMatchObject({ code: 0, text: expect.stringContaining("swapped in") });
  const whenSwapped = received.length;
  await expect.poll(() => received.length).toBeGreaterThan(whenSwapped + 5_000);

  simulator.stop(60_000);
  const { sent, ...rest } = await simulator.finished;
  expect(rest).toMatchObject({ dropped: 0, batchesInDoubt: 0 });
  await expect.poll(() => received.length).toBe(sent);
  expect(new Set(received).size).toBe(sent);
  expect(received.every((timestampNs, index) => index === 0 || timestampNs > received[index - 1]!)).toBe(true);

  const [flow] = await project.resources();
  expect(flow!.outputs).toMatchObject({ generation: 2, state: { kept: ["average", "load"], reset: [] } });
  for (const file of ["warnings.jsonl", "trends.jsonl", "loads.jsonl"]) {
    await expect.poll(() => readFile(path.join(dataDir, "output", file), "utf8").catch(() => "")).not.toBe("");
  }
  expect(await project.destroy()).toMatchObject({ code: 0 });
});

test.each(["examples/quickstart", "."])("the project file in %s is one that the CLI accepts", async (folder) => {
  expect(await project.run(["stack", "ls", "--cwd", path.join(root, folder)])).toMatchObject({ code: 0 });
});
