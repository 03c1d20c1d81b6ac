// The Modbus driver as a process, against a device made by pymodbus, and against devices that lie.

import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { PythonPeer, type Receiver, startDriver, startReceiver, type TestDriver } from "@flowfusion/driver-kit/testkit";
import { eventually } from "@flowfusion/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { modbusKind } from "./kind.ts";

const script = join(import.meta.dirname, "testkit/server.py");
const host = "127.0.0.1";
/** For a device that is to be found silent; any other may be as slow as the machine. */
const quick = { requestTimeoutMs: 200, connectTimeoutMs: 500, silenceMs: 400 };
const patient = { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000, silenceMs: 120_000 };

/** For tests that leave it as it is. */
let steady: PythonPeer;
beforeAll(async () => {
  steady = await PythonPeer.start(script);
});
afterAll(() => steady.kill());

let cleanup: AsyncDisposableStack;
let gateway: Receiver;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await startReceiver());
});
afterEach(() => cleanup.disposeAsync());

function drive(port: number, groups: readonly object[], rest: object = {}): TestDriver {
  const config = { host, ...patient, port, groups, ...rest };
  return cleanup.use(startDriver({ kind: modbusKind, push: gateway.address, config, name: "plc-1" }));
}
const device = async () => cleanup.use(await PythonPeer.start(script));
const group = (...tags: readonly object[]) => ({ pollIntervalMs: 20, tags });

describe("values of a device", () => {
  test("come as what they are, from all tables, types, word orders and units", async () => {
    const { port } = steady;
    const typed = [
      ...[
        ["int16", 0],
        ["uint16", 1],
        ["int32", 2],
        ["uint32", 4],
        ["int64", 6],
        ["uint64", 10],
        ["float32", 14],
      ],
      ...[["float64", 16]],
    ].map(([type, address]) => ({ tag: type, type, address }));
    drive(port, [
      group(
        ...typed,
        { tag: "text", type: "text", registers: 5, address: 20 },
        { tag: "bit 1", type: "bool", bit: 1, address: 25 },
        { tag: "bit 2", type: "bool", bit: 2, address: 25 },
        { tag: "swapped", type: "float32", wordOrder: "little", address: 26 },
        { tag: "scaled", type: "int16", scale: 0.5, offset: 100, address: 0 },
        { tag: "input", table: "input", address: 0 },
        { tag: "coil 1", table: "coil", type: "bool", address: 1 },
        { tag: "coil 3", table: "coil", type: "bool", address: 3 },
        { tag: "discrete 1", table: "discrete", type: "bool", address: 1 },
      ),
      {
        pollIntervalMs: 20,
        unitId: 2,
        tags: [
          { tag: "unit 2", address: 0 },
          { tag: "input 2", table: "input", address: 0 },
        ],
      },
    ]);
    await eventually(() => expect(gateway.last("input 2")).toBeDefined());
    const values = Object.fromEntries(gateway.updates.map(({ tag, quality, value }) => [tag, [quality, value]]));
    expect(values).toEqual({
      ...{ int16: [0, -123n], uint16: [0, 50_000n], int32: [0, -100_000n], uint32: [0, 4_000_000_000n] },
      ...{ int64: [0, -(2n ** 60n)], uint64: [1, 2 ** 63 + 2 ** 40], float32: [0, 21.5], float64: [0, Math.PI] },
      ...{ text: [0, "pump 7 ok"], "bit 1": [0, true], "bit 2": [0, false], swapped: [0, 21.5], scaled: [0, 38.5] },
      ...{ input: [0, 1001n], "coil 1": [0, false], "coil 3": [0, true], "discrete 1": [0, true] },
      ...{ "unit 2": [0, 42n], "input 2": [0, 1002n] },
    });
    expect([...gateway.sources]).toEqual(["plc-1"]);
  });

  test("follow the device, and each group keeps its own pace", async () => {
    const peer = steady;
    const slow = { pollIntervalMs: 3_600_000, tags: [{ tag: "slow", address: 101 }] };
    drive(peer.port, [slow, group({ tag: "fast", address: 100 })]);
    await eventually(() => expect(gateway.last("fast")?.value).toBe(0n));
    await peer.command({ unit: 1, address: 100, values: [7, 8] });
    await eventually(() => expect(gateway.last("fast")?.value).toBe(7n));
    expect(gateway.of("slow").map(({ value }) => value)).toEqual([0n]);
  });

  test("that stay are sent once where only changes are wanted", async () => {
    const peer = steady;
    drive(peer.port, [group({ tag: "same", address: 200 }, { tag: "other", address: 201 })], { onlyChanges: true });
    await eventually(() => expect(gateway.last("other")).toBeDefined());
    for (const value of [1, 2, 3]) {
      await peer.command({ unit: 1, address: 201, values: [value] });
      await eventually(() => expect(gateway.last("other")?.value).toBe(BigInt(value)));
    }
    expect(gateway.of("same").map(({ quality, value }) => [quality, value])).toEqual([[0, 0n]]);
    expect(gateway.of("other").map(({ value }) => value)).toEqual([0n, 1n, 2n, 3n]);
  });
});

describe("a gateway that has no room", () => {
  /** Of many long tags that change with each reading, and of an alarm. */
  async function noisyDevice() {
    const state = { alarm: 0, asked: 0, isMute: false };
    let noise = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (request) => {
        const [first, count] = [request.readUInt16BE(8), request.readUInt16BE(10)];
        if (state.isMute) return;
        if (first === 0) state.asked++;
        else noise = (noise + 1) & 0xff;
        const registers = Buffer.alloc(2 * count, first === 0 ? state.alarm : noise);
        socket.write(
          Buffer.from([...request.subarray(0, 5), 3 + registers.length, 1, 3, registers.length, ...registers]),
        );
      });
      cleanup.defer(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    cleanup.defer(() => void server.close());
    const noisy = Array.from({ length: 125 }, (_, i) => ({ tag: `${i}`.padEnd(500, "x"), address: 1000 + i }));
    const groups = [group({ tag: "alarm", address: 0, type: "bool", bit: 0 }), group(...noisy)];
    return { state, groups, port: (server.address() as AddressInfo).port };
  }

  test("is told of a change once it has some, where only changes are wanted", async () => {
    const { state, groups, port } = await noisyDevice();
    const driver = drive(port, groups, { onlyChanges: true });
    await eventually(() => expect(gateway.last("alarm")?.value).toBe(false));
    gateway.pause();
    await eventually(() => expect(driver.status()!.dropped).toBeGreaterThan(0));
    Object.assign(state, { alarm: 0xff, asked: 0 });
    await eventually(() => expect(state.asked).toBeGreaterThan(2));
    gateway.resume();
    await eventually(() => expect(gateway.last("alarm")?.value).toBe(true));
  });

  test("and has none when the driver ends leaves what waited for it dropped and counted", async () => {
    const { state, groups, port } = await noisyDevice();
    const driver = drive(port, groups, { requestTimeoutMs: 1_000 });
    await eventually(() => expect(gateway.last("alarm")).toBeDefined());
    gateway.pause();
    await eventually(() => expect(driver.status()!.dropped).toBeGreaterThan(0));
    state.isMute = true;
    await eventually(() => expect(driver.status()!.lastError).toMatch(/no answer/));
    const { dropped } = driver.status()!;
    expect(await driver.stop()).toBe(0);
    const waited = driver.status()!.dropped - dropped;
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThanOrEqual(groups.flatMap(({ tags }) => tags).length);
  });
});

describe("an address that the device does not have", () => {
  test("turns its own block bad at once, says why, and leaves the others alone", async () => {
    const { port } = steady;
    const driver = drive(port, [group({ tag: "there", address: 1 }, { tag: "nowhere", address: 60_000 })]);
    await eventually(() => expect(gateway.last("nowhere")).toMatchObject({ quality: 2, value: null }));
    await eventually(() => expect(gateway.last("there")).toMatchObject({ quality: 0, value: 50_000n }));
    await eventually(() =>
      expect(driver.status()).toMatchObject({
        ...{ device: "connected", badTags: { count: 1, first: ["nowhere"] } },
        lastError: "unit 1, holding 60000 to 60000: exception 2: the device has no such address",
      }),
    );
  });

  test("leaves those that would be read in one request with it good", async () => {
    const near = [{ address: 1 }, { address: 25 }, { address: 26 }, { address: 27 }, { address: 28 }, { address: 30 }];
    const tags = near.map(({ address }) => ({ tag: `r${address}`, address }));
    const driver = drive(steady.port, [group(...tags)], { gapRegistersMax: 124 });
    await eventually(() => {
      const last = tags.map(({ tag }) => gateway.last(tag)?.value);
      expect(last).toEqual([50_000n, 10n, 0n, 0x41acn, null, null]);
    });
    await eventually(() => expect(driver.status()?.badTags).toEqual({ count: 2, first: ["r28", "r30"] }));
  });

  test("is asked for in as few requests as before where the device has none of a block, and good once it has", async () => {
    const asked: string[] = [];
    let hasNone = true;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (request) => {
        const [first, count] = [request.readUInt16BE(8), request.readUInt16BE(10)];
        asked.push(`${first}+${count}`);
        const pdu = hasNone ? [0x83, 2] : [3, 2 * count, ...Buffer.alloc(2 * count, 1)];
        socket.write(Buffer.from([...request.subarray(0, 5), 1 + pdu.length, 1, ...pdu]));
      });
      cleanup.defer(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    cleanup.defer(() => void server.close());
    const tags = [0, 1, 2, 3].map((address) => ({ tag: `r${address}`, address }));
    drive((server.address() as AddressInfo).port, [group(...tags)]);
    await eventually(() => expect(asked.length).toBeGreaterThan(20));
    expect(asked.slice(0, 7)).toEqual(["0+4", "0+2", "0+1", "1+1", "2+2", "2+1", "3+1"]);
    expect(new Set(asked.slice(7))).toEqual(new Set(["0+4"]));
    hasNone = false;
    await eventually(() => expect(tags.map(({ tag }) => gateway.last(tag)?.value)).toEqual([257n, 257n, 257n, 257n]));
  });
});

describe("a device that is gone", () => {
  test("turns its tags bad within the silence time, once, and good again when it is back", async () => {
    const peer = await device();
    const driver = drive(peer.port, [group({ tag: "a", address: 0 }, { tag: "b", address: 1 })], quick);
    await eventually(() => expect(gateway.last("b")?.quality).toBe(0));
    await peer.kill();
    await eventually(() =>
      expect([gateway.last("a"), gateway.last("b")]).toMatchObject([{ quality: 2, value: null }, { quality: 2 }]),
    );
    const [lastGood, bad] = gateway.of("a").slice(-2);
    expect(Number(bad!.timestampNs - lastGood!.timestampNs) / 1e6).toBeGreaterThanOrEqual(quick.silenceMs - 100);
    await eventually(() => expect(driver.status()?.device).toBe("silent"));
    // A machine that stood still had it bad before its end, too.
    const qualities = gateway.of("a").map(({ quality }) => quality);
    expect(qualities.slice(qualities.lastIndexOf(0) + 1)).toEqual([2]);
    await peer.start();
    await eventually(() =>
      expect([gateway.last("a"), gateway.last("b")]).toMatchObject([{ quality: 0 }, { quality: 0 }]),
    );
    await eventually(() => expect(driver.status()?.device).toBe("connected"));
  });

  test("and one that only says nothing are the same", async () => {
    const peer = await device();
    const driver = drive(peer.port, [group({ tag: "a", address: 0 })], quick);
    await eventually(() => expect(gateway.last("a")?.quality).toBe(0));
    await peer.freeze();
    await eventually(() => expect(gateway.last("a")).toMatchObject({ quality: 2, value: null }));
    await eventually(() =>
      expect(driver.status()).toMatchObject({ device: "silent", lastError: expect.stringMatching(/within|closed/) }),
    );
    peer.thaw();
    await eventually(() => expect(gateway.last("a")?.quality).toBe(0));
  });

  test("or that was never there is said to be so", async () => {
    const driver = drive(1, [group({ tag: "a", address: 0 })], quick);
    await eventually(() => expect(gateway.last("a")).toMatchObject({ quality: 2, value: null }));
    const told = { lastError: expect.stringContaining("ECONNREFUSED"), bad: 1, updates: 1 };
    await eventually(() => expect(driver.status()).toMatchObject(told));
  });
});

describe("a connection that rests for longer than the way to the device allows", () => {
  /** Answers until a connection has rested for a while; then it goes the way that is told. */
  async function shortOfPatience(givenUp: (socket: Socket) => void) {
    const restMs = 400;
    const server = createServer((socket) => {
      const giveUp = () => {
        socket.removeListener("data", answer);
        socket.resume();
        givenUp(socket);
      };
      let timer = setTimeout(giveUp, restMs);
      const answer = (request: Buffer) => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, restMs);
        socket.write(Buffer.concat([request.subarray(0, 4), Buffer.from([0, 5, 1, 3, 2, 0, 9])]));
      };
      socket.on("error", () => {});
      socket.on("data", answer);
      cleanup.defer(() => {
        clearTimeout(timer);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    cleanup.defer(() => void server.close());
    return (server.address() as AddressInfo).port;
  }
  const slow = { pollIntervalMs: 1_000, tags: [{ tag: "a", address: 0 }] };
  /** Bounds the pause before a connection is made again, so that it rests for long before the next reading is due. */
  const silenceMs = 400;
  const goodReadings = () => gateway.of("a").filter(({ quality, value }) => quality === 0 && value === 9n);

  test("is made anew for each reading where it was ended", async () => {
    drive(await shortOfPatience((socket) => socket.destroy()), [slow], { silenceMs });
    await eventually(() => expect(goodReadings().length).toBeGreaterThan(3));
  });

  test("and where it was dropped without a word, for which one request without an answer is enough", async () => {
    // Of each connection that ended, how many requests it took in vain: more than one where a slow machine let it rest anew.
    const inVain: number[] = [];
    const drop = (socket: Socket) => {
      let requests = 0;
      socket.on("data", () => requests++);
      socket.on("close", () => inVain.push(requests));
    };
    drive(await shortOfPatience(drop), [slow], { silenceMs, requestTimeoutMs: 250 });
    await eventually(() => expect(goodReadings().length).toBeGreaterThan(3));
    await eventually(() => expect(inVain.filter((requests) => requests === 1).length).toBeGreaterThan(1));
  });
});

describe("a unit behind a gateway that says nothing", () => {
  /** Answers for unit 1; what it does for unit 2 is told. */
  async function gatewayOfTwo(forUnit2: (answer: () => void, socket: Socket) => void) {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.on("data", (request) => {
        const unit = request[6]!;
        const answer = () =>
          void socket.write(Buffer.concat([request.subarray(0, 4), Buffer.from([0, 5, unit, 3, 2, 0, 9])]));
        if (unit === 1) answer();
        else forUnit2(answer, socket);
      });
      cleanup.defer(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    cleanup.defer(() => void server.close());
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  }
  const off = { unitId: 2, tags: [{ tag: "off", address: 0 }] };
  const live = { unitId: 1, tags: [{ tag: "live", address: 0 }] };

  test.each([
    ["and never did", false, 1],
    ["any more", true, 2],
  ])("%s leaves the connection of the others standing", async (_, didBefore, connectionsMax) => {
    let isOn = didBefore;
    let inVain = 0;
    const { port, connections } = await gatewayOfTwo((answer) => {
      if (isOn) answer();
      else inVain++;
    });
    // Their paces differ, so that the one is asked soon after the other and long after it.
    const groups = [
      { ...off, pollIntervalMs: 1_700 },
      { ...live, pollIntervalMs: 1_000 },
    ];
    drive(port, groups, { requestTimeoutMs: 200 });
    if (isOn) await eventually(() => expect(gateway.last("off")?.quality).toBe(0));
    isOn = false;
    await eventually(() => expect(inVain).toBeGreaterThan(4));
    expect(connections()).toBeLessThanOrEqual(connectionsMax);
    const readings = gateway.of("live").length;
    await eventually(() => expect(gateway.of("live").length).toBeGreaterThan(readings));
    expect(gateway.of("live").map(({ quality }) => quality)).not.toContain(2);
  });

  test("or ends the connection is made up for ever later, whatever the others say", async () => {
    let [asked, endedMs, longestMs] = [0, 0, 0];
    const { port } = await gatewayOfTwo((_, socket) => {
      if (++asked % 2 === 0) {
        longestMs = Math.max(longestMs, performance.now() - endedMs);
        return;
      }
      endedMs = performance.now();
      socket.destroy();
    });
    const groups = [
      { ...off, pollIntervalMs: 1_000 },
      { ...live, pollIntervalMs: 20 },
    ];
    drive(port, groups, { requestTimeoutMs: 100, silenceMs: 400 });
    await eventually(() => expect(longestMs).toBeGreaterThan(600));
  });
});

describe("a device that lies", () => {
  /** Answers the first request on each connection as told, later connections as a real device would. */
  async function liar(answer: (socket: Socket, request: Buffer) => void) {
    let connections = 0;
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      const isLying = ++connections <= 2;
      socket.on("error", () => {});
      socket.on("data", (request) => {
        if (isLying) answer(socket, request);
        else socket.write(Buffer.concat([request.subarray(0, 4), Buffer.from([0, 5, 1, 3, 2, 0, 9])]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => {
      for (const socket of open) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }
  const after = (request: Buffer, hex: string) => Buffer.concat([request.subarray(0, 2), Buffer.from(hex, "hex")]);

  test.each<[string, (socket: Socket, request: Buffer) => void, RegExp]>([
    ["in HTTP", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), /no Modbus TCP/],
    ["with a huge frame", (socket, request) => socket.write(after(request, "0000ffff0103")), /frame of 65535 bytes/],
    ["of another unit", (socket, request) => socket.write(after(request, "00000005070302000a")), /answer of unit 7/],
    [
      "with too few registers",
      (socket, request) => socket.write(after(request, "00000003010300")),
      /0 bytes that says 0, 2 were asked/,
    ],
    [
      "without end",
      (socket) => void setInterval(() => socket.write(Buffer.alloc(65_536, 0x5a)), 1).unref(),
      /no Modbus TCP|ECONN/,
    ],
    ["and hangs up", (socket) => socket.destroy(), /closed|ECONNRESET/],
  ])("%s is hung up on, believed nothing, and asked again", async (_, answer, expected) => {
    const driver = drive(await liar(answer), [group({ tag: "a", address: 0 })]);
    await eventually(() => expect(gateway.last("a")).toMatchObject({ quality: 0, value: 9n }));
    await eventually(() => expect(driver.status()?.lastError).toMatch(expected));
    expect(gateway.of("a").filter(({ value }) => value !== 9n && value !== null)).toEqual([]);
    expect(driver.errors).toEqual([]);
  });

  test("and answers late is not believed about the next question", async () => {
    let asked = 0;
    let answerFirst = () => {};
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (request) => {
        // Each answer is the number of its request; the first comes when the second was asked.
        const reply = Buffer.concat([request.subarray(0, 4), Buffer.from([0, 5, 1, 3, 2, 0, ++asked])]);
        const answer = () => void socket.write(reply);
        if (asked === 1) {
          answerFirst = answer;
          return;
        }
        if (asked === 2) answerFirst();
        answer();
      });
      cleanup.defer(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => void server.close());
    drive((server.address() as AddressInfo).port, [group({ tag: "a", address: 0 })], {
      requestTimeoutMs: quick.requestTimeoutMs,
    });
    await eventually(() => expect(gateway.of("a").length).toBeGreaterThan(20));
    expect(gateway.of("a").map(({ value }) => value)).not.toContain(1n);
  });
});

describe("the process", () => {
  test("ends by itself when its supervisor is gone", async () => {
    const { port } = steady;
    const driver = drive(port, [group({ tag: "a", address: 0 })]);
    await eventually(() => expect(gateway.last("a")).toBeDefined());
    driver.child.stdin!.destroy();
    expect(await driver.exitCode).toBe(0);
  });

  test("ends in order when told to, also while the device is away", async () => {
    const driver = drive(1, [group({ tag: "a", address: 0 })]);
    await eventually(() => expect(driver.status()).toBeDefined());
    expect(await driver.stop()).toBe(0);
  });

  test("says in its log, once, why its device does not answer", async () => {
    const driver = drive(1, [group({ tag: "a", address: 0 })], { silenceMs: 300 });
    await eventually(() => expect(driver.status()?.device).toBe("silent"));
    await driver.stop();
    const reason = "connect ECONNREFUSED 127.0.0.1:1";
    expect(driver.logs).toEqual([
      { type: "log", level: "warn", message: `connecting: ${reason}` },
      { type: "log", level: "warn", message: `silent: ${reason}` },
    ]);
  });

  test("refuses a configuration that cannot work, and says where", async () => {
    const driver = drive(502, []);
    expect(await driver.exitCode).toBe(2);
    expect(driver.logs).toEqual([
      {
        type: "log",
        level: "error",
        message: "the configuration of a modbus driver has problems: groups: a list of 0 given, 1 to 100 allowed",
      },
    ]);
  });
});
