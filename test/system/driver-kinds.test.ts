// A driver of each kind, declared by one program with the real CLI, against devices of other authors: all connect, and their
// tags go through one flow.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { eventually, Mosquitto } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

test("a program declares drivers of every kind, and the next preview has nothing to change", {
  timeout: 400_000,
}, async () => {
  const gateway = cleanup.use(await GatewayProcess.start());
  const keys = await mkdtemp(path.join(tmpdir(), "flowfusion-opcua-"));
  cleanup.defer(() => rm(keys, { recursive: true }));
  const modbus = cleanup.use(await PythonPeer.start(path.join(root, "drivers/modbus/testkit/server.py")));
  const opcua = cleanup.use(await PythonPeer.start(path.join(root, "drivers/opcua/testkit/server.py"), keys));
  const broker = cleanup.use(await Mosquitto.start());
  const reading = { topic: "replay/1", timestamp: "2026-01-31T12:00:00.000000000Z", quality: "good", value: 5 };
  await mkdir(path.join(gateway.dataDir, "recordings"), { recursive: true });
  await writeFile(path.join(gateway.dataDir, "recordings/day.jsonl"), `${JSON.stringify(reading)}\n`);

  const project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
  cleanup.defer(() => project.remove());
  const tags = { modbus: "modbus/1", opcua: "opcua/1", replay: "replay/1", simulator: "boiler/1/temp" };
  await project.write(`
    const flow = new ff.Flow("all", {
      gateway,
      nodes: { all: ff.tagInput({ tags: ["#"] }), log: ff.file({ path: "all.jsonl" }) },
      wires: (n) => [n.all.out.to(n.log.in)],
    });
    const after = { dependsOn: flow };
    new ff.Driver("plant", { gateway, kind: "simulator", config: { tags: 7, updatesPerSecond: 100 } }, after);
    new ff.Driver("line", { gateway, kind: "modbus", config: {
      host: "127.0.0.1", port: ${modbus.port},
      groups: [{ pollIntervalMs: 100, tags: [{ tag: "${tags.modbus}", address: 14, type: "float32" }] }],
    } }, after);
    new ff.Driver("press", { gateway, kind: "opcua", config: {
      endpointUrl: "opc.tcp://127.0.0.1:${opcua.port}/test", securityMode: "none",
      tags: [{ tag: "${tags.opcua}", nodeId: "nsu=urn:flowfusion:test;s=Temp" }],
    } }, after);
    new ff.Driver("cell", { gateway, kind: "mqtt", config: {
      url: "${broker.url}", subscriptions: [{ format: "json", topic: "cell/#" }],
    } }, after);
    new ff.Driver("day", { gateway, kind: "replay", config: { path: "day.jsonl", speed: 0 } }, after);
  `);
  const up = await project.up();
  expect(up.code, up.text).toBe(0);
  expect(await project.preview()).toEqual([]);
  const { items } = await gateway.client.listDrivers();
  expect(items.map(({ kind }) => kind).sort()).toEqual(["modbus", "mqtt", "opcua", "replay", "simulator"]);
  await eventually(async () => {
    expect(await gateway.client.getDriver("cell")).toMatchObject({ state: "running", device: "connected" });
    const log = await readFile(path.join(gateway.dataDir, "output/all.jsonl"), "utf8").catch(() => "");
    for (const tag of Object.values(tags)) expect(log).toContain(`"topic":"${tag}"`);
  });
  expect(await project.destroy()).toMatchObject({ code: 0 });
  expect((await gateway.client.listDrivers()).items).toEqual([]);
});
