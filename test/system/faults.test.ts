// Looking for a fault with the command line alone: a flow followed live, and its dead letters.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fuseDocument, passing, Receiver } from "./flows.ts";
import { eventually, flowfusion, GatewayProcess, simulator, startSimulator } from "./gateway-process.ts";

const cli = path.join(import.meta.dirname, "../../cli/dist/main.mjs");
const plant = parseFlowName("plant");
let gateway: GatewayProcess;
let receiver: Receiver;

beforeEach(async () => {
  [gateway, receiver] = await Promise.all([GatewayProcess.start(), Receiver.start()]);
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const reached = () => ["--gateway", gateway.url, "--token", gateway.token];

test("a flow that runs is followed node by node, and goes on fused, with nothing lost", async () => {
  const { wasm } = await fuseDocument(passing(receiver.address, ["copy", "fan_out", "out1"]));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(plant, { artefact: digest, expected: "absent" });
  const driver = startSimulator("--push", gateway.ingest, "--rate", "200");
  const { code, stdout, stderr } = await flowfusion(
    "trace",
    "plant",
    "--follow",
    "--limit",
    "3",
    "--json",
    ...reached(),
  );
  driver.stop();
  const { sent } = await driver.summary;
  expect([code, stderr]).toEqual([0, "Waiting for readings of plant; Ctrl-C ends.\n"]);
  const steps = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { node: string; input: string; fuel: number; reading: number });
  expect(steps.map(({ node, input }) => `${node}.${input}`)).toEqual(
    [1, 2, 3].flatMap(() => ["in.source", "copy.in", "out.in"]),
  );
  expect(new Set(steps.map(({ reading }) => reading)).size).toBe(3);
  expect(steps.every(({ fuel }) => fuel > 0)).toBe(true);
  expect((await gateway.client.development(plant)).mode).toBe("fused");
  await eventually(() => expect(receiver.updates).toHaveLength(sent));
  expect(receiver.faults()).toEqual({ doubled: 0, outOfOrder: 0 });
});

test.each([
  ["whose reader has seen enough", (trace: ChildProcess) => trace.stdout!.destroy()],
  ["whose terminal goes away", (trace: ChildProcess) => trace.kill("SIGHUP")],
  ["at Ctrl-C", (trace: ChildProcess) => trace.kill("SIGINT")],
  ["that is told to end", (trace: ChildProcess) => trace.kill("SIGTERM")],
])("a trace %s leaves the flow fused, as it was", async (_, end) => {
  const { wasm } = await fuseDocument(passing(receiver.address, ["copy", "fan_out", "out1"]));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(plant, { artefact: digest, expected: "absent" });
  const driver = startSimulator("--push", gateway.ingest, "--rate", "200");
  const trace = spawn(process.execPath, [cli, "trace", "plant", "--follow", ...reached()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(trace.stdout!, "data");
  expect((await gateway.client.development(plant)).mode).toBe("development");
  end(trace);
  expect(await once(trace, "exit")).toEqual([0, null]);
  expect((await gateway.client.development(plant)).mode).toBe("fused");
  driver.stop();
  await driver.summary;
});

test.each([
  ["fused", async () => undefined],
  ["in development mode", async () => gateway.client.startDevelopment(plant, { forMs: 60_000 })],
])("a trace of a flow that was %s before says that the flow was deleted", async (_, begin) => {
  const { wasm } = await fuseDocument(passing(receiver.address, ["copy", "fan_out", "out1"]));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  const { generation } = await gateway.client.deployFlow(plant, { artefact: digest, expected: "absent" });
  await begin();
  const trace = spawn(process.execPath, [cli, "trace", "plant", "--follow", ...reached()], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let told = "";
  trace.stderr!.on("data", (data) => {
    told += String(data);
  });
  const ended = once(trace, "exit");
  await eventually(() => expect(told).toMatch(/^Waiting for readings/));
  await gateway.client.deleteFlow(plant, { expected: generation });
  expect(await ended).toEqual([1, null]);
  expect(told).toMatch(/FF_API_NOT_(FOUND|RUNNING)/);
});

test("dead letters are listed, replayed and thrown away", async () => {
  // So little fuel that nothing comes through; and then enough.
  const starved = { limits: { fuelPerMessage: 1, fuelBurst: 50 } };
  const { wasm } = await fuseDocument(passing(receiver.address, ["copy", "fan_out", "out1"]));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(plant, { artefact: digest, expected: "absent", options: starved });
  await simulator("--push", gateway.ingest, "--rate", "1000", "--count", "3");
  await eventually(async () => expect((await gateway.client.stats(plant)).deadLetters).toBe(3));
  const listed = await flowfusion("dead-letters", "list", "plant", ...reached());
  const rows = listed.stdout.trimEnd().split("\n");
  expect(rows[0]).toMatch(/^id +at +node +cause +message$/);
  expect(rows.slice(1).map((row) => row.trim().split(/ +/)[0])).toEqual(["1", "2", "3"]);
  expect(rows[1]).toMatch(/ ran out of fuel +\{"topic":/);

  const again = await flowfusion("dead-letters", "replay", "plant", "--id", "2", ...reached());
  expect([again.code, again.stdout]).toEqual([1, "1 replayed, 1 of them dead again\n"]);
  await gateway.client.deployFlow(plant, { artefact: digest, expected: 1, options: { healthGateMs: 0 } });
  const mended = await flowfusion("dead-letters", "replay", "plant", "--id", "1", "--id", "3", ...reached());
  expect([mended.code, mended.stdout]).toEqual([0, "2 replayed, 0 of them dead again\n"]);
  await eventually(() => expect(receiver.updates).toHaveLength(2));
  const absent = await flowfusion("dead-letters", "discard", "plant", "--id", "999", ...reached());
  expect(absent).toMatchObject({ code: 1, stdout: "0 discarded, 1 not kept\n" });
  const gone = await flowfusion("dead-letters", "discard", "plant", "--all", ...reached());
  expect(gone.stdout).toBe("1 discarded\n");
  const none = await flowfusion("dead-letters", "list", "plant", ...reached());
  expect(none.stdout).toBe("No dead letters.\n");
});
