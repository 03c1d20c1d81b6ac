import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";

test("a gateway reads its certificate once, so that it may come through a pipe", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ff-run-"));
  const [cert, key, pipe] = ["cert.pem", "key.pem", "pipe"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const ecKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const about = ["-days", "1", "-subj", "/CN=it", "-addext", "subjectAltName=DNS:plant-7.example"];
  execFileSync("openssl", ["req", "-x509", ...ecKey, "-keyout", key, "-out", cert, ...about], { stdio: "ignore" });
  execFileSync("mkfifo", [pipe]);
  const ports = ["--http", "0.0.0.0:0", "--ingest", "tcp://127.0.0.1:0"];
  const tls = ["--tls-cert", pipe, "--tls-key", key];
  const main = join(import.meta.dirname, "../../main.ts");
  const writing = spawn("sh", ["-c", 'cat "$0" > "$1"', cert, pipe]);
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

test("a gateway whose output nobody reads any more runs on, and ends in order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ff-run-"));
  const ports = ["--http", "127.0.0.1:0", "--ingest", "tcp://127.0.0.1:0"];
  const gateway = spawn(process.execPath, [join(import.meta.dirname, "../../main.ts"), "gateway", ...ports], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    let banner = "";
    gateway.stdout.setEncoding("utf8").on("data", (text: string) => (banner += text));
    await eventually(() => expect(banner).toContain("Stop it"));
    const [, url, dataDir] = /control API +(\S+)[\s\S]*data +(\S+)/.exec(banner)!;
    expect(dirname(dataDir!)).toBe(folder);
    gateway.stdout.destroy();
    gateway.stderr.destroy();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const exit = once(gateway, "exit");
    gateway.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    // Which it removes last.
    expect(await readdir(folder)).not.toContain(basename(dataDir!));
  } finally {
    gateway.kill("SIGKILL");
    await rm(folder, { recursive: true });
  }
});
