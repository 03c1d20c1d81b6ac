// Everything that a plant consists of, declared in one program and driven with the real CLI: the gateway, its connections, its
// drivers, node modules and the flows that use them.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { freePort } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";

const password = "planted-password-of-the-historian";
const otherPassword = "planted-password-that-took-its-place";
const alarms = parseFlowName("alarms");

let gateway: GatewayProcess;
let project: PulumiProject;

beforeEach(async () => {
  // Some tests end it, and start it there again.
  gateway = await GatewayProcess.start("--http", `127.0.0.1:${await freePort()}`);
  project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
  await project.succeed(["config", "set", "--secret", "password", password]);
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await project.remove();
});

const plant = `
  const plant = new ff.Gateway("plant", { ...gateway, flowOptions: { healthGateMs: 0 } });
`;

interface Historian {
  readonly url?: string;
  readonly more?: string;
}

const historian = ({ url = "mqtt://127.0.0.1:1", more = "" }: Historian = {}) => `
  const historian = new ff.Connection("historian", {
    gateway: plant, kind: "mqtt", url: "${url}", username: "press",
    secrets: { password: config.requireSecret("password") }, ${more}
  });
`;

const simulator = ({ tags = 20, more = "" } = {}) => `
  const line = new ff.Driver("line", {
    gateway: plant, kind: "simulator", config: { tags: ${tags}, updatesPerSecond: 200 }, ${more}
  });
`;

const flow = `
  export const { digest } = new ff.Flow("alarms", {
    gateway: plant,
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      out: ff.mqtt({ connection: historian.name, topic: "alarms/{topic}" }),
    },
    wires: (n) => [n.temps.out.to(n.out.in)],
  });
`;

async function upSucceeds(): Promise<string> {
  const { code, text } = await project.up();
  expect(code, text).toBe(0);
  return text;
}

/** A command of the CLI takes some seconds, and these stories have many. */
const patience = { timeout: 300_000 };

test("a flow that goes over to a connection of the same up is previewed without a warning", patience, async () => {
  await project.write(plant + flow.replace("connection: historian.name", 'broker: "mqtt://127.0.0.1:1"'));
  await upSucceeds();
  await project.write(plant + historian() + flow);
  const { text } = await project.succeed(["preview"]);
  expect(text).toContain("once it has the connection historian: this up makes it first");
  expect(text).not.toMatch(/warning|would refuse/);

  await project.write(plant + flow.replace("historian.name", '"nowhere"'));
  expect((await project.succeed(["preview"])).text).toContain("would refuse this change: nodes.out.props.connection");

  await project.write(plant + historian() + flow);
  await upSucceeds();
  expect(await project.preview()).toEqual([]);
});

test(
  "a plant comes up in order, an edit is previewed by name and nothing else, and all of it goes again",
  patience,
  async () => {
    await project.write(plant + historian() + simulator() + flow);
    const { text: planned } = await project.succeed(["preview"]);
    expect(planned).not.toMatch(/warning|would/);
    await upSucceeds();
    expect(await project.preview()).toEqual([]);
    expect((await gateway.client.getFlow(alarms))!.options).toEqual({ healthGateMs: 0 });
    expect(await gateway.client.getConnection("historian")).toMatchObject({ username: "press", secrets: ["password"] });

    await project.succeed(["config", "set", "--secret", "password", otherPassword]);
    await project.write(
      plant.replace("healthGateMs: 0", "healthGateMs: 1") +
        historian({ url: "mqtt://127.0.0.1:2" }) +
        simulator({ tags: 30, more: "enabled: false," }) +
        flow,
    );
    const edits = await project.edits();
    expect(edits).toEqual({
      "update Gateway plant": ["update flowOptions.healthGateMs"],
      "update Connection historian": ["update secrets.password", "update url"],
      "update Driver line": ["update config.tags", "update enabled"],
      "update Flow alarms": ["update options.healthGateMs"],
    });
    await upSucceeds();
    expect(await gateway.client.getConnection("historian")).toMatchObject({ generation: 2, url: "mqtt://127.0.0.1:2" });
    expect(await gateway.client.getDriver("line")).toMatchObject({
      generation: 2,
      state: "stopped",
      config: { tags: 30 },
    });

    const destroyed = await project.destroy();
    expect(destroyed.code, destroyed.text).toBe(0);
    expect(await project.resources()).toEqual([]);
    expect((await gateway.client.listConnections()).items).toEqual([]);
    expect((await gateway.client.listDrivers()).items).toEqual([]);
  },
);

describe("what somebody changes by other means", () => {
  test("is shown by a refresh, property by property, and put back by the next up", patience, async () => {
    await project.write(plant + historian() + simulator() + flow);
    await upSucceeds();
    const { client } = gateway;
    const elsewhere = { kind: "mqtt", url: "mqtt://127.0.0.1:3", username: "press" } as const;
    await client.putConnection("historian", { ...elsewhere, secrets: { password: otherPassword }, expected: 1 });
    await client.putDriver("line", { kind: "simulator", config: { tags: 7, updatesPerSecond: 200 } }, { expected: 1 });

    const up = await project.write(plant + historian() + simulator({ tags: 50 }) + flow).then(() => project.up());
    expect(up.code).not.toBe(0);
    expect(up.text).toContain('driver "line"');
    expect(up.text).toContain("it was at generation 1, it is at generation 2 now, changed by admin");
    expect(await client.getDriver("line")).toMatchObject({ generation: 2, config: { tags: 7 } });

    await project.write(plant + historian() + simulator() + flow);
    expect(await project.drift()).toEqual({
      "Connection historian": ["secrets.password", "url"],
      "Driver line": ["config.tags"],
    });
    const refreshed = await project.refresh();
    expect(refreshed.text).toContain("Changed by admin at ");
    await upSucceeds();
    expect(await client.getConnection("historian")).toMatchObject({ generation: 3, url: "mqtt://127.0.0.1:1" });
    expect(await client.getDriver("line")).toMatchObject({ generation: 3, config: { tags: 20 } });
    expect(await project.preview()).toEqual([]);
  });

  test("is said to differ in nothing where it was changed back", patience, async () => {
    await project.write(plant + simulator());
    await upSucceeds();
    const { client } = gateway;
    const config = { tags: 20, updatesPerSecond: 200 };
    await client.putDriver("line", { kind: "simulator", config: { ...config, tags: 7 } }, { expected: 1 });
    await client.putDriver("line", { kind: "simulator", config }, { expected: 2 });
    expect((await project.refresh()).text).toContain("generation 3: and back, so that nothing differs.");
    expect(await project.preview()).toEqual([]);
  });

  test("a connection and a driver that somebody deleted come back", patience, async () => {
    await project.write(plant + historian() + simulator());
    await upSucceeds();
    await gateway.client.deleteConnection("historian", { expected: 1 });
    await gateway.client.deleteDriver("line", { expected: 1 });
    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("2 deleted") });
    await upSucceeds();
    expect(await gateway.client.getConnection("historian")).toMatchObject({ generation: 3 });
    expect(await gateway.client.getDriver("line")).toMatchObject({ generation: 3 });
  });
});

test("another name makes the new one before the old one goes, and a flow moves over in between", patience, async () => {
  await project.write(plant + historian() + flow);
  await upSucceeds();
  await project.write(plant + historian({ more: 'name: "archive",' }) + flow);
  expect((await project.edits())["replace Connection historian"]).toEqual(["update-replace name"]);
  await upSucceeds();
  const { items } = await gateway.client.listConnections();
  expect(items.map(({ name }) => name)).toEqual(["archive"]);
  expect(await gateway.client.getFlow(alarms)).toMatchObject({
    generation: 2,
    graph: { nodes: { out: { props: { connection: "archive" } } } },
  });
  expect(await project.preview()).toEqual([]);
});

test("another name in the program alone, with an alias, changes nothing on the gateway", patience, async () => {
  const named = (resource: string, opts: string) => `${plant}
    new ff.Driver("${resource}", { gateway: plant, name: "line", kind: "simulator", config: { tags: 20 } }, { ${opts} });`;
  await project.write(named("line", ""));
  await upSucceeds();
  await project.write(named("line-1", 'aliases: [{ name: "line" }]'));
  await upSucceeds();
  expect(await gateway.client.getDriver("line")).toMatchObject({ generation: 1 });
  expect((await project.resources()).map(({ urn }) => PulumiProject.nameOf(urn)).sort()).toEqual([
    "Driver line-1",
    "Gateway plant",
  ]);
});

test("functions tell a program what gateways are, what runs there and what drifted", patience, async () => {
  const functions = `
    export const version = ff.getGatewayOutput({ gateway: plant }).version;
    export const running = ff.getFlowOutput({ gateway, name: "alarms" }).apply(({ digest, nodes }) => ({ digest, nodes }));
    export const types = ff.getNodeCatalogOutput({ gateway: plant }).types.apply((all) => all.map(({ name }) => name));
    export const builtIns = ff.getNodeCatalog().then(({ types }) => types.length);
    const flow = { temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } }, log: { type: "file", props: { path: "b" } } };
    export const drift = ff.getDriftOutput({ gateway, name: "alarms", nodes: flow, wires: { "temps.out -> log.in": {} } });
  `;
  const { wasm } = await fuseDocument({
    nodes: {
      temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
      log: { type: "file", props: { path: "a" } },
    },
    wires: ["temps.out -> log.in"],
  });
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(alarms, { artefact: digest, expected: "absent" });
  await project.write(plant + functions);
  await upSucceeds();
  const { stdout } = await project.succeed(["stack", "output", "--json", "--show-secrets"]);
  expect(JSON.parse(stdout)).toMatchObject({
    version: (await gateway.client.gateway()).version,
    running: { digest, nodes: { log: { type: "file" } } },
    types: expect.arrayContaining(["filter", "mqtt"]),
    builtIns: (await builtinCatalog()).size,
    drift: {
      exists: true,
      hasDrift: true,
      generation: 1,
      deployedBy: "admin",
      changes: [{ path: "nodes.log.props.path", kind: "update" }],
    },
  });
  await project.write(`${plant} export const { digest } = ff.getFlowOutput({ gateway, name: "gone" });`);
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  expect(text).toContain('has no flow "gone"');
});

describe("what runs already", () => {
  test(
    "is imported from the gateway, and the program then has nothing to change but the secret that nobody can read",
    patience,
    async () => {
      await project.write(plant + historian() + simulator());
      await upSucceeds();
      await project.newStack("copy", { endpoint: gateway.url, token: gateway.token });
      await project.succeed(["config", "set", "--secret", "password", password]);
      const resources = [
        ["Gateway", "plant", gateway.url],
        ["Connection", "historian", `${gateway.url}/v1/connections/historian`],
        ["Driver", "line", `${gateway.url}/v1/drivers/line`],
      ];
      for (const [type, name, id] of resources) {
        const args = [
          "import",
          "--yes",
          "--generate-code=false",
          "--protect=false",
          `flowfusion:index:${type}`,
          name!,
          id!,
        ];
        const { code, text } = await project.run(args, { FLOWFUSION_TOKEN: gateway.token });
        expect(code, text).toBe(0);
      }
      expect(await project.edits()).toEqual({
        "update Gateway plant": ["add flowOptions"],
        "update Connection historian": ["update secrets.password"],
      });
    },
  );

  test("is exported as a whole, and the program has nothing to change once it is imported", patience, async () => {
    await project.write(plant + historian() + simulator() + flow);
    await upSucceeds();
    const access = { FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: gateway.token };
    const [file, importFile] = ["program/index.ts", "import.json"].map((name) => path.join(project.folder, name));
    const exported = await project.flowfusion(["export", "--all", "-o", file!, "--import-file", importFile!], access);
    expect([exported.code, exported.text]).toEqual([
      0,
      expect.stringContaining("as the gateway does not tell secrets: pulumi config set --secret historianPassword\n"),
    ]);
    await project.newStack("copy", { endpoint: gateway.url, token: gateway.token });
    await project.succeed(["config", "set", "--secret", "historianPassword", password]);
    const flags = ["--yes", "--generate-code=false", "--protect=false"];
    await project.succeed(["import", ...flags, "--file", importFile!], access);
    expect(await project.edits()).toEqual({ "update Connection historian": ["update secrets.password"] });
    await upSucceeds();
    expect(await project.preview()).toEqual([]);
    expect(await gateway.client.getFlow(alarms)).toMatchObject({ generation: 1 });
  });

  test("is not taken over without being asked", patience, async () => {
    await project.write(plant + historian() + simulator());
    await gateway.client.putConnection("historian", { kind: "mqtt", url: "mqtt://127.0.0.1:9", expected: "absent" });
    const { code, text } = await project.up();
    expect(code).not.toBe(0);
    expect(text).toContain("FF_PROVIDER_EXISTS");
    expect(text).toContain(
      `pulumi import flowfusion:index:Connection <resource> ${gateway.url}/v1/connections/historian`,
    );
    expect(await gateway.client.getConnection("historian")).toMatchObject({ generation: 1, url: "mqtt://127.0.0.1:9" });
  });
});

describe("when something is wrong", () => {
  test("a gateway that is down fails up, refresh and destroy, and the state stays what it was", patience, async () => {
    await project.write(
      plant.replace("healthGateMs: 0 }", "healthGateMs: 0 }, waitMs: 100") + historian() + simulator(),
    );
    await upSucceeds();
    const before = await project.resources();
    await gateway.end("SIGTERM");
    await project.write(
      plant.replace("healthGateMs: 0 }", "healthGateMs: 1 }, waitMs: 100") + historian({ url: "mqtt://127.0.0.1:2" }),
    );
    for (const outcome of [await project.up(), await project.refresh(), await project.destroy()]) {
      expect(outcome.code).not.toBe(0);
      expect(outcome.text).toContain("FF_GATEWAY_UNREACHABLE");
    }
    const after = await project.resources();
    // Destroying begins with what nothing depends on, and the gateway itself is only forgotten.
    expect(after.filter(({ urn }) => !urn.includes("Gateway"))).toEqual(
      before.filter(({ urn }) => !urn.includes("Gateway")),
    );
  });

  test("all mistakes are told at once, each with its place, and nothing is sent", patience, async () => {
    await project.write(`
      const untyped = ff as any;
      new untyped.Driver("line", {
        gateway,
        kind: "modbus",
        config: {
          host: "127.0.0.1",
          groups: [{ pollIntervalMs: 5, tags: [{ tag: "a", address: "40001", type: "flot32" }] }],
        },
        secrets: { password: "p" },
      });
    `);
    const { code, text } = await project.run(["preview"]);
    expect(code).not.toBe(0);
    for (const part of [
      "config.groups[0].pollIntervalMs: 5 given, 10 to 3600000 allowed",
      "config.groups[0].tags[0].address: text of 5 characters given, a whole number expected",
      "config.groups[0].tags[0].type: one of",
      "secrets.password: is not known; modbus has none",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("a driver that cannot work fails the up with its reason, and the next up tries again", patience, async () => {
    await project.write(`${plant}
      new ff.Driver("day", { gateway: plant, kind: "replay", config: { path: "day.bin" } });`);
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.text).toMatch(/The driver does not run \((failed|backing_off)\)/);
    expect((await project.resources()).map(({ urn }) => PulumiProject.nameOf(urn))).toContain("Driver day");
    expect((await project.up()).text).toContain("The driver does not run");
  });

  test("a gateway whose own configuration differs is refused, and a refresh shows what differs", patience, async () => {
    const limits = (fuelPerMessage: number) =>
      `new ff.Gateway("plant", { ...gateway, limits: { fuelPerMessage: ${fuelPerMessage} }, minimumVersion: "0.1.0" });`;
    await project.write(limits(1));
    const preview = await project.run(["preview"]);
    expect(preview.text).toMatch(/An up would fail: limits.fuelPerMessage: 1 is declared, the gateway has \d+/);
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.text).toContain("FF_PROVIDER_GATEWAY_DIFFERS");
    const { fuelPerMessage } = (await gateway.client.gateway()).limits;
    await project.write(limits(fuelPerMessage));
    await upSucceeds();
    await gateway.end("SIGTERM");
    const { port } = new URL(gateway.url);
    const config = path.join(project.folder, "gateway.json");
    await writeFile(config, JSON.stringify({ limits: { fuelPerMessage: fuelPerMessage * 2 } }));
    await gateway.start("--http", `127.0.0.1:${port}`, "--config", config);
    expect(await project.drift()).toEqual({ "Gateway plant": ["limits.fuelPerMessage"] });
  });
});
