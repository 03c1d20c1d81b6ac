// Interoperability: nngcat is the reference implementation's own tool, so what it sends and takes is the protocol.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@flowfusion/testkit";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { dialPush, listenPull } from "./index.ts";

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
const freeAddress = async (scheme: string): Promise<string> =>
  scheme === "ipc" ? anyAddress(scheme) : `tcp://127.0.0.1:${await freePort()}`;

const settled = (check: () => void) => vi.waitFor(check, { timeout: 120_000, interval: 10 });
const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);

describe.each(["tcp", "ipc"])("over %s", (scheme) => {
  test("nngcat --push reaches our PULL", async () => {
    const frames: string[] = [];
    const onFrame = (frame: Uint8Array) => frames.push(Buffer.from(frame).toString());
    const pull = closing(await listenPull({ address: anyAddress(scheme), onFrame }));
    const cat = nngcat("--push", "--dial", pull.address, "--data", "hello", "--count", "5");
    expect(await cat.exit).toBe(0);
    await settled(() => expect(frames).toEqual(Array(5).fill("hello")));
    expect(pull.stats().refused).toEqual({});
  });

  test("our PUSH reaches nngcat --pull, every frame once and in order", async () => {
    const address = await freeAddress(scheme);
    const cat = nngcat("--pull", "--listen", address, "--quoted");
    const push = closing(dialPush({ address, reconnect: { firstMs: 20, mostMs: 50 } }));
    for (const text of texts) push.send(new TextEncoder().encode(text));
    await settled(() => expect(cat.printed()).toBe(texts.map((text) => `"${text}"\n`).join("")));
    expect(push.stats()).toMatchObject({ frames: texts.length, refused: {} });
  });

  test("a frame of many segments comes to nngcat whole", async () => {
    const address = await freeAddress(scheme);
    const cat = nngcat("--pull", "--listen", address, "--raw");
    const push = closing(dialPush({ address, reconnect: { firstMs: 20, mostMs: 50 } }));
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
