// The guide to a plant as code, done as it says, with a Modbus device and a web server of the tests: the program of the guide
// brings readings from the device to the server, and no secret is shown or kept in the clear.

import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually, GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { errorsIn, holdScreen, partOf } from "./screens.ts";
import { hasTerminals } from "./terminal.ts";

const root = path.join(import.meta.dirname, "../..");
const historianToken = "planted-token-of-the-historian";

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let project: PulumiProject;
let device: PythonPeer;
let historian: Server;
let arrived: { readonly topic: string; readonly value: number }[];

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  arrived = [];
  gateway = cleanup.use(await GatewayProcess.start());
  device = cleanup.use(await PythonPeer.start(path.join(root, "drivers/modbus/testkit/server.py")));
  historian = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers.authorization !== `Bearer ${historianToken}`) return response.writeHead(403).end();
    arrived.push(...(JSON.parse(Buffer.concat(chunks).toString()) as typeof arrived));
    return response.end();
  });
  historian.listen(0, "127.0.0.1");
  await once(historian, "listening");
  cleanup.defer(() => {
    historian.closeAllConnections();
    historian.close();
  });
  project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
  cleanup.defer(() => project.remove());
  await project.succeed(["config", "set", "--secret", "historianToken", historianToken]);
});
afterEach(() => cleanup.disposeAsync());

async function guideProgram(): Promise<string> {
  const guide = await readFile(path.join(root, "docs/guides/gateway-as-code.md"), "utf8");
  const [, program = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const addresses = [
    ['"192.168.10.20"', '"127.0.0.1"'],
    ["port: 502", `port: ${device.port}`],
    ["historian.example:8086", `127.0.0.1:${(historian.address() as AddressInfo).port}`],
  ] as const;
  return addresses.reduce((text, [shown, real]) => {
    expect(text).toContain(shown);
    return text.replaceAll(shown, real);
  }, program);
}

test("the guide's program reads the device, sends to the historian, and shows no secret", {
  timeout: 600_000,
}, async () => {
  await project.writeWhole(await guideProgram());
  const preview = await project.run(["preview", "--diff"]);
  const up = await project.up();
  expect(up.code, up.text).toBe(0);
  await eventually(() => expect(arrived.map(({ topic }) => topic)).toContain("boiler/1/temp"));

  const again = await project.run(["preview", "--diff", "--json"]);
  const state = await project.succeed(["stack", "export"]);
  const refresh = await project.refresh();
  const driver = await project.run(["stack", "--show-urns"]);
  for (const { text } of [preview, up, again, state, refresh, driver]) {
    expect(text).not.toContain(historianToken);
    expect(text).not.toContain(gateway.token);
  }
  const files = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const bytes = await readFile(path.join(file.parentPath, file.name));
    expect(bytes.includes(historianToken), file.name).toBe(false);
  }
  await project.edit("program/index.ts", "pollIntervalMs: 200", "pollIntervalMs: 500");
  if (hasTerminals()) {
    const { screen } = await project.onTerminal("pulumi preview");
    const places = [["system-dev", "plant-dev"]] as const;
    await holdScreen("docs/guides/gateway-as-code.md", "change", partOf(screen, /^ +Type +Name/, /^$/), { places });
  }
  await project.edit("program/index.ts", "address: 0", 'address: "40001"');
  const mistaken = await project.run(["preview"]);
  await holdScreen("docs/guides/gateway-as-code.md", "mistake", errorsIn(mistaken.stdout));
  const destroyed = await project.destroy();
  expect(destroyed.code, destroyed.text).toBe(0);
  expect((await gateway.client.listDrivers()).items).toEqual([]);
});
