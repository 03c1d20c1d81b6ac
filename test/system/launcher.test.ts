// How `flowfusion` starts under a Node.js that cannot replace a process, as those before 22.15.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { freePort } from "@flowfusion/testkit";
import { expect, test } from "vitest";

const launcher = path.join(import.meta.dirname, "../../cli/bin/flowfusion.mjs");
const withoutExecve = ["--import", "data:text/javascript,delete process.execve"];

const start = (...args: string[]) =>
  spawn(process.execPath, [...withoutExecve, launcher, ...args], { stdio: ["ignore", "pipe", "pipe"] });

test("a gateway ends in order when the process that started it is told to", async () => {
  const started = start(
    "gateway",
    "--http",
    `127.0.0.1:${await freePort()}`,
    "--ingest",
    "tcp://127.0.0.1:0",
    "--json",
  );
  const stderr = text(started.stderr);
  const [ready] = await once(createInterface(started.stdout), "line");
  const { url } = JSON.parse(ready as string) as { url: string };
  expect((await fetch(`${url}/v1/openapi.json`)).status).toBeLessThan(500);

  started.kill("SIGTERM");
  // What it printed ends when nobody is left who could print more.
  const [code] = await once(started, "close");
  expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: "" });
  await expect(fetch(url)).rejects.toThrow();
});

test("the exit code of a command is that of the process that started it", async () => {
  const [code] = await once(start("no-such-command"), "close");
  expect(code).toBe(2);
});

test("a Node.js that cannot be started is told in a line, with exit code 1", async () => {
  const started = spawn(
    process.execPath,
    ["--import", "data:text/javascript,delete process.execve; process.execPath = '/no/such/node'", launcher, "version"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const stderr = text(started.stderr);
  const [code] = await once(started, "close");
  expect({ code, stderr: await stderr }).toEqual({
    code: 1,
    stderr: "flowfusion: /no/such/node cannot be started: spawn /no/such/node ENOENT\n",
  });
});

test("an older Node.js without the one that npm lays down beside it, its scripts being off, is told so", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "ff-launcher-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const copied = path.join(folder, "bin/flowfusion.mjs");
  await cp(launcher, copied);
  await mkdir(path.join(folder, "node_modules/node"), { recursive: true });
  await writeFile(path.join(folder, "node_modules/node/package.json"), '{"name": "node", "version": "24.0.0"}');
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.15.0' } })";
  const started = spawn(process.execPath, ["--import", `data:text/javascript,${older}`, copied, "version"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stderr = text(started.stderr);
  const [code] = await once(started, "close");
  expect({ code, stderr: await stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^flowfusion needs Node\.js 24 or newer, this is 22\.15\.0, .*ENOENT.*\n.*install scripts.*\n$/,
    ),
  });
});
