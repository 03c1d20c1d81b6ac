// The whole of a gateway, brought back in an empty folder from nothing but its backup: a plant whose driver and sink log in to a
// broker with passwords, a node module that was uploaded, dead letters, people's layouts and tokens, what happened.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { parseFlowName, sha256 } from "@flowfusion/graph";
import { freePort, Mosquitto } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tripModule } from "../system/bad-modules.ts";
import { eventually, flowfusion, GatewayProcess } from "../system/gateway-process.ts";

const user = { name: "plant", password: "planted-password-of-the-broker" };
const counts = parseFlowName("counts");
const weak = parseFlowName("weak");
const countsGraph = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["line/+"] } },
    count: { type: "counter" },
    out: { type: "mqtt", props: { connection: "scada", topic: "counted/{topic}" } },
  },
  wires: { "in.out -> count.in": {}, "count.out -> out.in": {} },
};
const weakGraph = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["line/a"] } },
    trip: { type: "trip" },
    out: { type: "file", props: { path: "weak.jsonl" } },
  },
  wires: { "in.out -> trip.in": {}, "trip.out -> out.in": {} },
};
const layout = { nodes: { in: { x: 1, y: 2 }, count: { x: 3, y: 4 }, out: { x: 5, y: 6 } } };

let cleanup: AsyncDisposableStack;
let folder: string;
let gateway: GatewayProcess;
let broker: Mosquitto;
let counted: { readonly payload: { readonly value: unknown } }[];

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = await mkdtemp(path.join(tmpdir(), "ff-whole-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  broker = cleanup.use(await Mosquitto.start({ user }));
  const login = { username: user.name, password: user.password };
  counted = await broker.subscribe("counted/#", 2, login);
  gateway = cleanup.use(await GatewayProcess.start());
});
afterEach(() => cleanup.disposeAsync());

/** Reads from the broker with a password; of the other, which has no server to talk to, there is but its certificate. */
async function declareDrivers(): Promise<void> {
  const subscriptions = [{ format: "text", topic: "line/#" }];
  const line = { kind: "mqtt", config: { url: broker.url, username: user.name, subscriptions } };
  await gateway.client.putDriver("line", { ...line, secrets: { password: user.password } }, { expected: "absent" });
  const config = {
    endpointUrl: `opc.tcp://127.0.0.1:${await freePort()}`,
    tags: [{ tag: "press/force", nodeId: "ns=1;s=Force" }],
  };
  await gateway.client.putDriver("press", { kind: "opcua", config }, { expected: "absent" });
}

async function deployFlows(): Promise<void> {
  const { client } = gateway;
  const connection = { kind: "mqtt", url: broker.url, username: user.name } as const;
  await client.putConnection("scada", { ...connection, secrets: { password: user.password }, expected: "absent" });
  await client.uploadModules([{ digest: sha256(tripModule), wasm: tripModule }]);
  await client.putNodeType("trip", { module: sha256(tripModule), expected: "absent" });
  for (const [name, graph] of [
    [counts, countsGraph],
    [weak, weakGraph],
  ] as const) {
    const { artefact } = await client.fuse(graph);
    await client.deployFlow(name, { artefact, expected: "absent" });
  }
  await client.putLayout(counts, { ...layout, expected: "absent" });
}

function publish(value: number): void {
  const login = ["-p", String(broker.port), "-u", user.name, "-P", user.password];
  execFileSync("mosquitto_pub", [...login, "-q", "1", "-t", "line/a", "-m", String(value)]);
}

/** Publishes until the count comes out, since a driver that has just started may not have subscribed yet. */
async function countOf(value: number): Promise<number> {
  const before = counted.length;
  await eventually(() => {
    publish(value);
    if (counted.length === before) throw new Error("nothing came out");
  });
  return Number(counted.at(-1)!.payload.value);
}

/** The gateway is killed, its folder removed, and another started on what the backup gives. */
async function loseAllButBackup(): Promise<void> {
  const file = path.join(folder, "plant.backup");
  const reach = ["--gateway", gateway.url, "--token", gateway.token];
  expect(await flowfusion("gateway", "backup", file, ...reach)).toMatchObject({ code: 0, stderr: "" });
  expect((await stat(file)).mode & 0o077).toBe(0);
  await gateway.end("SIGKILL");
  await rm(gateway.dataDir, { recursive: true });
  await mkdir(gateway.dataDir);
  const restored = await flowfusion("gateway", "restore", file, "--data", gateway.dataDir);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  await gateway.start();
}

const certificate = (dataDir: string) => readFile(path.join(dataDir, "drivers/press/pki/certificate.pem"), "utf8");

test("an empty folder and a backup are the gateway that was: flows, state, modules, secrets, drivers, what happened", async () => {
  await deployFlows();
  const { token: viewerToken } = await gateway.client.createToken({ name: "ann", role: "viewer" });
  await declareDrivers();
  await countOf(1);
  const lastCount = await countOf(2);
  await eventually(async () => {
    expect((await gateway.client.deadLetters(weak)).items.length).toBeGreaterThan(0);
    expect(await certificate(gateway.dataDir)).toContain("BEGIN CERTIFICATE");
  });
  const savedAfter = Date.now();
  // Has another checkpoint made, which holds at least what was counted before.
  await countOf(3);
  await eventually(async () => {
    expect((await gateway.client.stats(counts)).checkpoint?.savedAtMs ?? 0).toBeGreaterThan(savedAfter);
  });
  const shown = await certificate(gateway.dataDir);
  const versionsBefore = await gateway.client.versions(counts);
  await loseAllButBackup();

  const { client } = gateway;
  expect((await client.listFlows()).items).toMatchObject([
    { name: "counts", condition: "running", generation: 1, recovery: { refused: [] } },
    { name: "weak", generation: 1 },
  ]);
  expect(await client.versions(counts)).toEqual(versionsBefore);
  expect(await client.layout(counts)).toMatchObject(layout);
  expect((await client.deadLetters(weak)).items[0]).toMatchObject({ node: "trip", input: "in" });
  expect((await client.deployments({ limit: 200 })).items.map(({ flow, phase }) => [flow, phase])).toEqual([
    ["weak", "healthy"],
    ["counts", "healthy"],
  ]);
  expect(await client.auditVerdict()).toEqual({ isIntact: true });
  const asViewer = new GatewayClient({ endpoint: gateway.url, token: viewerToken, retry: { attemptsMax: 1 } });
  expect((await asViewer.listFlows()).items.length).toBe(2);

  // Driver and sink log in with the passwords that the backup holds sealed, and the counter goes on from its state.
  expect((await client.getConnection("scada"))!.secrets).toEqual(["password"]);
  expect(await countOf(4)).toBeGreaterThan(lastCount);
  expect(await client.getDriver("line")).toMatchObject({
    state: "running",
    device: "connected",
    secrets: ["password"],
  });
  // What people trusted on the server of the press is trusted still.
  expect(await certificate(gateway.dataDir)).toBe(shown);
  // The uploaded module is there to make flows of.
  expect(await client.fuse(weakGraph)).toMatchObject({ artefact: (await client.getFlow(weak))!.artefact });
});

test("a flow that runs node by node does so after a restore, though its module is no node type any more", async () => {
  const { client } = gateway;
  await client.uploadModules([{ digest: sha256(tripModule), wasm: tripModule }]);
  const { uploaded } = await client.putNodeType("trip", { module: sha256(tripModule), expected: "absent" });
  const { artefact } = await client.fuse(weakGraph);
  await client.deployFlow(weak, { artefact, expected: "absent", options: { development: true } });
  await client.deleteNodeType("trip", { expected: uploaded!.generation });
  await loseAllButBackup();
  expect(await gateway.client.getFlow(weak)).toMatchObject({ condition: "running" });
  expect(await gateway.client.development(weak)).toMatchObject({ mode: "development" });
});

test("a backup holds no secret in the clear", async () => {
  await deployFlows();
  await declareDrivers();
  const bytes = Buffer.from(await gateway.client.backup());
  expect(bytes.includes("scada")).toBe(true);
  for (const secret of [user.password, gateway.token]) {
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1))).toBe(false);
  }
});
