// Interoperability: nngcat is the reference implementation's own tool, so what it sends and takes is the protocol.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { dialPull, dialPush, listenPull, listenPush } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ff-"));
const running: ChildProcess[] = [];
const toClose: { close(): Promise<unknown> }[] = [];
let ipcCount = 0;

beforeAll(() => {
  const { error } = spawnSync("nngcat", ["--version"]);
  if (error !== undefined) throw new Error(`nngcat does not start (${error.message}): apt-get install nng-utils`);
  return () => rmSync(folder, { recursive: true });
});

afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  for (const socket of toClose.splice(0)) await socket.close();
});

/** Starts nngcat; gives what it has printed so far, and its exit code. */
function nngcat(...args: string[]) {
  const child = spawn("nngcat", args, { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { printed: () => Buffer.concat(chunks).toString(), exit };
}

function closing<T extends { close(): Promise<unknown> }>(socket: T): T {
  toClose.push(socket);
  return socket;
}

const anyAddress = (scheme: string) => (scheme === "tcp" ? "tcp://127.0.0.1:0" : `ipc://${folder}/${ipcCount++}.sock`);

/** An address that nngcat can be told to listen on: it does not report a port it chose. */
async function freeAddress(scheme: string): Promise<string> {
  if (scheme === "ipc") return anyAddress(scheme);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}

const settled = (check: () => void) => vi.waitFor(check, { timeout: 120_000, interval: 10 });
const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);

describe.each(["tcp", "ipc"])("over %s", (scheme) => {
  test("nngcat --push reaches our PULL that listens", async () => {
    const frames: string[] = [];
    const onFrame = (frame: Uint8Array) => frames.push(Buffer.from(frame).toString());
    const pull = closing(await listenPull({ address: anyAddress(scheme), onFrame }));
    const cat = nngcat("--push", "--dial", pull.address, "--data", "hello", "--count", "5");
    expect(await cat.exit).toBe(0);
    await settled(() => expect(frames).toEqual(Array(5).fill("hello")));
    expect(pull.stats().refused).toEqual({});
  });

  test("nngcat --push that listens reaches our PULL that dials", async () => {
    const address = await freeAddress(scheme);
    nngcat("--push", "--listen", address, "--data", "hello", "--count", "5");
    let frames = 0;
    const onFrame = (frame: Uint8Array) => {
      expect(Buffer.from(frame).toString()).toBe("hello");
      frames++;
    };
    closing(dialPull({ address, onFrame, reconnect: { firstMs: 20, mostMs: 50 } }));
    await settled(() => expect(frames).toBe(5));
  });

  test("our PUSH that dials reaches nngcat --pull, every frame once and in order", async () => {
    const address = await freeAddress(scheme);
    const cat = nngcat("--pull", "--listen", address, "--quoted");
    const push = closing(dialPush({ address, reconnect: { firstMs: 20, mostMs: 50 } }));
    for (const text of texts) push.send(new TextEncoder().encode(text));
    await settled(() => expect(cat.printed()).toBe(texts.map((text) => `"${text}"\n`).join("")));
    expect(push.stats()).toMatchObject({ frames: texts.length, refused: {} });
  });

  test("our PUSH that listens reaches nngcat --pull", async () => {
    const push = closing(await listenPush({ address: anyAddress(scheme) }));
    const cat = nngcat("--pull", "--dial", push.address, "--quoted");
    for (const text of texts) push.send(new TextEncoder().encode(text));
    await settled(() => expect(cat.printed()).toBe(texts.map((text) => `"${text}"\n`).join("")));
  });

  test("a frame of many segments comes to nngcat whole", async () => {
    const push = closing(await listenPush({ address: anyAddress(scheme) }));
    const cat = nngcat("--pull", "--dial", push.address, "--raw");
    const large = "0123456789abcdef".repeat(60_000);
    push.send(new TextEncoder().encode(large));
    await settled(() => expect(cat.printed().length).toBe(large.length));
    expect(cat.printed()).toBe(large);
  });

  test("nngcat of another protocol is turned away", async () => {
    const pull = closing(await listenPull({ address: anyAddress(scheme), onFrame: () => expect.unreachable() }));
    nngcat("--pub", "--dial", pull.address, "--data", "hello", "--interval", "1");
    await settled(() => expect(pull.stats().refused.wrong_peer).toBeGreaterThan(0));
    expect(pull.stats().frames).toBe(0);
  });
});
