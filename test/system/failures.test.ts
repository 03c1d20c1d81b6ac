// What goes wrong during an up, with the real CLI: nothing is ever half done, what went wrong is told with its cause, and the
// next up goes on from what is there.

import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { freePort } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tripModule } from "./bad-modules.ts";
import { FlakyNetwork } from "./flaky-network.ts";
import { PulumiProject, type RunningCli } from "./pulumi-project.ts";

// Each test runs the CLI up to ten times.
vi.setConfig({ testTimeout: 900_000 });

const token = "failures-test-token-0123456789abcdef0123456789abcdef";
const boiler = parseFlowName("boiler");

let dataDir: string;
let gateway: Gateway;
let network: FlakyNetwork;
let project: PulumiProject;
let client: GatewayClient;
let tripFile: string;

async function openGateway(): Promise<void> {
  const http = { host: "127.0.0.1", port: await freePort() };
  const log = { level: "silent" } as const;
  gateway = await startGateway({ dataDir, token, http, ingest: ["tcp://127.0.0.1:0"], healthGateMs: 0, log });
  client = new GatewayClient({ endpoint: gateway.url, token });
}

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-failures-"));
  await openGateway();
  network = await FlakyNetwork.before(gateway.url);
  project = await PulumiProject.create({ endpoint: network.endpoint, token });
  tripFile = path.join(project.folder, "trip.wasm");
  await writeFile(tripFile, tripModule);
});

afterEach(async () => {
  await network[Symbol.asyncDispose]();
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

interface Version {
  readonly threshold?: number;
  readonly gateMs?: number;
  readonly isTripping?: boolean;
  readonly resource?: string;
  readonly options?: string;
  readonly node?: string;
}

/** Updates above a threshold go to a file; with `isTripping`, by way of a node that traps. */
function program(version: Version): string {
  const { threshold = 90, gateMs = 0, isTripping = false, resource = "boiler", options = "{}", node = "hot" } = version;
  const trip = `ff.module(
    { name: "trip", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
    new pulumi.asset.FileAsset(${JSON.stringify(tripFile)}),
  )`;
  return `
    new ff.Flow("${resource}", {
      gateway,
      options: { healthGateMs: ${gateMs} },
      nodes: {
        temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
        ${node}: ff.filter({ op: ">", value: ${threshold} }),
        ${isTripping ? `trip: ${trip}({}),` : ""}
        log: ff.file({ path: "hot.jsonl" }),
      },
      wires: (n) => [
        n.temps.out.to(n.${node}.in),
        ${isTripping ? `n.${node}.pass.to(n.trip.in), n.trip.out.to(n.log.in)` : `n.${node}.pass.to(n.log.in)`},
      ],
    }, ${options});
  `;
}

async function deployFirst(version: Version = {}): Promise<void> {
  await project.write(program(version));
  expect(await project.up()).toMatchObject({ code: 0 });
  network.requests.length = 0;
  network.answers.length = 0;
}

/** Waits for as long as the CLI takes on a machine that has other things to do. */
const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 200_000, interval: 20 });

const startUp = (): RunningCli => project.start(["up", "--yes", "--skip-preview"]);
const threshold = async (): Promise<unknown> => (await client.getFlow(boiler))?.graph.nodes.hot?.props?.value;

/** Waits until the gateway is at a phase with its newest deploy. */
const newestIs = (phase: string): Promise<void> =>
  eventually(async () => expect((await client.deployments({ limit: 1 })).items[0]?.phase).toBe(phase));

/** The processes that a process started, and those that they started, with their command lines. */
async function processesBelow(root: number): Promise<{ pid: number; command: string }[]> {
  const all = await Promise.all(
    (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .map(async (entry) => {
        const text = (file: string) => readFile(`/proc/${entry}/${file}`, "utf8").catch(() => "");
        const parent = Number((await text("stat")).split(") ").at(-1)?.split(" ")[1]);
        return { pid: Number(entry), parent, command: await text("cmdline") };
      }),
  );
  const below = (pid: number): typeof all =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
}

/** A process that has ended with those before it needs no signal. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The pid of the provider that a run of the CLI started. */
async function providerOf({ pid }: RunningCli): Promise<number> {
  const provider = (await processesBelow(pid)).find(({ command }) => command.includes("provider.mjs"));
  if (provider === undefined) throw new Error(`pulumi ${pid} has no provider`);
  return provider.pid;
}

describe.skipIf(process.platform !== "linux")("a provider that is killed", () => {
  test("while its change is on trial has lost nothing: the next up takes it up", async () => {
    await deployFirst();
    // Its provider is looked for and killed meanwhile.
    await project.write(program({ threshold: 95, gateMs: 10_000 }));
    const up = startUp();
    await newestIs("on_trial");
    process.kill(await providerOf(up), "SIGKILL");
    expect((await up.result).code).not.toBe(0);

    expect(await project.up()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/; swapped in [\d.]+ ms, healthy for [\d.]+ s\n/),
    });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
    expect(await project.preview()).toEqual([]);
    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("unchanged") });
    expect(await project.destroy()).toMatchObject({ code: 0 });
  });

  test("before the swap has changed nothing, and the next up does it all", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95 }));
    network.fateOf = (request) => (request.startsWith("PUT /v1/artefacts") ? new Promise(() => {}) : "through");
    const up = startUp();
    await eventually(() => expect(network.requests).toContain("PUT /v1/artefacts/DIGEST"));
    process.kill(await providerOf(up), "SIGKILL");
    expect((await up.result).code).not.toBe(0);
    expect(await threshold()).toBe(90);

    network.fateOf = () => "through";
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await threshold()).toBe(95);
    expect(await project.preview()).toEqual([]);
  });
});

describe.skipIf(process.platform !== "linux")("a provider that is killed when the gateway has made its flow", () => {
  const id = () => `${network.endpoint}/v1/flows/boiler`;

  /** The flow is on the gateway, and the state knows nothing of it. */
  async function makeUnseen(): Promise<void> {
    await project.write(program({}));
    network.fateOf = (request) => (request === "PUT /v1/flows/boiler" ? "held" : "through");
    const up = startUp();
    await eventually(() => expect(network.answers).toContain("PUT /v1/flows/boiler 201"));
    process.kill(await providerOf(up), "SIGKILL");
    expect((await up.result).code).not.toBe(0);
    expect(await project.resources()).toEqual([]);
    network.fateOf = () => "through";
  }

  test("has the next up take the flow over, as it is", async () => {
    await makeUnseen();
    const { code, text } = await project.up();
    expect([code, text]).toEqual([
      0,
      expect.stringContaining("Taken over: the flow was made for this very resource already, as generation 1"),
    ]);
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
    expect(await project.preview()).toEqual([]);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toBeUndefined();
  });

  test("leaves it alone when the program says something else by then, or the flow is another stack's", async () => {
    await makeUnseen();
    await project.write(program({ threshold: 95 }));
    const changed = await project.up();
    expect(changed.code).not.toBe(0);
    expect(changed.text).toContain(
      "was deployed for this very resource, but runs something else than the program says",
    );
    expect(changed.text).toContain(`pulumi import flowfusion:index:Flow <resource> ${id()}`);

    await project.write(program({}));
    await project.newStack("copy", { endpoint: network.endpoint, token });
    const copied = await project.up();
    expect(copied.code).not.toBe(0);
    expect(copied.text).toMatch(
      /for another resource, urn:pulumi:dev::system::flowfusion:index:Flow::boiler\. Take it over/,
    );
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
    expect(await threshold()).toBe(90);
  });
});

describe.skipIf(process.platform !== "linux")("a CLI that is killed, and was told to save its state but once", () => {
  test("has the next up take over the flows that were made, and make the others", async () => {
    const once = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
    await project.write(program({}) + program({ resource: "oven", threshold: 70 }));
    network.fateOf = (request) => (request === "PUT /v1/flows/oven" ? new Promise(() => {}) : "through");
    const up = project.start(["up", "--yes", "--skip-preview"], once);
    await eventually(() => expect(network.answers).toContain("PUT /v1/flows/boiler 201"));
    await eventually(() => expect(network.requests).toContain("PUT /v1/flows/oven"));
    for (const pid of [up.pid, ...(await processesBelow(up.pid)).map((each) => each.pid)]) kill(pid);
    expect((await up.result).code).not.toBe(0);
    expect(await project.resources()).toEqual([]);

    network.fateOf = () => "through";
    expect(await project.run(["cancel", "--yes"])).toMatchObject({ code: 0 });
    const next = await project.run(["up", "--yes", "--skip-preview"], once);
    expect([next.code, next.text]).toEqual([
      0,
      expect.stringContaining("Taken over: the flow was made for this very resource"),
    ]);
    const flows = ["boiler", "oven"].map((name) => client.getFlow(parseFlowName(name)));
    expect(await Promise.all(flows)).toMatchObject([{ generation: 1 }, { generation: 1 }]);
    expect(await project.preview()).toEqual([]);
    expect(await project.destroy()).toMatchObject({ code: 0 });
  });
});

describe("an up that is stopped with Ctrl-C", () => {
  test("before the swap leaves the old version, on the gateway and in the state", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95 }));
    const heard = Promise.withResolvers<void>();
    network.fateOf = (request) => (request.startsWith("PUT /v1/artefacts") ? heard.promise : "through");
    const up = startUp();
    await eventually(() => expect(network.requests).toContain("PUT /v1/artefacts/DIGEST"));
    up.interrupt();
    const { code } = await up.result;
    heard.resolve();
    expect(code).not.toBe(0);
    expect(await threshold()).toBe(90);
    expect(network.requests).not.toContain("PUT /v1/flows/boiler");
    expect((await project.preview()).map(({ op }) => op)).toEqual(["update", "update"]);
    expect(await project.up()).toMatchObject({ code: 0 });
  });

  test("while the change is on trial keeps the new version in the state, does not wait, and lets the next up do so", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95, gateMs: 10_000 }));
    const up = startUp();
    await newestIs("on_trial");
    up.interrupt();
    expect((await up.result).text).toContain("Stopped while generation 2 is on trial");
    expect(await threshold()).toBe(95);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.deployments()).toMatchObject({ items: [{ phase: "healthy" }, {}] });
    expect(await project.preview()).toEqual([]);
  });

  test("while the change is on trial lets nothing that depends on it begin before, after a refresh too", async () => {
    await deployFirst();
    const changed = program({ threshold: 95, gateMs: 600_000 }).replace("new ff.Flow", "const boiler = new ff.Flow");
    await project.write(changed + program({ resource: "behind", options: "{ dependsOn: boiler }" }));
    const up = startUp();
    await newestIs("on_trial");
    up.interrupt();
    expect((await up.result).code).not.toBe(0);
    expect(await project.refresh()).toMatchObject({
      code: 0,
      text: expect.stringMatching(/Generation 2 is on trial until 20\d\d-/),
    });

    network.requests.length = 0;
    const next = startUp();
    await eventually(() => expect(network.requests.join()).toMatch(/GET \/v1\/deployments\/./));
    next.interrupt();
    expect((await next.result).text).toContain("Stopped while generation 2 is on trial");
    expect(await client.getFlow(parseFlowName("behind"))).toBeUndefined();
  });
});

describe("a version that fails its trial", () => {
  test("is reported with the cause and the node, and the next up needs no refresh", async () => {
    await deployFirst();
    await project.write(program({ isTripping: true, gateMs: 20_000 }));
    const push = dialPush({ address: gateway.addresses[0]! });
    const feed = setInterval(() => {
      const update = {
        tag: "boiler/1/temp",
        timestampNs: BigInt(Date.now()) * 1_000_000n,
        quality: 0 as const,
        value: 99,
      };
      push.send(encodeTagUpdateBatch({ source: "test", updates: [update] }));
    }, 50);
    try {
      const { code, text } = await project.up();
      expect(code).not.toBe(0);
      expect(text).toMatch(
        /The gateway went back: generation 2 was rolled back to generation 1, now 3, .*the last: node trip crashed/,
      );
      expect(text).toContain("FF_DEPLOY_UNHEALTHY");
    } finally {
      clearInterval(feed);
      await push.close();
    }
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 3 });
    expect(await threshold()).toBe(90);

    await project.write(program({ threshold: 95 }));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 4 });
    expect(await threshold()).toBe(95);
  });
});

describe("a network that fails", () => {
  test("is tried again, request by request, and the up succeeds", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95 }));
    network.fateOf = (_, count) => (count <= 2 ? "lost" : "through");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(network.requests.filter((request) => request === "PUT /v1/flows/boiler")).toHaveLength(3);
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
  });

  test("and loses the answer to a deploy does not have it done twice", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95 }));
    network.fateOf = (request) => (request === "PUT /v1/flows/boiler" ? "unanswered" : "through");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
    expect(await project.preview()).toEqual([]);
    network.fateOf = (request) => (request === "DELETE /v1/flows/boiler" ? "unanswered" : "through");
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toBeUndefined();
  });

  test("is no excuse to repeat what was refused", async () => {
    await deployFirst();
    await project.write(
      program({ threshold: 95 }).replace("healthGateMs: 0", "limits: { maxPagesPerMemory: 1_000_000 }"),
    );
    const { code, text } = await project.up();
    expect(code).not.toBe(0);
    expect(text).toContain("FF_DEPLOY_LIMITS");
    expect(network.answers.filter((answer) => answer === "PUT /v1/flows/boiler 422")).toHaveLength(1);
  });
});

describe("a gateway that goes away during an up", () => {
  test("while a version is on trial: the version is in the state, marked, and the next up finds it in order", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95, gateMs: 600_000 }));
    const up = startUp();
    await newestIs("on_trial");
    await gateway.close();
    network.cut();
    const { code, text } = await up.result;
    expect(code).not.toBe(0);
    expect(text).toContain("Generation 2 was swapped in, and whether it passed its trial is not known");

    await openGateway();
    network.gatewayUrl = gateway.url;
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
    expect(await project.preview()).toEqual([]);
  });

  test("and comes back while it is waited for: the up goes on", async () => {
    await deployFirst();
    await project.write(program({ threshold: 95 }));
    await gateway.close();
    const isBack = Promise.withResolvers<void>();
    network.fateOf = (_, count) => (count === 1 ? "lost" : isBack.promise);
    const up = startUp();
    await eventually(() => expect(network.requests).toEqual(["GET /v1/flows/boiler", "GET /v1/flows/boiler"]));
    await openGateway();
    network.gatewayUrl = gateway.url;
    isBack.resolve();
    expect(await up.result).toMatchObject({ code: 0 });
    expect(await threshold()).toBe(95);
  });
});

test("of two stacks that change one flow at once, one wins and the other is told by whom and when", async () => {
  const withThreshold = program({}).replace("value: 90", 'value: config.getNumber("threshold") ?? 90');
  await project.write(withThreshold);
  expect(await project.up()).toMatchObject({ code: 0 });
  await project.newStack("copy", { endpoint: network.endpoint, token, threshold: "96" });
  const id = `${network.endpoint}/v1/flows/boiler`;
  const target = ["flowfusion:index:Flow", "boiler", id, "--generate-code=false", "--protect=false"];
  await project.succeed(["import", "--yes", ...target], { FLOWFUSION_TOKEN: token });
  await project.succeed(["config", "set", "--stack", "dev", "threshold", "95"]);

  const both = ["dev", "copy"].map((stack) => project.run(["up", "--yes", "--skip-preview", "--stack", stack]));
  const results = await Promise.all(both);
  const [winner, loser] = results.toSorted((a, b) => a.code - b.code) as [(typeof results)[0], (typeof results)[0]];
  expect([winner.code, loser.code === 0]).toEqual([0, false]);
  expect(loser.text).toContain("FF_PROVIDER_FLOW_CHANGED");
  expect(loser.text).toMatch(
    /it was at generation 1, it is at generation 2 now, deployed with Pulumi by .+ at 20\d\d-/,
  );
  expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
});

describe("a rename", () => {
  test("of the resource, with an alias, touches nothing on the gateway, once the rows are out of the way", async () => {
    await deployFirst();
    const options = '{ aliases: [{ name: "boiler" }] }';
    await project.write(program({ resource: "kettle", options }));
    const refused = await project.up();
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain("`FLOWFUSION_ROWS=off pulumi up`");

    await project.write(program({}));
    const withoutRows = await project.run(["up", "--yes", "--skip-preview"], { FLOWFUSION_ROWS: "off" });
    expect(withoutRows).toMatchObject({ code: 0 });
    expect(await project.resources()).toHaveLength(1);
    await project.write(program({ resource: "kettle", options }));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
    expect((await client.listFlows()).items).toHaveLength(1);

    await project.write(program({ resource: "kettle", threshold: 95 }));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
    expect(await project.resources()).toHaveLength(1 + 3 + 2);
    expect(await project.preview()).toEqual([]);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await project.resources()).toEqual([]);
  });

  test("of a node swaps the flow, and no update is lost meanwhile", async () => {
    await deployFirst();
    const push = dialPush({ address: gateway.addresses[0]! });
    let sent = 0;
    const feed = setInterval(() => {
      const update = { tag: "boiler/1/temp", timestampNs: BigInt(++sent), quality: 0 as const, value: 99 };
      push.send(encodeTagUpdateBatch({ source: "test", updates: [update] }));
    }, 5);
    await project.write(program({ node: "warm" }));
    const up = await project.up();
    clearInterval(feed);
    expect(up).toMatchObject({ code: 0 });
    const count = () => readFileSync(path.join(dataDir, "output/hot.jsonl"), "utf8").trimEnd().split("\n").length;
    await eventually(() => expect(count()).toBe(sent));
    await push.close();
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
  });
});
