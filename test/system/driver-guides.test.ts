// The guides to devices, done as they say, against devices of the tests: each block of shell commands is run, in order, and
// what it must print stands behind it. Only the addresses are others.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { type Block, blocksOf, patternOf } from "./guide.ts";

const root = path.join(import.meta.dirname, "../..");

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let folder: string;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = await mkdtemp(path.join(tmpdir(), "ff-guide-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  gateway = cleanup.use(await GatewayProcess.start());
  // From the sources, so that no build is needed to try a change.
  const command = path.join(folder, "flowfusion");
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, "cli/main.ts")}" "$@"\n`);
  await chmod(command, 0o755);
});
afterEach(() => cleanup.disposeAsync());

/** `after` runs behind the block of that number, counted from 0. */
async function follow(
  blocks: readonly Block[],
  after: Readonly<Record<number, () => Promise<void>>> = {},
): Promise<void> {
  const commands = blocks.filter(({ kind }) => kind === "sh");
  for (const [index, command] of commands.entries()) {
    const printed = await shell(command.text);
    const next = blocks[blocks.indexOf(command) + 1];
    if (next?.kind === "text") expect(printed).toMatch(patternOf(next.text));
    await after[index]?.();
  }
  expect(commands.length).toBeGreaterThan(3);
}

let variables: Record<string, string> = {};

/** Runs a block in the shell of the blocks before it: what it sets stays set. */
async function shell(script: string): Promise<string> {
  const places = { FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: gateway.token };
  const env = { ...process.env, ...variables, ...places, PATH: `${folder}:${process.env.PATH}` };
  const keep = `printf '\\n@@ '; set | sed -n 's/^server=//p'`;
  const child = spawn("sh", ["-euc", `${script}\n${keep}`], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, stderr }, script).toEqual({ code: 0, stderr: "" });
  const [printed = "", server = ""] = stdout.split("\n@@ ");
  const value = server.trim().replaceAll("'", "");
  if (value !== "") variables = { server: value };
  return printed;
}

test("the guide to a Modbus device does what it says", async () => {
  const device = cleanup.use(await PythonPeer.start(path.join(root, "drivers/modbus/testkit/server.py")));
  const addresses = [
    ["192.168.10.20", "127.0.0.1"],
    ["502,", `${device.port},`],
  ] as const;
  await follow(await blocksOf("docs/guides/modbus.md", addresses));
});

test("the guide to an OPC UA server does what it says", async () => {
  const place = await mkdtemp(path.join(tmpdir(), "ff-guide-server-"));
  cleanup.defer(() => rm(place, { recursive: true }));
  const server = cleanup.use(
    await PythonPeer.start(path.join(root, "drivers/opcua/testkit/server.py"), place, "secure"),
  );
  const blocks = await blocksOf("docs/guides/opcua.md", [
    ["opc.tcp://192.168.10.30:4840", `opc.tcp://127.0.0.1:${server.port}/test`],
  ]);
  // What the guide leaves to the reader: the server is given the driver's certificate.
  const trust = () =>
    cp(path.join(gateway.dataDir, "drivers/line-1/pki/certificate.pem"), path.join(place, "trusted.pem"));
  await follow(blocks, { 3: trust });
});
