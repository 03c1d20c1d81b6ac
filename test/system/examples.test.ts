// The examples, done as their READMEs say, with the real CLI on a real gateway, a real broker and a real Modbus device.

import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PythonPeer } from "@flowfusion/driver-kit/testkit";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, Mosquitto } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Receiver } from "./flows.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { blocksOf, follow } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { holdScreen, partOf } from "./screens.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const exampleMsMax = 300_000;

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await GatewayProcess.start());
});
afterEach(() => cleanup.disposeAsync());

async function example(name: string, config: { readonly [key: string]: string } = {}): Promise<PulumiProject> {
  const project = await PulumiProject.ofExample(name, { endpoint: gateway.url, token: gateway.token, ...config });
  cleanup.defer(() => project.remove());
  await symlink(path.join(root, "node_modules"), path.join(project.folder, "node_modules"));
  return project;
}

const runIn = (project: PulumiProject) => async (script: string) => {
  const places = { FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: gateway.token };
  const { code, text } = await project.shell(script, places);
  expect({ code, text }, script).toMatchObject({ code: 0 });
  return text;
};

test("a node of one's own is built, tested and deployed beside built-in nodes", { timeout: exampleMsMax }, async () => {
  const project = await example("custom-node");
  await follow(await blocksOf("examples/custom-node/README.md"), runIn(project));
  const flow = await gateway.client.getFlow(parseFlowName("tank"));
  expect(flow!.graph.nodes.calm).toEqual({ type: "median", props: { size: 5 } });
  expect(await project.preview()).toEqual([]);
});

test("an alarm with hysteresis reaches a broker, and a test bench tells nobody", {
  timeout: exampleMsMax,
}, async () => {
  const broker = cleanup.use(await Mosquitto.start());
  const project = await example("alarm-mqtt");
  const places = { endpoint: gateway.url, token: gateway.token, broker: broker.url };
  await project.newStack("prod", places);
  await project.edit("driver.json", "mqtt://127.0.0.1:1883", broker.url);
  const blocks = await blocksOf("examples/alarm-mqtt/README.md", [["-p 1883", `-p ${broker.port}`]]);
  const run = runIn(project);
  let isBench = true;
  await follow(blocks, async (script) => {
    const printed = await run(script);
    if (isBench) {
      const { graph } = (await gateway.client.getFlow(parseFlowName("alarms")))!;
      expect([graph.nodes.states!.type, graph.nodes.hot!.props?.limits]).toEqual(["file", { high: 30, highHigh: 40 }]);
      // The plant has a gateway of its own; here it is the same.
      await project.succeed(["destroy", "--yes", "--skip-preview", "--stack", "dev"]);
      isBench = false;
    }
    return printed;
  });
});

test("a Modbus device's changes reach the historian, and its noise does not", { timeout: exampleMsMax }, async () => {
  const device = cleanup.use(await PythonPeer.start(path.join(root, "drivers/modbus/testkit/server.py")));
  const historian = cleanup.use(await Receiver.start());
  const project = await example("modbus-line", { history: historian.address });
  const write = (...values: number[]) => device.command({ unit: 1, address: 100, values });
  /** A value that stays comes again once a minute, which an up may take. */
  const goodOf = (name: string) =>
    historian.updates
      .filter(({ tag, quality }) => tag === `line4/oven/${name}` && quality === 0)
      .map(({ value }) => Number(value))
      .filter((value, index, all) => value !== all[index - 1]);

  await write(2000, 7);
  const [first, ...rest] = splitAfter(
    await blocksOf("examples/modbus-line/README.md", [
      ["192.168.10.20", "127.0.0.1"],
      ["port 502", `port ${device.port}`],
    ]),
    "driver list",
  );
  await follow(first!, runIn(project));
  await eventually(() => expect(goodOf("temp")).toEqual([200]));
  for (const tenths of [2003, 1998]) await write(tenths, 7);
  await write(2010, 8);
  await eventually(() => expect(goodOf("temp")).toEqual([200, 201]));
  await eventually(() => expect(goodOf("pressure")).toEqual([7, 8]));

  await follow(rest.flat(), runIn(project));
  await write(2025, 8);
  await write(2040, 8);
  await eventually(() => expect(goodOf("temp")).toEqual([200, 201, 204]));
});

/** The blocks up to the first that says so, with what it prints, and those behind. */
function splitAfter(blocks: Awaited<ReturnType<typeof blocksOf>>, text: string): (typeof blocks)[] {
  const at = blocks.findIndex((block) => block.text.includes(text)) + 2;
  return [blocks.slice(0, at), blocks.slice(at)];
}

test("a policy refuses a preview whose sink sends elsewhere, and lets the rest pass", {
  timeout: exampleMsMax,
}, async () => {
  const project = await example("alarm-mqtt");
  await project.newStack("prod", {
    endpoint: gateway.url,
    token: gateway.token,
    broker: "mqtt://broker.plant.example",
  });
  const check = `pulumi preview --json | node ${path.join(root, "examples/policy/policy.ts")} ${path.join(root, "examples/policy/policy.json")}`;
  expect(await project.shell(check)).toMatchObject({
    code: 0,
    text: expect.stringContaining("all sinks send to known hosts"),
  });
  await project.succeed(["config", "set", "broker", "mqtt://broker.elsewhere.example"]);
  const refused = await project.shell(check);
  expect(refused.code).toBe(1);
  await holdScreen("examples/policy/README.md", "check", refused.text);
});

/** As `npm install` leaves it in a folder of its own: without the TypeScript of this repository, which Pulumi cannot drive. */
async function installedPack(): Promise<string> {
  const pack = await mkdtemp(path.join(tmpdir(), "flowfusion-policy-"));
  cleanup.defer(() => rm(pack, { recursive: true, force: true }));
  const [from, to] = [path.join(root, "node_modules"), path.join(pack, "node_modules")];
  await cp(path.join(root, "examples/policy"), pack, { recursive: true });
  await cp(path.join(from, "@pulumi/pulumi"), path.join(to, "@pulumi/pulumi"), { recursive: true });
  const others = (await readdir(from)).filter((name) => !["@pulumi", "typescript", ".bin"].includes(name));
  for (const name of [...others, "@pulumi/policy"]) await symlink(path.join(from, name), path.join(to, name));
  return pack;
}

test("the same policy as a pack is run by Pulumi itself, in previews and again in ups", {
  timeout: exampleMsMax,
}, async () => {
  const project = await example("alarm-mqtt");
  await project.newStack("pack", {
    endpoint: gateway.url,
    token: gateway.token,
    broker: "mqtt://broker.plant.example",
  });
  const folder = await installedPack();
  const pack = ["--policy-pack", folder, "--policy-pack-config", path.join(folder, "policy.json")];
  const passed = await project.run(["preview", ...pack]);
  expect([passed.code, passed.text]).toEqual([0, expect.stringContaining("flowfusion-policy")]);

  await project.succeed(["config", "set", "broker", "mqtt://broker.elsewhere.example"]);
  for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const refused = await project.run([...args, ...pack]);
    expect(refused.code).not.toBe(0);
    const policies = partOf(refused.text, /^Policies:/, /^ +broker leads/);
    await holdScreen("examples/policy/README.md", "pack", policies, { places: [[folder, "policy"]] });
  }
  expect((await project.resources()).filter(({ type }) => type.startsWith("flowfusion:"))).toEqual([]);
});
