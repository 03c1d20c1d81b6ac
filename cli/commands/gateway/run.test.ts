import { type ChildProcess, execFileSync, type IOType, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { eventually, freePort, selfSigned } from "@flowfusion/testkit";
import { expect, test } from "vitest";

test("a gateway reads its certificate once, so that it may come through a pipe", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ff-run-"));
  const { certFile, keyFile } = await selfSigned(folder, "gateway", { names: "DNS:plant-7.example" });
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const ports = ["--http", "0.0.0.0:0", "--ingest", "tcp://127.0.0.1:0"];
  const tls = ["--tls-cert", pipe, "--tls-key", keyFile];
  const main = join(import.meta.dirname, "../../dist/main.mjs");
  const writing = spawn("sh", ["-c", 'cat "$0" > "$1"', certFile, pipe]);
  const gateway = spawn(process.execPath, [main, "gateway", "--data", join(folder, "data"), ...ports, ...tls], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines: string[] = [];
    createInterface(gateway.stdout).on("line", (line) => lines.push(line));
    await eventually(() => expect(lines.join("\n")).toContain("control API  https://plant-7.example:"));
  } finally {
    writing.kill();
    const exit = once(gateway, "exit");
    gateway.kill("SIGKILL");
    await exit;
    await rm(folder, { recursive: true });
  }
});

test.each<readonly [string, (output: Readable) => void]>([
  ["whose output nobody reads any more", (output) => void output.destroy()],
  ["whose output is taken by somebody who stands still", (output) => void output.pause()],
])("a gateway %s runs on, and ends in order", async (_whose, leave) => {
  await using folder = await temporaryFolder();
  const gateway = start(folder.path, ["pipe", "pipe"]);
  try {
    const [stdout, stderr] = [gateway.stdout!, gateway.stderr!];
    let banner = "";
    stdout.setEncoding("utf8").on("data", (text: string) => (banner += text));
    await eventually(() => expect(banner).toContain("Stop it"));
    const [, url, dataDir] = /control API +(\S+)[\s\S]*data +(\S+)/.exec(banner)!;
    expect(dirname(dataDir!)).toBe(folder.path);
    leave(stdout);
    leave(stderr);
    await logMuch(url!);
    const exit = once(gateway, "exit");
    gateway.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    // Which it removes last.
    expect(await readdir(folder.path)).not.toContain(basename(dataDir!));
  } finally {
    gateway.kill("SIGKILL");
  }
});

test("a gateway whose log goes to a disk that is full runs on, and ends in order", async (context) => {
  if (!existsSync("/dev/full")) context.skip("there is no /dev/full");
  await using folder = await temporaryFolder();
  await using full = await open("/dev/full", "w");
  const port = await freePort();
  const gateway = start(folder.path, [full.fd, "ignore"], port);
  try {
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
    await logMuch(url);
    const exit = once(gateway, "exit");
    gateway.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  } finally {
    gateway.kill("SIGKILL");
  }
});

test("a gateway whose data plane dies ends with exit code 1 and the reason, for a supervisor to start it anew", async () => {
  await using folder = await temporaryFolder();
  const doom = join(folder.path, "doom");
  const dying = `
    import { existsSync } from "node:fs";
    import { isMainThread } from "node:worker_threads";
    const look = () => { if (existsSync(${JSON.stringify(doom)})) throw new Error("out of luck"); };
    if (!isMainThread) setInterval(look, 20).unref();`;
  const program = join(folder.path, "dying.mjs");
  await writeFile(program, dying);
  const gateway = start(folder.path, ["pipe", "pipe"], 0, { NODE_OPTIONS: `--import=${program}` });
  try {
    // By then all that it said has been read.
    const end = once(gateway, "close");
    let [banner, said] = ["", ""];
    gateway.stdout!.setEncoding("utf8").on("data", (text: string) => (banner += text));
    gateway.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
    await eventually(() => expect(banner).toContain("Stop it"));
    await writeFile(doom, "");
    expect(await end).toEqual([1, null]);
    expect(said).toMatch(/the data plane's thread died: out of luck; the gateway ends, so that a supervisor/);
  } finally {
    gateway.kill("SIGKILL");
  }
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "ff-run-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

function start(
  folder: string,
  outputs: readonly [stdout: IOType | number, stderr: IOType],
  port = 0,
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const ports = ["--http", `127.0.0.1:${port}`, "--ingest", "tcp://127.0.0.1:0"];
  const main = join(import.meta.dirname, "../../dist/main.mjs");
  return spawn(process.execPath, [main, "gateway", ...ports, "--log", "info"], {
    env: { ...process.env, ...environment, TMPDIR: folder },
    stdio: ["ignore", ...outputs],
  });
}

/** More than a pipe holds: each answer is a line with the path. */
async function logMuch(url: string): Promise<void> {
  for (let count = 0; count < 100; count++) {
    expect((await fetch(`${url}/${"x".repeat(8 * 1024)}`)).status).toBe(401);
  }
}
