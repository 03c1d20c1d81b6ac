// PUSH and PULL against each other and against raw sockets that misbehave.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  dialPush,
  greeting,
  listenPull,
  type ProtocolError,
  type PullOptions,
  type PullSocket,
  type PushOptions,
  type PushSocket,
  parseAddress,
  TransportError,
} from "./index.ts";

let folder: string;
let cleanups: (() => unknown)[] = [];
let ipcCount = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ff-"));
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
  rmSync(folder, { recursive: true });
});

function closing<T extends PullSocket | PushSocket>(socket: T): T {
  cleanups.push(() => ("send" in socket ? socket.close({ flushMs: 0 }) : socket.close()));
  return socket;
}

const anyAddress = (scheme: string) => (scheme === "tcp" ? "tcp://127.0.0.1:0" : `ipc://${folder}/${ipcCount++}.sock`);
const fastReconnect = { reconnect: { firstMs: 5, mostMs: 20 } };
const settled = (check: () => void) => vi.waitFor(check, { timeout: 120_000, interval: 5 });
const mebibyte = 1024 * 1024;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A PULL socket, what it received as text, and the protocol errors it saw. */
async function pullAt(address: string, options: Partial<PullOptions> = {}) {
  const frames: string[] = [];
  const errors: ProtocolError[] = [];
  const onFrame = (frame: Uint8Array) => frames.push(Buffer.from(frame).toString());
  const onProtocolError = (error: ProtocolError) => errors.push(error);
  const pull = closing(await listenPull({ address, onFrame, onProtocolError, ...options }));
  return { pull, frames, errors };
}

const pushTo = (address: string, options: Partial<PushOptions> = {}) =>
  closing(dialPush({ address, ...fastReconnect, ...options }));

/** A bare connection that has sent `bytes`. */
function rawPeer(address: string, bytes: Uint8Array): Socket {
  const to = parseAddress(address);
  const socket = to.scheme === "tcp" ? connect(to.port, to.host) : connect(to.path);
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.write(bytes);
  cleanups.push(() => socket.destroy());
  return socket;
}

const tcpFrame = (length: number) => {
  const header = new Uint8Array(8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length));
  return header;
};

describe.each(["tcp", "ipc"])("over %s", (scheme) => {
  test("frames arrive once and in order, the empty and the large included", async () => {
    const { pull, frames } = await pullAt(anyAddress(scheme));
    const push = pushTo(pull.address);
    const sent = Array.from({ length: 500 }, (_, i) => `${i}:${"x".repeat(i % 50 === 0 ? 100_000 : i)}`);
    sent.push("");
    for (const text of sent) while (!push.send(bytesOf(text))) await new Promise(setImmediate);
    expect(await push.close()).toEqual({ framesUnsent: 0 });
    await settled(() => expect(frames.length).toBe(sent.length));
    expect(frames).toEqual(sent);
    const bytes = sent.reduce((sum, text) => sum + text.length, 0);
    expect(push.stats()).toMatchObject({ frames: sent.length, bytes, queuedFrames: 0, framesInDoubt: 0 });
    expect(pull.stats()).toMatchObject({ frames: sent.length, bytes, connects: 1, refused: {} });
  });

  test("peers that send without a pause are read in turn, and all else that is due has its turn between two reads", async () => {
    const bytesByPeer = new Map<number, number>();
    let farthestApart = 0;
    let sinceTurn = 0;
    let mostInTurn = 0;
    const onFrame = (frame: Uint8Array, { id }: { readonly id: number }) => {
      bytesByPeer.set(id, (bytesByPeer.get(id) ?? 0) + frame.length);
      sinceTurn += frame.length;
      mostInTurn = Math.max(mostInTurn, sinceTurn);
      if ([...bytesByPeer.values()].every((bytes) => bytes < 6_000_000))
        farthestApart = Math.max(farthestApart, spread());
    };
    const spread = () => Math.max(...bytesByPeer.values()) - Math.min(...bytesByPeer.values());
    const { pull } = await pullAt(anyAddress(scheme), { onFrame });
    pull.pause();
    const pushes = [1, 2, 3].map(() => pushTo(pull.address, { queueBytesMax: 8 * mebibyte }));
    for (const push of pushes) for (let n = 0; n < 7_000; n++) push.send(new Uint8Array(1_000));
    await settled(() => expect(pull.stats().connections).toBe(3));
    let isOver = false;
    const turning = (async () => {
      for (; !isOver; sinceTurn = 0) await new Promise(setImmediate);
    })();
    // What came with the greetings is none of it.
    mostInTurn = sinceTurn = 0;
    pull.resume();
    await settled(() => expect([...bytesByPeer.values()]).toEqual([7_000_000, 7_000_000, 7_000_000]));
    isOver = true;
    await turning;
    // A read of each at first, then one at a time.
    expect(mostInTurn).toBeLessThan(4 * 64 * 1024);
    expect(farthestApart).toBeLessThan(1_000_000);
  });

  test("a pause in the middle of what was read holds the rest back, also of a peer that has gone meanwhile, and in order", async () => {
    const frames: number[] = [];
    const onFrame = (frame: Uint8Array) => {
      frames.push(frame[0]! * 256 + frame[1]!);
      if (frames.length % 7 === 0) pull.pause();
    };
    const { pull } = await pullAt(anyAddress(scheme), { onFrame });
    const sent = Array.from({ length: 1_000 }, (_, index) => index);
    const push = pushTo(pull.address);
    for (const n of sent) push.send(Uint8Array.of(n >> 8, n & 255));
    await push.close();
    for (let due = 7; due < sent.length + 7; due += 7) {
      await settled(() => expect(frames.length).toBeGreaterThanOrEqual(Math.min(due, sent.length)));
      await new Promise(setImmediate);
      expect(frames.length).toBe(Math.min(due, sent.length));
      pull.resume();
    }
    expect(frames).toEqual(sent);
    await settled(() => expect(pull.stats()).toMatchObject({ connections: 0, refused: {} }));
  });

  test("the sender may use its buffer again at once", async () => {
    const { pull, frames } = await pullAt(anyAddress(scheme));
    const push = pushTo(pull.address);
    const buffer = new Uint8Array(1);
    for (let i = 0; i < 10; i++) {
      buffer[0] = 0x30 + i;
      push.send(buffer);
    }
    await settled(() => expect(frames.join("")).toBe("0123456789"));
  });

  test("a paused PULL stops its peers, and they go on when it resumes", async () => {
    const { pull, frames } = await pullAt(anyAddress(scheme));
    let drains = 0;
    const push = pushTo(pull.address, { queueBytesMax: 256 * 1024, onDrain: () => drains++ });
    push.send(bytesOf("first"));
    await settled(() => expect(frames.length).toBe(1));
    pull.pause();
    const block = new Uint8Array(60_000);
    let taken = 1;
    await settled(() => {
      while (push.send(block)) taken++;
      expect(push.stats().fullRefusals).toBeGreaterThan(20);
    });
    const whilePaused = frames.length;
    expect(whilePaused).toBeLessThan(taken);
    const drainsWhilePaused = drains;
    pull.resume();
    await settled(() => expect(frames.length).toBe(taken));
    expect(drains).toBe(drainsWhilePaused + 1);
  });

  test("a PUSH keeps what it could not send while nobody listens, and finds the listener that comes back", async () => {
    const address = scheme === "tcp" ? `tcp://127.0.0.1:${await freePort()}` : anyAddress(scheme);
    const first = await pullAt(address);
    const push = pushTo(address);
    push.send(bytesOf("one"));
    await settled(() => expect(first.frames).toEqual(["one"]));
    await first.pull.close();
    await settled(() => expect(push.stats().connections).toBe(0));
    push.send(bytesOf("two"));
    await settled(() => expect(push.stats().connectFailures).toBeGreaterThan(2));
    expect(push.stats().lastConnectError).toMatch(/ECONNREFUSED|ENOENT/);
    const second = await pullAt(address);
    await settled(() => expect(second.frames).toEqual(["two"]));
  });

  test("an address in use is refused with the address named", async () => {
    const { pull } = await pullAt(anyAddress(scheme));
    const again = listenPull({ address: pull.address, onFrame: () => {} });
    await expect(again).rejects.toThrow(`cannot listen on ${pull.address}: the address is in use`);
    await expect(again).rejects.toMatchObject({ code: "FF_TRANSPORT_LISTEN" });
  });
});

describe("a peer that breaks the protocol loses its connection, and the others go on", () => {
  const push = greeting("push");
  const cases: [string, Uint8Array[], string][] = [
    ["an HTTP request", [bytesOf("GET / HTTP/1.1\r\n\r\n")], "bad_handshake"],
    ["a PULL socket", [greeting("pull")], "wrong_peer"],
    ["a length of 2 GB", [push, tcpFrame(2 ** 31)], "too_large"],
    ["a length of 2⁶³ bytes", [push, Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0)], "too_large"],
    ["the end in the middle of a frame", [push, tcpFrame(100), bytesOf("short")], "truncated"],
    ["the end in the middle of a header", [push, Uint8Array.of(0, 0)], "truncated"],
  ];
  test.each(cases)("%s", async (_, parts, cause) => {
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"));
    const good = pushTo(pull.address);
    good.send(bytesOf("before"));
    await settled(() => expect(frames.length).toBe(1));
    const raw = rawPeer(pull.address, Buffer.concat(parts));
    if (cause === "truncated") raw.end();
    await settled(() => expect(raw.closed).toBe(true));
    await settled(() => expect(errors.map((error) => error.cause)).toEqual([cause]));
    expect(pull.stats()).toMatchObject({ refused: { [cause]: 1 } });
    good.send(bytesOf("after"));
    await settled(() => expect(frames).toEqual(["before", "after"]));
    expect(pull.stats().connections).toBe(1);
  });

  test("a length of 2 GB makes the receiver allocate nothing", async () => {
    const { pull, errors } = await pullAt(anyAddress("tcp"));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 50; i++) rawPeer(pull.address, Buffer.concat([greeting("push"), tcpFrame(2 ** 31)]));
    await settled(() => expect(errors.length).toBe(50));
    expect(errors[0]?.message).toBe("frame of 2147483648 bytes, 1048576 allowed");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  test("a frame above the limit of this socket is refused, one at the limit passes", async () => {
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"), { frameBytesMax: 10 });
    const push = pushTo(pull.address);
    push.send(bytesOf("0123456789"));
    push.send(bytesOf("0123456789a"));
    await settled(() => expect(errors.map((error) => error.cause)).toEqual(["too_large"]));
    expect(frames).toEqual(["0123456789"]);
  });

  test("silence instead of a greeting ends after its time", async () => {
    const { pull, errors } = await pullAt(anyAddress("tcp"), { greetingMsMax: 20 });
    const raw = rawPeer(pull.address, Uint8Array.of(0));
    await settled(() => expect(raw.closed).toBe(true));
    expect(errors[0]).toMatchObject({ cause: "bad_handshake", message: "no whole greeting within 20 ms" });
  });

  test("a stop in the middle of a frame ends after its time, one between frames does not", async () => {
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"), { stalledMsMax: 20 });
    const good = pushTo(pull.address);
    good.send(bytesOf("before"));
    await settled(() => expect(frames).toEqual(["before"]));
    const stalled = [
      rawPeer(pull.address, Buffer.concat([push, tcpFrame(100), bytesOf("half")])),
      rawPeer(pull.address, Buffer.concat([push, Uint8Array.of(0, 0)])),
    ];
    await settled(() => expect(stalled.map(({ closed }) => closed)).toEqual([true, true]));
    expect(errors.map(({ message }) => message).toSorted()).toEqual([
      "nothing came for 20 ms, 12 bytes into a frame",
      "nothing came for 20 ms, 2 bytes into a frame",
    ]);
    expect(pull.stats()).toMatchObject({ connections: 1, refused: { stalled: 2 } });
    good.send(bytesOf("after"));
    await settled(() => expect(frames).toEqual(["before", "after"]));
  });

  test("a peer that is not read in the middle of a frame does not stand still, however long that takes", async () => {
    const stalledMsMax = 20;
    const started = Promise.withResolvers<void>();
    const onReadEnd = () => {
      pull.pause();
      started.resolve();
    };
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"), { stalledMsMax, onReadEnd });
    const raw = rawPeer(pull.address, Buffer.concat([push, tcpFrame(5), bytesOf("he")]));
    await started.promise;
    raw.write("llo");
    await new Promise((resolve) => setTimeout(resolve, 5 * stalledMsMax));
    pull.resume();
    await settled(() => expect(frames).toEqual(["hello"]));
    expect(errors).toEqual([]);
  });

  test("a peer that stood still together with who reads, as the whole machine did, goes on in the middle of a frame", async () => {
    const stalledMsMax = 2_000;
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"), { stalledMsMax });
    const raw = rawPeer(pull.address, Buffer.concat([push, tcpFrame(5), bytesOf("he")]));
    await settled(() => expect(pull.stats().connections).toBe(1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * stalledMsMax);
    // Who reads may be the first that goes on.
    await new Promise((resolve) => setTimeout(resolve, 100));
    raw.write("llo");
    await settled(() => expect([frames, errors]).toEqual([["hello"], []]));
  });

  test("one connection too many is closed where all have brought something", async () => {
    const { pull, frames, errors } = await pullAt(anyAddress("tcp"), { connectionsMax: 2 });
    for (let i = 0; i < 2; i++) rawPeer(pull.address, Buffer.concat([push, tcpFrame(0)]));
    await settled(() => expect(frames).toHaveLength(2));
    rawPeer(pull.address, push);
    await settled(() => expect(errors[0]?.message).toBe("connection 3, 2 allowed"));
    expect(pull.stats()).toMatchObject({ connections: 2, refused: { too_many_connections: 1 } });
  });

  test("peers that bring nothing make room for others, and never one that has brought something", async () => {
    const bringing = new Set<number>();
    const made: ProtocolError[] = [];
    const { pull } = await pullAt(anyAddress("tcp"), {
      ...{ connectionsMax: 2, greetingMsMax: 200 },
      onFrame: (_frame, { id }) => void bringing.add(id),
      onProtocolError: (error) => error.cause === "made_room" && made.push(error),
    });
    // They come again when they are ended.
    for (let i = 0; i < 2; i++) pushTo(pull.address);
    await settled(() => expect(pull.stats().connections).toBe(2));
    const other = pushTo(pull.address);
    await settled(() => {
      other.send(bytesOf("something"));
      expect(bringing.size).toBeGreaterThan(0);
    });
    await settled(() => expect(made.length).toBeGreaterThan(2));
    expect(made[0]!.message).toBe("no frame so far, and 2 connections, as many as may be");
    expect(made.filter(({ connection }) => bringing.has(connection.id))).toEqual([]);
  });

  test("bytes sent to a PUSH socket end the connection", async () => {
    const accepted: Socket[] = [];
    const server = createServer((socket) => {
      accepted.push(socket.on("error", () => {}).resume());
      socket.write(Buffer.concat([greeting("pull"), bytesOf("x")]));
    });
    cleanups.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const push = closing(dialPush({ address: `tcp://127.0.0.1:${port}` }));
    await settled(() => expect(accepted[0]?.closed).toBe(true));
    expect(push.stats().refused.unexpected_data).toBeGreaterThan(0);
  });
});

describe("a PUSH socket", () => {
  test("refuses a frame that could never fit, with both sizes", async () => {
    const push = pushTo("tcp://127.0.0.1:1", { queueBytesMax: 104 });
    expect(() => push.send(new Uint8Array(101))).toThrow("frame of 101 bytes, the send queue takes 100");
    expect(push.send(new Uint8Array(100))).toBe(true);
    expect(push.send(new Uint8Array(0))).toBe(false);
  });

  test("says how much it could not send when nobody comes before its time is over", async () => {
    const push = pushTo("tcp://127.0.0.1:1");
    for (let i = 0; i < 3; i++) push.send(bytesOf("lost"));
    expect(await push.close({ flushMs: 30 })).toEqual({ framesUnsent: 3 });
    expect(() => push.send(bytesOf("late"))).toThrow("closed");
  });

  test("closes in time although a peer takes nothing any more", async () => {
    const { pull } = await pullAt(anyAddress("tcp"));
    const push = pushTo(pull.address);
    await settled(() => expect(push.stats().connections).toBe(1));
    pull.pause();
    const block = new Uint8Array(1_000_000);
    await settled(() => {
      while (push.send(block));
      expect(push.stats().fullRefusals).toBeGreaterThan(20);
    });
    expect((await push.close({ flushMs: 30 })).framesUnsent).toBeGreaterThan(0);
  });

  test("counts what was being written when its connection broke as in doubt, and sends the rest", async () => {
    const frozen = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(greeting("pull"));
      socket.pause();
      cleanups.push(() => socket.destroy());
      setTimeout(() => socket.resetAndDestroy(), 100);
    });
    // The next one must get the same.
    const port = await freePort();
    await new Promise<void>((resolve) => frozen.listen(port, "127.0.0.1", resolve));
    const address = `tcp://127.0.0.1:${port}`;
    const push = pushTo(address, { queueBytesMax: 32 * 1024 * 1024 });
    const sent = 300;
    for (let i = 0; i < sent; i++) expect(push.send(new Uint8Array(100_000))).toBe(true);
    await settled(() => expect(push.stats().framesInDoubt).toBeGreaterThan(0));
    await new Promise((resolve) => frozen.close(resolve));
    const { pull } = await pullAt(address);
    await push.close();
    await settled(() => expect(pull.stats().frames).toBeGreaterThan(0));
    await settled(() => {
      const { frames, framesInDoubt, queuedFrames } = push.stats();
      expect(frames + framesInDoubt + queuedFrames).toBe(sent);
      expect(queuedFrames).toBe(0);
    });
  });
});

describe("dialling again", () => {
  test("waits as its policy says, and starts over after a handshake", async () => {
    const waits: number[] = [];
    let runNext = () => {};
    const schedule = (action: () => void, delayMs: number) => {
      waits.push(delayMs);
      runNext = action;
      return () => {};
    };
    const address = anyAddress("ipc");
    const policy = { reconnect: { firstMs: 100, mostMs: 350 }, random: () => 0.5, schedule };
    const push = closing(dialPush({ address, ...policy }));
    for (let failures = 1; failures <= 4; failures++) {
      await settled(() => expect(waits.length).toBe(failures));
      if (failures < 4) runNext();
    }
    expect(waits).toEqual([75, 150, 262.5, 262.5]);
    const { pull } = await pullAt(address);
    runNext();
    await settled(() => expect(push.stats().connections).toBe(1));
    await pull.close();
    await settled(() => expect(waits.length).toBe(5));
    expect(waits[4]).toBe(75);
  });

  test("ends with close", async () => {
    const push = dialPush({ address: "tcp://127.0.0.1:1", reconnect: { firstMs: 1, mostMs: 1 } });
    await settled(() => expect(push.stats().connectFailures).toBeGreaterThan(3));
    await push.close();
    const { connectFailures } = push.stats();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(push.stats().connectFailures).toBe(connectFailures);
  });

  test("a malformed address is refused at once", () => {
    expect(() => dialPush({ address: "udp://x:1" })).toThrow(TransportError);
  });
});

describe("an IPC socket file", () => {
  test("that a dead process left behind is replaced", async () => {
    const address = anyAddress("ipc");
    const path = address.slice("ipc://".length);
    // A process that is killed never unlinks its socket file.
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    expect(spawnSync(process.execPath, ["-e", script]).signal).toBe("SIGKILL");
    const { pull, frames } = await pullAt(address);
    pushTo(pull.address).send(bytesOf("alive"));
    await settled(() => expect(frames).toEqual(["alive"]));
  });

  test("is never replaced when it is a file of another kind", async () => {
    const address = anyAddress("ipc");
    writeFileSync(address.slice("ipc://".length), "precious");
    await expect(listenPull({ address, onFrame: () => {} })).rejects.toThrow("the address is in use");
  });

  test("in a folder that does not exist is an error that says so", async () => {
    const address = `ipc://${folder}/none/x.sock`;
    await expect(listenPull({ address, onFrame: () => {} })).rejects.toThrow(/cannot listen on .*(EACCES|ENOENT)/);
  });
});
