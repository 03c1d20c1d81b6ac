// The OPC UA driver as a process, against a server made by asyncua, and against what is no server.

import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PythonPeer, type Receiver, startDriver, startReceiver, type TestDriver } from "@flowfusion/driver-kit/testkit";
import { eventually } from "@flowfusion/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ownCertificate } from "./certificates.ts";
import { opcuaKind } from "./kind.ts";

const script = join(import.meta.dirname, "testkit/server.py");
const folder = mkdtempSync(join(tmpdir(), "ff-opcua-"));
/** For a server that is to be found silent; any other may be as slow as the machine. */
const quick = { silenceMs: 1_000, connectTimeoutMs: 1_500 };
const patient = { publishingIntervalMs: 50, samplingIntervalMs: 0, silenceMs: 120_000, connectTimeoutMs: 30_000 };

/** For tests that leave it as it is. */
let steady: PythonPeer;
beforeAll(async () => {
  steady = await PythonPeer.start(script, folder);
});
afterAll(async () => {
  await steady.kill();
  rmSync(folder, { recursive: true });
});

let cleanup: AsyncDisposableStack;
let gateway: Receiver;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await startReceiver());
});
afterEach(() => cleanup.disposeAsync());

interface Options {
  readonly config?: object;
  readonly password?: string;
  readonly folder?: string;
}

/** Without security unless `config` says otherwise. */
function subscribe(port: number, tags: Readonly<Record<string, string>>, options: Options = {}): TestDriver {
  const config = {
    ...{ endpointUrl: `opc.tcp://127.0.0.1:${port}/test`, securityMode: "none", ...patient },
    tags: Object.entries(tags).map(([tag, nodeId]) => ({ tag, nodeId })),
    ...options.config,
  };
  const secrets: Record<string, string> = options.password === undefined ? {} : { password: options.password };
  const place = options.folder === undefined ? {} : { folder: options.folder };
  return cleanup.use(startDriver({ kind: opcuaKind, push: gateway.address, config, secrets, ...place }));
}

const own = (name: string) => `nsu=urn:flowfusion:test;s=${name}`;

describe("variables of a server", () => {
  test("come with their values, types and times", async () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const names = ["Temp", "Count", "Big", "Negative", "Open", "Name", "Since", "Raw", "Label", "Curve"];
    subscribe(steady.port, Object.fromEntries(names.map((name) => [name, own(name)])));
    await eventually(() => expect(new Set(gateway.updates.map(({ tag }) => tag)).size).toBe(names.length));
    expect(Object.fromEntries(gateway.updates.map(({ tag, value }) => [tag, value]))).toEqual({
      ...{ Temp: 21.5, Count: -7n, Big: 2n ** 60n, Negative: -(2n ** 60n), Open: true, Name: "Kessel 1" },
      ...{ Since: "2026-01-31T12:00:00.000Z", Raw: Uint8Array.of(1, 2), Label: "boiler", Curve: "[1.5,2.5]" },
    });
    expect(gateway.updates.every(({ quality }) => quality === 0)).toBe(true);
    await steady.command({ node: "Temp", value: 22.5 });
    await eventually(() => expect(gateway.last("Temp")?.value).toBe(22.5));
    expect(gateway.last("Temp")!.timestampNs).toBeGreaterThan(before);
  });

  test("follow changes in order, and carry the server's own word on quality", async () => {
    subscribe(steady.port, { count: `ns=${steady.ready.namespace};s=Count`, temp: own("Temp") });
    await eventually(() => expect(gateway.last("count")).toBeDefined());
    for (const value of [1, 2, 3]) await steady.command({ node: "Count", value });
    await eventually(() =>
      expect(
        gateway
          .of("count")
          .map(({ value }) => value)
          .slice(-3),
      ).toEqual([1n, 2n, 3n]),
    );
    await steady.command({ node: "Temp", status: "BadSensorFailure" });
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 2, value: null }));
    await steady.command({ node: "Temp", status: "UncertainLastUsableValue" });
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 1, value: 0 }));
    await steady.command({ node: "Temp", value: 21.5 });
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5 }));
  });

  test("that the server does not have are bad, by name, and the others are not", async () => {
    const driver = subscribe(steady.port, {
      there: own("Temp"),
      nowhere: own("Nothing"),
      stranger: "nsu=urn:other;s=X",
    });
    await eventually(() => expect(gateway.last("there")?.quality).toBe(0));
    await eventually(() => expect(gateway.last("nowhere")).toMatchObject({ quality: 2, value: null }));
    await eventually(() => expect(gateway.last("stranger")).toMatchObject({ quality: 2, value: null }));
    await eventually(() =>
      expect(driver.logs.map(({ message }) => message)).toEqual(
        expect.arrayContaining([
          `connected: nowhere (${own("Nothing")}): BadNodeIdUnknown`,
          "connected: stranger (nsu=urn:other;s=X): the server has no such namespace",
        ]),
      ),
    );
    await eventually(() =>
      expect(driver.status()).toMatchObject({
        ...{ device: "connected", badTags: { count: 2, first: ["nowhere", "stranger"] } },
      }),
    );
  });

  test("are what they are once the gateway has room again, though it had none for their changes", async () => {
    const tags = { name: own("Name"), count: own("Count"), temp: own("Temp") };
    const peer = cleanup.use(await PythonPeer.start(script, folder));
    const driver = subscribe(peer.port, tags);
    await eventually(() => expect(new Set(gateway.updates.map(({ tag }) => tag)).size).toBe(3));
    gateway.pause();
    await eventually(async () => {
      await peer.command({ node: "Name", value: `${Math.random()}`.padEnd(400_000, "x") });
      expect(driver.status()!.dropped).toBeGreaterThan(0);
    });
    const { dropped } = driver.status()!;
    await peer.command({ node: "Count", value: 5 });
    await peer.command({ node: "Temp", status: "BadSensorFailure" });
    await peer.command({ node: "Temp", value: 30 });
    await eventually(() => expect(driver.status()!.dropped).toBeGreaterThanOrEqual(dropped + 3));
    gateway.resume();
    await eventually(() => expect(gateway.last("count")?.value).toBe(5n));
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 30 }));
  });

  test("that do not change stay good for as long as the server says that it is there", async () => {
    const silenceMs = 2_000;
    const driver = subscribe(steady.port, { open: own("Open") }, { config: { silenceMs } });
    await eventually(() => expect(gateway.last("open")?.value).toBe(true));
    // A machine that stood still has it bad for a moment; then the time begins anew.
    let [updates, sinceMs] = [0, 0];
    await eventually(() => {
      const { length } = gateway.of("open");
      if (length !== updates) [updates, sinceMs] = [length, performance.now()];
      expect(performance.now() - sinceMs).toBeGreaterThan(2.5 * silenceMs);
      expect(gateway.last("open")).toMatchObject({ quality: 0, value: true });
      expect(driver.status()?.device).toBe("connected");
    });
  });
});

describe("a server that is gone", () => {
  test("or says nothing turns its tags bad, and good again when it is back", async () => {
    const server = cleanup.use(await PythonPeer.start(script, folder));
    const driver = subscribe(server.port, { temp: own("Temp"), count: own("Count") }, { config: quick });
    await eventually(() => expect(gateway.last("count")?.quality).toBe(0));
    await server.kill();
    await eventually(() =>
      expect([gateway.last("temp"), gateway.last("count")]).toMatchObject([{ quality: 2 }, { quality: 2 }]),
    );
    await eventually(() => expect(driver.status()?.device).toBe("silent"));
    await server.start();
    await eventually(() =>
      expect([gateway.last("temp"), gateway.last("count")]).toMatchObject([{ quality: 0 }, { quality: 0 }]),
    );
    await server.freeze();
    await eventually(() => expect(driver.status()).toMatchObject({ device: "silent", lastError: expect.any(String) }));
    await eventually(() => expect(gateway.last("count")).toMatchObject({ quality: 2, value: null }));
    server.thaw();
    await eventually(() => expect(gateway.last("count")).toMatchObject({ quality: 0, value: -7n }));
    await eventually(() => expect(driver.status()?.device).toBe("connected"));
    expect(driver.errors).toEqual([]);
  });
});

test("a silence that the session outlives turns tags bad, and good again as they were, though nothing changed", async () => {
  const server = cleanup.use(await PythonPeer.start(script, folder));
  const driver = subscribe(server.port, { temp: own("Temp") }, { config: { ...quick, silenceMs: 300 } });
  await eventually(() => expect(gateway.last("temp")?.quality).toBe(0));
  for (let time = 0; time < 3; time++) {
    await server.freeze();
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 2, value: null }));
    server.thaw();
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5 }));
  }
  expect(driver.errors).toEqual([]);
});

test("a subscription that the server deletes is made anew", async () => {
  const server = cleanup.use(await PythonPeer.start(script, folder));
  subscribe(server.port, { temp: own("Temp") }, { config: { ...quick, silenceMs: 2_000 } });
  await eventually(() => expect(gateway.last("temp")?.value).toBe(21.5));
  await server.command({ deleteSubscriptions: true });
  await server.command({ node: "Temp", value: 33 });
  await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 33 }));
});

test("a server that has no session left is told to be one, and read once it has", async () => {
  const server = cleanup.use(await PythonPeer.start(script, folder));
  await server.command({ sessions: false });
  const driver = subscribe(server.port, { temp: own("Temp") });
  await eventually(() => expect(driver.status()?.lastError).toMatch(/^the server has no session left: /));
  expect(driver.status()?.device).not.toBe("connected");
  await server.command({ sessions: true });
  await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5 }));
});

describe("with security", () => {
  const secure = { securityMode: "sign-and-encrypt", username: "operator" };

  test("neither side is trusted by itself, and values flow once both are", async () => {
    const place = mkdtempSync(join(folder, "driver-"));
    const server = cleanup.use(await PythonPeer.start(script, folder, "secure"));
    const tags = { temp: own("Temp") };
    const print = server.ready.fingerprint as string;

    const first = subscribe(server.port, tags, { config: secure, password: "s3cret", folder: place });
    const refusal = `the server's certificate ${print} is not trusted; if it is the server's, add it to trustedServers`;
    await eventually(() => expect(first.status()?.lastError).toBe(refusal));
    await first.stop();

    const config = { ...secure, trustedServers: [print] };
    const second = subscribe(server.port, tags, { config, password: "s3cret", folder: place });
    await eventually(() => expect(second.status()?.lastError).toMatch(/does not trust this driver|closed|lost|ECONN/));
    expect(gateway.of("temp").filter(({ quality }) => quality === 0)).toEqual([]);
    copyFileSync(join(place, "pki/certificate.pem"), join(folder, "trusted.pem"));
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5 }));
    expect(second.logs[0]?.message).toMatch(/^this driver's certificate is sha256:[0-9a-f]{64}, in .*certificate\.pem/);
    expect(statSync(join(place, "pki/private-key.pem")).mode & 0o077).toBe(0);
    await second.stop();

    const third = subscribe(server.port, tags, { config, password: "wrong", folder: place });
    await eventually(() => expect(third.status()?.lastError).toMatch(/^the server refuses user operator: Bad/));
    const said = JSON.stringify([third.status(), third.logs, third.errors]);
    expect(said).not.toContain("wrong");
  });

  test("a server that comes back with another certificate is read no more", async () => {
    const ofServer = mkdtempSync(join(folder, "server-"));
    const server = cleanup.use(await PythonPeer.start(script, ofServer, "secure"));
    const place = mkdtempSync(join(folder, "driver-"));
    const trustedServers = [server.ready.fingerprint as string];
    const config = { ...secure, ...quick, connectTimeoutMs: 30_000, trustedServers };
    const driver = subscribe(server.port, { temp: own("Temp") }, { config, password: "s3cret", folder: place });
    await eventually(() => copyFileSync(join(place, "pki/certificate.pem"), join(ofServer, "trusted.pem")));
    await eventually(() => expect(gateway.last("temp")?.quality).toBe(0));
    await server.kill();
    for (const file of ["server.der", "server.pem"]) rmSync(join(ofServer, file));
    await server.start();
    expect(trustedServers).not.toContain(server.ready.fingerprint);
    await eventually(() =>
      expect(driver.status()?.lastError).toContain(
        `the server's certificate ${server.ready.fingerprint} is not trusted`,
      ),
    );
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 2, value: null }));
  });

  test.each([
    ["sign", "Basic256Sha256", "Basic256Sha256_Sign"],
    ["sign", "Aes128_Sha256_RsaOaep", "Aes128Sha256RsaOaep_Sign"],
    ["sign-and-encrypt", "Aes128_Sha256_RsaOaep", "Aes128Sha256RsaOaep_SignAndEncrypt"],
    ["sign", "Aes256_Sha256_RsaPss", "Aes256Sha256RsaPss_Sign"],
    ["sign-and-encrypt", "Aes256_Sha256_RsaPss", "Aes256Sha256RsaPss_SignAndEncrypt"],
  ])(
    "values flow with mode %s and policy %s, from a server that offers no other",
    async (securityMode, securityPolicy, offered) => {
      const place = mkdtempSync(join(folder, "driver-"));
      const server = cleanup.use(await PythonPeer.start(script, folder, "secure", offered));
      const trustedServers = [server.ready.fingerprint as string];
      const config = { securityMode, securityPolicy, username: "operator", trustedServers };
      const driver = subscribe(server.port, { temp: own("Temp") }, { config, password: "s3cret", folder: place });
      await eventually(() => copyFileSync(join(place, "pki/certificate.pem"), join(folder, "trusted.pem")));
      await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5 }));
      await driver.stop();
    },
  );

  test("the driver's certificate is valid for a server whose clock is behind", async () => {
    const place = mkdtempSync(join(folder, "driver-"));
    const { path } = await ownCertificate(place, "urn:test");
    const { validFrom, validTo } = new X509Certificate(readFileSync(path));
    const hours = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 3_600_000;
    expect(hours(validFrom, new Date().toISOString())).toBeGreaterThanOrEqual(24);
    expect(hours(new Date().toISOString(), validTo)).toBeGreaterThan(9 * 365 * 24);
  });

  test("a password is not sent in clear", () => {
    const given = {
      endpointUrl: "opc.tcp://s",
      securityMode: "none",
      username: "x",
      tags: [{ tag: "t", nodeId: "i=1" }],
    };
    expect(opcuaKind.checkConfig(given).problems).toEqual([
      { path: "username", message: "with securityMode none the password would cross the network in clear" },
    ]);
  });
});

describe("what is no server", () => {
  test.each([
    ["garbage", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n".repeat(100))],
    ["a message that promises 4 GB", Buffer.from("41434b46ffffffff00000000", "hex")],
    [
      "a huge error",
      Buffer.concat([
        Buffer.from("45525246", "hex"),
        Buffer.from("ffffff0000000080ffffff7f", "hex"),
        Buffer.alloc(65_536),
      ]),
    ],
  ])("that answers with %s makes tags bad and harms nothing else", async (_, bytes) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => void server.close());
    const driver = subscribe((server.address() as AddressInfo).port, { temp: own("Temp") }, { config: quick });
    await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 2, value: null }));
    await eventually(() => expect(driver.status()?.lastError).toBeDefined());
    expect(driver.child.exitCode).toBeNull();
    expect(driver.status()!.rssBytes).toBeLessThan(400 * 1024 * 1024);
    expect(driver.errors).toEqual([]);
  });
});

test("the example of the documentation is a configuration", () => {
  expect(opcuaKind.checkConfig(opcuaKind.example).problems).toEqual([]);
});

test.each([
  { change: {}, isSame: true },
  { change: { queueSize: 5 }, isSame: true },
  { change: { trustedServers: [] }, isSame: false },
  { change: { endpointUrl: "opc.tcp://10.0.0.1:4840" }, isSame: false },
  { change: { securityMode: "sign" }, isSame: false },
  { change: { securityPolicy: "Aes128_Sha256_RsaOaep" }, isSame: false },
  { change: { trustedServers: [`sha256:${"0".repeat(64)}`, `sha256:${"1".repeat(64)}`] }, isSame: false },
])("with $change a password goes to the same place: $isSame", ({ change, isSame }) => {
  const of = (config: object) => opcuaKind.checkConfig({ ...(opcuaKind.example as object), ...config }).value!;
  expect(opcuaKind.isSamePlace!(of({}), of(change))).toBe(isSame);
  // Nothing was sent while no server was trusted.
  const trustsFirst = change.trustedServers !== undefined || isSame;
  expect(opcuaKind.isSamePlace!(of({ trustedServers: [] }), of(change))).toBe(trustsFirst);
});
