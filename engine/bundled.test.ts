// The gateway as users have it: bundled, started by the command's launcher. What is loaded only when it is needed must be in
// the bundle, and be what the sources take it for.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { GatewayClient } from "@flowfusion/client";
import { fuse } from "@flowfusion/fusion";
import { parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually, Mosquitto } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { expect, test } from "vitest";
import { NatsServer } from "./sinks/testkit/nats-server.ts";

const launcher = path.join(import.meta.dirname, "../cli/bin/flowfusion.mjs");
const token = "bundled-test-token-0123456789abcdef";

test("fuses what is drawn, sends to MQTT and NATS and its traces to a collector, and describes its API", async () => {
  await using resources = new AsyncDisposableStack();
  const [broker, nats] = [resources.use(await Mosquitto.start()), resources.use(await NatsServer.start())];
  let traces = "";
  const collector = createServer(async (request, response) => {
    for await (const chunk of request) traces += chunk;
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  resources.defer(() => void collector.close());
  const dataDir = await mkdtemp(path.join(tmpdir(), "ff-bundled-"));
  resources.defer(() => rm(dataDir, { recursive: true, force: true }));

  const ports = ["--http", "127.0.0.1:0", "--ingest", "tcp://127.0.0.1:0"];
  const gateway = spawn(
    process.execPath,
    [launcher, "gateway", "--json", "--data", dataDir, "--token", token, ...ports],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      },
    },
  );
  resources.defer(() => void gateway.kill("SIGKILL"));
  const [line] = (await once(createInterface(gateway.stdout), "line")) as [string];
  const { url, ingest } = JSON.parse(line) as { url: string; ingest: [string] };

  const client = new GatewayClient({ endpoint: url, token });
  const catalog = await builtinCatalog();
  const document = {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      mqtt: { type: "mqtt", props: { broker: broker.url, topic: "bundled/{topic}", qos: 1 } },
      nats: { type: "nats", props: { server: nats.url, subject: "bundled.{topic}", jetStream: false } },
    },
    wires: ["in.out -> mqtt.in", "in.out -> nats.in"],
  };
  const { digest } = await fuse(resolveGraph(parseGraph(document), catalog), catalog);
  const wires = Object.fromEntries(document.wires.map((wire) => [wire, {}]));
  const draft = await client.fuse({ nodes: document.nodes, wires });
  expect(draft.artefact).toBe(digest);
  await client.deployFlow(parseFlowName("plant"), { artefact: digest, expected: "absent" });

  const push = dialPush({ address: ingest[0] });
  const updates = [1, 2, 3].map((value) => ({ tag: "n", timestampNs: BigInt(value), quality: 0 as const, value }));
  push.send(encodeTagUpdateBatch({ source: "test", updates }));
  await eventually(async () => {
    const { sinks } = await client.stats(parseFlowName("plant"));
    expect(sinks.map(({ node, sent, lastError }) => [node, sent, lastError])).toEqual([
      ["mqtt", 3, undefined],
      ["nats", 3, undefined],
    ]);
  });
  await push.close();
  const description = await fetch(`${url}/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  expect(await description.json()).toMatchObject({ openapi: "3.1.0", paths: { "/v1/flows/{name}": {} } });

  const exit = once(gateway, "exit");
  gateway.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
  expect(traces).toContain("PUT /v1/flows/:name");
});

test("keeps what was compiled for the next start, though it is ended by force", async () => {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "ff-bundled-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  await endByForce({ XDG_CACHE_HOME: folder });
  const compiled = path.join(folder, "flowfusion", "compiled");
  const files = (await readdir(compiled, { recursive: true })).length;
  expect(files).toBeGreaterThan(5);
});

test("removes what was compiled for others than this version, once nobody has read it for a month", async () => {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "ff-bundled-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const compiled = path.join(folder, "flowfusion", "compiled");
  const old = new Date(Date.now() - 31 * 86_400_000);
  const place = async (name: string, lastUsed?: Date) => {
    const file = path.join(compiled, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, "code");
    if (lastUsed) await utimes(file, lastUsed, lastUsed);
    return file;
  };
  const removed = [await place("v24.0.0-x64-0123abcd-0/1a2b3c4d", old), await place("v22.1.0-x64-00000000-0/ab", old)];
  const kept = [
    await place("v24.0.0-x64-0123abcd-0/5e6f7a8b"),
    await place("notes/1a2b3c4d", old),
    await place("v24.0.0-x64-0123abcd-0/notes.txt", old),
  ];
  await endByForce({ XDG_CACHE_HOME: folder }, async () => {
    for (const file of removed) await expect(access(file)).rejects.toThrow("ENOENT");
    await expect(access(path.dirname(removed[1]!))).rejects.toThrow("ENOENT");
  });
  for (const file of kept) await access(file);
});

test("starts where nothing can be kept", async () => {
  await endByForce({ XDG_CACHE_HOME: "/dev/null" });
  await endByForce({ XDG_CACHE_HOME: "", HOME: "" });
});

/** Waits until the gateway runs, has had a moment, and `done` comes true, then kills it. Rejects when it says anything but that it runs. */
async function endByForce(env: Record<string, string>, done: () => Promise<void> = async () => {}): Promise<void> {
  const args = [launcher, "gateway", "--json", "--http", "127.0.0.1:0", "--ingest", "tcp://127.0.0.1:0"];
  const gateway = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, FLOWFUSION_TOKEN: token, ...env },
  });
  let said = "";
  gateway.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const exit = once(gateway, "exit");
  try {
    const [line] = (await once(createInterface(gateway.stdout), "line")) as [string];
    const client = new GatewayClient({ endpoint: (JSON.parse(line) as { url: string }).url, token });
    expect((await client.gateway()).ingest.tags).toBe(0);
    await eventually(done);
  } finally {
    gateway.kill("SIGKILL");
    await exit;
  }
  expect(said).toBe("");
}
