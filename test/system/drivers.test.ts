// Drivers under a whole gateway: from a device to a sink, and what a driver's death, the gateway's, and a device's do to
// the others.

import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fuseDocument, passing, Receiver } from "./flows.ts";
import { eventually, GatewayProcess } from "./gateway-process.ts";

const device = path.join(import.meta.dirname, "../../drivers/modbus/testkit/server.py");

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let receiver: Receiver;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await GatewayProcess.start());
  receiver = cleanup.use(await Receiver.start());
  const { wasm } = await fuseDocument(passing(receiver.address));
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(parseFlowName("all"), { artefact: digest, expected: "absent" });
});
afterEach(() => cleanup.disposeAsync());

const startPlant = () =>
  gateway.client.putDriver(
    "plant",
    { kind: "simulator", config: { updatesPerSecond: 2_000, tags: 14 } },
    { expected: "absent" },
  );

function startModbus(name: string, port: number, silenceMs = 500) {
  const tags = [{ tag: `${name}/temp`, address: 14, type: "float32" }];
  const config = { host: "127.0.0.1", port, silenceMs, groups: [{ pollIntervalMs: 50, tags }] };
  return gateway.client.putDriver(name, { kind: "modbus", config }, { expected: "absent" });
}

const running = (name: string) =>
  eventually(async () => {
    const status = await gateway.client.getDriver(name);
    expect(status).toMatchObject({ state: "running", device: "connected" });
    return status!;
  });
const last = (tag: string) => receiver.updates.findLast((update) => update.tag === tag);
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** The plant's counter of parts, which grows by one with each update: what was lost or doubled shows in it. */
const expectWholePlant = () => {
  const parts = receiver.updates.filter(({ tag }) => tag === "line/1/parts").map(({ value }) => value);
  expect(parts).toEqual(parts.map((_, index) => BigInt(index + 1)));
};

test("a driver that is killed is back, its tags with it, and no other driver notices", async () => {
  const plc = cleanup.use(await PythonPeer.start(device));
  await startPlant();
  await startModbus("plc", plc.port);
  await eventually(() => expect(last("plc/temp")).toMatchObject({ quality: 0, value: 21.5 }));
  const [before, plant] = [await running("plc"), await running("plant")];
  const seen = receiver.updates.length;
  process.kill(before.pid!, "SIGKILL");
  await eventually(async () => {
    const status = await gateway.client.getDriver("plc");
    expect(status).toMatchObject({ state: "running", restarts: 1 });
    expect(status!.pid).not.toBe(before.pid);
  });
  await eventually(() =>
    expect(receiver.updates.slice(seen).findLast(({ tag }) => tag === "plc/temp")?.value).toBe(21.5),
  );
  expect(await gateway.client.getDriver("plant")).toMatchObject({ pid: plant.pid, restarts: 0, dropped: 0 });
  expectWholePlant();
  const log = await gateway.client.driverLogs("plc");
  expect(log.lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^was ended by SIGKILL; started again/),
  );
});

test("a device that falls silent turns its own tags bad at the sink, and no others", async () => {
  const [first, second] = [cleanup.use(await PythonPeer.start(device)), cleanup.use(await PythonPeer.start(device))];
  await startModbus("first", first.port);
  await startModbus("second", second.port, 60_000);
  await eventually(() =>
    expect([last("first/temp"), last("second/temp")]).toMatchObject([{ quality: 0 }, { quality: 0 }]),
  );
  await first.freeze();
  await eventually(() => expect(last("first/temp")).toMatchObject({ quality: 2, value: null }));
  expect(receiver.updates.filter(({ tag, quality }) => tag === "second/temp" && quality !== 0)).toEqual([]);
  const metrics = await (await gateway.request("GET", "/metrics")).text();
  expect(metrics).toContain('flowfusion_driver_device_connected{driver="second"} 1');
  first.thaw();
  await eventually(() => expect(last("first/temp")).toMatchObject({ quality: 0, value: 21.5 }));
});

test("a gateway that is killed leaves no driver behind, and has them again when it is back", async () => {
  await startPlant();
  await startModbus("plc", 1);
  const { pid } = await running("plant");
  const away = await eventually(async () => {
    const status = await gateway.client.getDriver("plc");
    expect(status).toMatchObject({ state: "running", device: "silent" });
    return status!;
  });
  await gateway.end("SIGKILL");
  await eventually(() => expect([isAlive(pid!), isAlive(away.pid!)]).toEqual([false, false]));
  await gateway.start();
  expect(await running("plant")).toMatchObject({ generation: 1, kind: "simulator" });
  const { pid: next } = (await gateway.client.getDriver("plant"))!;
  expect(await gateway.end("SIGTERM")).toBe(0);
  expect(isAlive(next!)).toBe(false);
});

test("what a driver had left when the gateway was killed is counted by the next one, and told", async () => {
  // Ten times what fits into the sockets between them, so that it waits in the driver.
  const config = { updatesPerSecond: 100_000, tags: 140 };
  await gateway.client.putDriver("plant", { kind: "simulator", config }, { expected: "absent" });
  const { pid } = await running("plant");
  await gateway.freeze();
  await setTimeout(5_000);
  await gateway.end("SIGKILL");
  await eventually(() => expect(isAlive(pid!)).toBe(false));
  await gateway.start();
  const { unsent, inDoubt } = await eventually(async () => {
    const status = await running("plant");
    expect(status.unsent).toBeGreaterThan(0);
    return status;
  });
  const metrics = await (await gateway.request("GET", "/metrics")).text();
  expect(metrics).toContain(`flowfusion_driver_lost_updates_total{driver="plant",cause="unsent"} ${unsent}\n`);
  expect(metrics).toContain(`flowfusion_driver_lost_updates_total{driver="plant",cause="in_doubt"} ${inDoubt}\n`);
  const { lines } = await gateway.client.driverLogs("plant");
  expect(lines.map(({ message }) => message).join("\n")).toContain(`did not take ${unsent} updates that waited`);
  // They were lost once, so they are told once.
  await gateway.end("SIGTERM");
  await gateway.start();
  await running("plant");
  expect(await gateway.client.getDriver("plant")).toMatchObject({ unsent: 0, inDoubt: 0 });
});
