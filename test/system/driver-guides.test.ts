// The guides to devices, done as they say, against devices of the tests: each block of shell commands is run, in order, and
// what it must print stands behind it. Only the addresses are others.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { encodeSparkplug, sparkplugType } from "@flowfusion/proto/sparkplug";
import { Mosquitto } from "@flowfusion/testkit";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually, GatewayProcess } from "./gateway-process.ts";
import { type Block, blocksOf, follow as followCommands, patternOf } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";

const root = path.join(import.meta.dirname, "../..");

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let folder: string;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = await mkdtemp(path.join(tmpdir(), "ff-guide-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  gateway = cleanup.use(await GatewayProcess.start());
  const command = path.join(folder, "flowfusion");
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, "cli/dist/main.mjs")}" "$@"\n`);
  await chmod(command, 0o755);
});
afterEach(() => cleanup.disposeAsync());

/** `after` runs behind the block of that number, counted from 0. */
async function follow(
  blocks: readonly Block[],
  after: Readonly<Record<number, () => Promise<void>>> = {},
): Promise<void> {
  const commands = blocks.filter(({ kind }) => kind === "sh");
  for (const [index, command] of commands.entries()) {
    const printed = await shell(command.text);
    const next = blocks[blocks.indexOf(command) + 1];
    if (next?.kind === "text") expect(printed).toMatch(patternOf(next.text));
    await after[index]?.();
  }
  expect(commands.length).toBeGreaterThan(3);
}

let variables: Record<string, string> = {};

/** Runs a block in the shell of the blocks before it: what it sets stays set. */
async function shell(script: string): Promise<string> {
  const places = { FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: gateway.token, DATA: gateway.dataDir };
  const env = { ...process.env, ...variables, ...places, PATH: `${folder}:${process.env.PATH}` };
  const keep = `printf '\\n@@ '; set | sed -n 's/^server=//p'`;
  const child = spawn("sh", ["-euc", `${script}\n${keep}`], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, stderr }, script).toEqual({ code: 0, stderr: "" });
  const [printed = "", server = ""] = stdout.split("\n@@ ");
  const value = server.trim().replaceAll("'", "");
  if (value !== "") variables = { server: value };
  return printed;
}

test("the guide to a Modbus device does what it says", async () => {
  const device = cleanup.use(await PythonPeer.start(path.join(root, "drivers/modbus/testkit/server.py")));
  const addresses = [
    ["192.168.10.20", "127.0.0.1"],
    ["502,", `${device.port},`],
  ] as const;
  await follow(await blocksOf("docs/guides/modbus.md", addresses));
});

test("the guide to recordings does what it says", async () => follow(await blocksOf("docs/guides/replay.md")));

test("the guide to an OPC UA server does what it says", async () => {
  const place = await mkdtemp(path.join(tmpdir(), "ff-guide-server-"));
  cleanup.defer(() => rm(place, { recursive: true }));
  const server = cleanup.use(
    await PythonPeer.start(path.join(root, "drivers/opcua/testkit/server.py"), place, "secure"),
  );
  const blocks = await blocksOf("docs/guides/opcua.md", [
    ["opc.tcp://192.168.10.30:4840", `opc.tcp://127.0.0.1:${server.port}/test`],
  ]);
  // What the guide leaves to the reader: the server is given the driver's certificate.
  const trust = () =>
    cp(path.join(gateway.dataDir, "drivers/line-1/pki/certificate.pem"), path.join(place, "trusted.pem"));
  await follow(blocks, { 3: trust });
});

describe("the guide to an MQTT broker", () => {
  const guide = "docs/guides/mqtt.md";
  const user = { name: "flowfusion", password: "s3cret-word" };
  let broker: Mosquitto;
  let ca: string;
  let plant: MqttClient;
  beforeEach(async () => {
    broker = cleanup.use(await Mosquitto.start({ user, tls: true }));
    ca = await broker.certificate();
    const login = { username: user.name, password: user.password };
    plant = await mqtt.connectAsync(broker.tlsUrl, { ca, servername: "broker.test", ...login });
    cleanup.defer(() => plant.endAsync(true));
    await startPress();
  });

  /** An edge node that says all the time how fast it is, and is born anew when it is asked to be. */
  async function startPress(): Promise<void> {
    let seq = 0;
    const say = (type: "NBIRTH" | "NDATA") => {
      const metrics = [{ name: "speed", datatype: sparkplugType.int32, value: 1450n }];
      const payload = encodeSparkplug({ timestampMs: Date.now(), seq, metrics });
      plant.publish(`spBv1.0/presses/${type}/press-1`, Buffer.from(payload));
      seq = (seq + 1) % 256;
    };
    plant.on("message", () => {
      seq = 0;
      say("NBIRTH");
    });
    await plant.subscribeAsync("spBv1.0/presses/NCMD/press-1");
    say("NBIRTH");
    const speaking = setInterval(() => say("NDATA"), 100);
    cleanup.defer(() => clearInterval(speaking));
  }

  test("has a sibling for what comes out, whose connection is declared as it says", async () => {
    await writeFile(path.join(folder, "ca.pem"), ca);
    await writeFile(path.join(folder, "password"), "s3cret-word\n");
    await followCommands(await blocksOf("docs/guides/sinks.md"), shell);
    expect(await gateway.client.getConnection("historian")).toMatchObject({ tls: { ca }, secrets: ["password"] });
  });

  const here = () => `"${broker.tlsUrl}", "serverName": "broker.test"`;
  const driver = () => gateway.client.getDriver("broker-1");

  test("does what it says, by hand", async () => {
    await writeFile(path.join(folder, "ca.pem"), ca);
    const blocks = await blocksOf(guide, [
      ['"url": "mqtts://broker.plant.example:8883"', `"url": ${here()}`],
      ["-h broker.plant.example -p 8883", `-h 127.0.0.1 -p ${broker.port} --insecure`],
    ]);
    const recorded = (pattern: RegExp) =>
      eventually(async () => {
        const recording = await gateway.client.recording({ updates: 10_000, tags: [] });
        expect(Buffer.from(recording).toString("latin1")).toMatch(pattern);
      });
    const silent = () => eventually(async () => expect((await driver())?.bad).toBeGreaterThan(0));
    await follow(blocks, { 2: () => recorded(/boiler-1.temp.*press-1.speed/s), 3: silent });
  });

  test("has a program that does the same", { timeout: 600_000 }, async () => {
    const project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
    cleanup.defer(() => project.remove());
    await project.succeed(["config", "set", "--secret", "brokerPassword", user.password]);
    const blocks = await blocksOf(guide, [
      ['url: "mqtts://broker.plant.example:8883"', `url: ${here().replace('"serverName"', "serverName")}`],
    ]);
    await writeFile(path.join(project.folder, "program/ca.pem"), ca);
    await project.writeWhole(blocks.find(({ kind }) => kind === "ts")!.text);
    const up = await project.up();
    expect(up.code, up.text).toBe(0);
    expect(up.text).not.toContain(user.password);
    await eventually(async () => expect((await driver())?.device).toBe("connected"));
    await plant.publishAsync("plant/boiler-2", JSON.stringify({ temp: 65, at: "2026-01-31T12:00:00Z" }));
    const written = (file: string) =>
      eventually(async () => {
        const [line = ""] = (await readFile(path.join(gateway.dataDir, "output", file), "utf8")).split("\n");
        return JSON.parse(line) as unknown;
      });
    expect(await written("readings.jsonl")).toMatchObject({ topic: "boiler-2/temp", quality: "good", value: 65 });
    expect(await written("gaps.jsonl")).toMatchObject({ topic: "boiler-2/temp", quality: "bad", value: null });
  });
});
