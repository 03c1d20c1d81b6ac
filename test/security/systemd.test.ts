// The systemd unit, installed as the guide says on a machine that systemd runs, with drivers, sinks and TLS: what it takes from the
// gateway is nothing that this needs. A part of the long tests, where there is podman.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, freePort, Mosquitto, selfSigned } from "@flowfusion/testkit";
import { packPackages } from "@flowfusion/tools";
import { expect, test } from "vitest";
import { blocksOf } from "../system/guide.ts";
import { SystemdMachine } from "./systemd-machine.ts";

const root = path.join(import.meta.dirname, "../..");
const service = "flowfusion-gateway";
const flow = parseFlowName("all");
const token = "systemd-token-0123456789";
const driverNames = ["bus", "cell", "plant", "plc"];

const device = (kind: string, ...args: string[]) =>
  PythonPeer.start(path.join(root, `drivers/${kind}/testkit/server.py`), ...args);

test("the unit, installed by the guide, serves drivers and sinks, comes back after a kill, and stops in order", {
  timeout: 1_200_000,
}, async (context) => {
  if (!process.env.FLOWFUSION_TEST_LONG)
    context.skip("a machine with systemd takes a minute; npm run test:long makes one");
  const { devDependencies } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const base = `docker.io/library/node:${devDependencies.node}-bookworm-slim`;
  const missing = SystemdMachine.missing(base);
  if (missing !== undefined) context.skip(missing);

  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "ff-unit-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const broker = cleanup.use(await Mosquitto.start());
  const [plc, cell] = [cleanup.use(await device("modbus")), cleanup.use(await device("opcua", folder))];
  const machine = cleanup.use(await SystemdMachine.start(base));

  // What somebody has who follows the guide: a clone with its packages, a token and a certificate.
  const tarball = (await packPackages({ folder })).find(({ name }) => name === "flowfusion")!.tarball;
  machine.copy(tarball, `.flowfusion/packages/${path.basename(tarball)}`);
  const port = await freePort();
  const settings = await readFile(path.join(root, "deploy/systemd/gateway.json"), "utf8");
  expect(settings).toContain('"port": 7480');
  const own = settings.replace("7480", String(port)).replace("7481", String(await freePort()));
  await writeFile(path.join(folder, "gateway.json"), own);
  await writeFile(path.join(folder, "token"), `${token}\n`);
  machine.copy(path.join(root, "deploy/systemd"), "deploy/systemd");
  machine.copy(path.join(folder, "gateway.json"), "deploy/systemd/gateway.json");
  const renew = async () => {
    const { cert: ca } = await selfSigned(folder, "tls");
    for (const name of ["token", "tls.key", "tls.pem"]) machine.copy(path.join(folder, name), name);
    return new GatewayClient({ endpoint: `https://127.0.0.1:${port}`, token, tls: { ca } });
  };
  const client = await renew();

  const blocks = await blocksOf("docs/guides/securing-a-gateway.md");
  machine.run(blocks.find(({ kind, text }) => kind === "sh" && text.includes("systemctl enable"))!.text);
  const show = (property: string) => machine.run(`systemctl show --property ${property} --value ${service}`);
  await eventually(() => client.gateway());

  await client.putConnection("broker", { kind: "mqtt", url: broker.url, expected: "absent" });
  const { artefact } = await client.fuse({
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      file: { type: "file", props: { path: "all.jsonl", fsync: "second" } },
      mqtt: { type: "mqtt", props: { connection: "broker", topic: "out/{topic}", durability: "synced" } },
    },
    wires: { "in.out -> file.in": {}, "in.out -> mqtt.in": {} },
  });
  await client.deployFlow(flow, { artefact, expected: "absent" });
  const plcTags = [{ tag: "plc/temp", address: 14, type: "float32" }];
  const cellTags = [{ tag: "cell/temp", nodeId: "nsu=urn:flowfusion:test;s=Temp" }];
  const drivers: Record<string, object> = {
    plant: { kind: "simulator", config: { updatesPerSecond: 20, tags: 2 } },
    plc: {
      kind: "modbus",
      config: { host: "127.0.0.1", port: plc.port, groups: [{ pollIntervalMs: 100, tags: plcTags }] },
    },
    cell: {
      kind: "opcua",
      config: { endpointUrl: `opc.tcp://127.0.0.1:${cell.port}/test`, securityMode: "none", tags: cellTags },
    },
    bus: {
      kind: "mqtt",
      config: {
        url: broker.url,
        subscriptions: [{ format: "json", topic: "out/plc/#", value: "value", tag: "bus/temp" }],
      },
    },
  };
  for (const name of driverNames) await client.putDriver(name, drivers[name] as never, { expected: "absent" });

  let temperature = 20;
  /** Every driver's values come out of both sinks anew; the MQTT driver's have been through the broker twice. */
  const expectAllFlows = async (gateway: GatewayClient) => {
    await eventually(async () => {
      const { items } = await gateway.listDrivers();
      expect(items.map(({ name, state, device }) => [name, state, device])).toEqual(
        driverNames.map((name) => [name, "running", "connected"]),
      );
    });
    const output = "/var/lib/flowfusion/output/all.jsonl";
    const writtenBefore = Number(machine.run(`cat ${output} | wc --lines || true`));
    // OPC UA tells of a value when it changes.
    await cell.command({ node: "Temp", value: ++temperature });
    await eventually(() => {
      const lines = machine.run(`tail --lines +${writtenBefore + 1} ${output}`).split("\n");
      const good = lines.map((line) => JSON.parse(line)).filter(({ quality }) => quality === "good");
      const topics = new Set(good.map(({ topic }) => topic.split("/")[0]));
      expect([...topics]).toEqual(expect.arrayContaining(["bus", "cell", "plc"]));
    });
    const { sinks } = await gateway.stats(flow);
    expect(sinks.map(({ dropped }) => dropped)).toEqual([{}, {}]);
  };
  await expectAllFlows(client);

  const status = machine.run(
    `grep --extended-regexp "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/${show("MainPID")}/status`,
  );
  expect(status.split("\n").map((line) => line.split("\t"))).toEqual([
    ["Uid:", ...Array(4).fill(expect.stringMatching(/^6\d{4}$/))],
    ...[
      ["CapEff:", "0000000000000000"],
      ["CapBnd:", "0000000000000000"],
      ["NoNewPrivs:", "1"],
      ["Seccomp:", "2"],
    ],
  ]);

  machine.run(`systemctl kill --kill-who=main --signal=KILL ${service}`);
  await eventually(() => expect(show("NRestarts")).toBe("1"));
  await eventually(() => client.gateway());
  await expectAllFlows(client);

  // A renewed certificate, as the guide says.
  const renewed = await renew();
  machine.run("install -m 0600 tls.key tls.pem --target-directory /etc/flowfusion");
  machine.run(`systemctl restart ${service}`);
  await eventually(() => renewed.gateway());
  await expectAllFlows(renewed);

  machine.run(`systemctl stop ${service}`);
  expect([show("Result"), show("ExecMainStatus"), show("ActiveState")]).toEqual(["success", "0", "inactive"]);
  const log = machine.run(`journalctl --unit ${service} --output cat --no-pager`);
  expect(log).toContain("Stopping: flushing sinks.");
  machine.run(`systemctl start ${service}`);
  await eventually(() => renewed.gateway());
  await expectAllFlows(renewed);
});
