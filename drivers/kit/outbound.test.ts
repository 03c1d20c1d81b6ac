// What a driver's process connects to, against real sockets and a resolver that changes its answer.

import dns from "node:dns";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { driverKinds } from "@flowfusion/driver-catalog";
import { eventually } from "@flowfusion/testkit";
import { dialPush, listenPull } from "@flowfusion/transport";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { guardOutbound } from "./outbound.ts";
import { startDriver, startReceiver } from "./testkit/index.ts";

/** Addresses of this machine: one that the rules name, and one that they do not. */
const [allowed, forbidden] = ["127.0.0.1", "127.0.0.2"] as const;
const rules = [`${allowed}/32`, "plc.test"];
let takeOff = () => {};
let servers: Record<string, { server: Server; port: number; bytes: number }>;

beforeEach(async () => {
  const port = await listen(allowed, 0);
  await listen(forbidden, port);
});

afterEach(async () => {
  takeOff();
  takeOff = () => {};
  vi.restoreAllMocks();
  for (const { server } of Object.values(servers)) server.close();
  servers = {};
});

/** Both on one port, so that nothing but the address tells them apart. */
async function listen(address: string, port: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on("data", (chunk) => {
      counted.bytes += chunk.length;
    });
    socket.on("error", () => {});
  }).listen(port, address);
  await once(server, "listening");
  const counted = { server, port: (server.address() as { port: number }).port, bytes: 0 };
  servers = { ...servers, [address]: counted };
  return counted.port;
}

const port = () => servers[allowed]!.port;

/** A resolver that answers with one address after the other. */
function resolveTo(...answers: readonly string[]): void {
  let asked = 0;
  vi.spyOn(dns, "lookup").mockImplementation(((_host: string, options: dns.LookupOptions, callback: Callback) => {
    const address = answers[Math.min(asked++, answers.length - 1)]!;
    if (options.all) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  }) as unknown as typeof dns.lookup);
}
type Callback = (error: null, address: string | dns.LookupAddress[], family?: number) => void;

/** What comes of it: the address that it is connected to, or why it is not. */
async function outcome(socket: Socket, event = "connect"): Promise<string | undefined> {
  socket.on("connect", () => socket.write("to the device"));
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.once(event, () => resolve(socket.remoteAddress));
  socket.once("error", (error) => resolve(error.message));
  return promise.finally(() => socket.destroy());
}

describe("a name whose answer changes", () => {
  test("is connected to while it leads where the rules allow, and no longer", async () => {
    takeOff = guardOutbound(rules, "ipc:///run/gateway");
    resolveTo(allowed, forbidden, allowed);
    const outcomes = [];
    for (let time = 0; time < 3; time++) outcomes.push(await outcome(connect({ host: "plc.test", port: port() })));
    expect(outcomes).toEqual([
      allowed,
      expect.stringMatching(/^plc\.test \(127\.0\.0\.2\) port \d+: the address is loopback, which a rule must name/),
      allowed,
    ]);
    expect(servers[forbidden]!.bytes).toBe(0);
  });

  test("leads nowhere else under TLS either, nor by a library that connects by itself", async () => {
    takeOff = guardOutbound(rules, "ipc:///run/gateway");
    resolveTo(forbidden);
    expect(await outcome(connectTls({ host: "plc.test", port: port() }), "secureConnect")).toMatch(/a rule must name/);
    const failed = await fetch(`http://plc.test:${port()}`).catch((error: Error) => error);
    expect((failed as Error).cause).toMatchObject({ message: expect.stringMatching(/a rule must name/) });
    expect(servers[forbidden]!.bytes).toBe(0);
  });
});

test("an address that a device says to go on at is checked as well", async () => {
  takeOff = guardOutbound(rules, "ipc:///run/gateway");
  expect(await outcome(connect({ host: forbidden, port: port() }))).toMatch(
    /^127\.0\.0\.2 port \d+: the address is loop/,
  );
  expect(await outcome(connect({ host: allowed, port: port() }))).toBe(allowed);
});

test("the gateway is reached whatever the rules say, over TCP and over a path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ff-outbound-"));
  for (const address of ["tcp://127.0.0.1:0", `ipc://${join(folder, "gateway.ipc")}`]) {
    const frames: string[] = [];
    const pull = await listenPull({ address, onFrame: (frame) => frames.push(Buffer.from(frame).toString()) });
    takeOff = guardOutbound(["10.0.0.0/8"], pull.address);
    const push = dialPush({ address: pull.address });
    await eventually(() => expect(push.send(Buffer.from("hello"))).toBe(true));
    await eventually(() => expect(frames).toContain("hello"));
    await push.close();
    await pull.close();
    takeOff();
  }
  rmSync(folder, { recursive: true });
});

test("once it is off, everything is as it was", async () => {
  guardOutbound([], "ipc:///run/gateway")();
  expect(await outcome(connect({ host: forbidden, port: port() }))).toBe(forbidden);
});

test.each(["modbus", "mqtt", "opcua"])(
  "a %s driver holds itself to the rules that it is started with",
  async (name) => {
    const kind = driverKinds.get(name)!;
    await using receiver = await startReceiver();
    const endpoints: Record<string, object> = {
      modbus: { host: forbidden, port: port() },
      mqtt: { url: `mqtt://${forbidden}:${port()}` },
      opcua: { endpointUrl: `opc.tcp://${forbidden}:${port()}` },
    };
    const config = { ...(kind.example as object), ...endpoints[name] };
    await using driver = startDriver({ kind, push: receiver.address, config, outbound: ["10.0.0.0/8"] });
    const refusal = /127\.0\.0\.2 port \d+: .*allowed here: 10\.0\.0\.0\/8/;
    await eventually(() => expect(driver.status()?.lastError).toBeDefined());
    await eventually(() =>
      expect(driver.logs.map(({ message }) => message)).toContainEqual(expect.stringMatching(refusal)),
    );
    expect(driver.status()?.device).not.toBe("connected");
    expect(servers[forbidden]!.bytes).toBe(0);
  },
);
