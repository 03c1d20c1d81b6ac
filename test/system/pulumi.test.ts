// The whole way from a Pulumi program to a gateway and back: the real CLI, the real provider, the real control API.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { fuse } from "@flowfusion/fusion";
import { type FlowName, type GraphDocument, parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { freePort } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventually } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";

vi.setConfig({ testTimeout: 400_000 });

const root = path.dirname(path.dirname(import.meta.dirname));
const token = "system-test-token-0123456789abcdef0123456789abcdef";
const boiler = parseFlowName("boiler");

let dataDir: string;
let gateway: Gateway;
let project: PulumiProject;
let client: GatewayClient;

async function openGateway(port = 0): Promise<Gateway> {
  const http = { host: "127.0.0.1", port };
  return startGateway({
    dataDir,
    token,
    http,
    ingest: ["tcp://127.0.0.1:0"],
    healthGateMs: 0,
    log: { level: "silent" },
  });
}

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-gateway-"));
  // Some tests close it, and open it there again.
  gateway = await openGateway(await freePort());
  client = new GatewayClient({ endpoint: gateway.url, token, retry: { attemptsMax: 1 } });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

/** A flow of four nodes; tests change one thing of it. */
function boilerProgram({ threshold = "90", props = "", extra = "" } = {}): string {
  return `
    export const { digest, generation, swapPauseMs } = new ff.Flow("boiler", {
      gateway,
      ${props}
      nodes: {
        temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
        hot: ff.filter({ op: ">", value: ${threshold} }),
        average: ff.agg({ op: "avg", size: 10 }),
        log: ff.file({ path: "hot.jsonl" }),
      },
      wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.average.in), n.average.out.to(n.log.in)],
    });
    ${extra}
  `;
}

/** Deploys behind Pulumi's back, as a colleague with the gateway's console would. */
async function deployByHand(change: (document: GraphDocument) => GraphDocument): Promise<void> {
  const live = (await client.getFlow(boiler))!;
  const catalog = await builtinCatalog();
  const { wasm, digest } = await fuse(resolveGraph(parseGraph(change(live.graph)), catalog), catalog);
  await client.uploadArtefact(new Uint8Array(wasm));
  await client.deployFlow(boiler, { artefact: digest, expected: live.generation });
}

function withThreshold(document: GraphDocument, value: number): GraphDocument {
  return { ...document, nodes: { ...document.nodes, hot: { type: "filter", props: { op: ">", value } } } };
}

const namesOf = (steps: readonly { readonly op: string; readonly urn: string }[]): string[] =>
  steps.map(({ op, urn }) => `${op} ${PulumiProject.nameOf(urn)}`);

describe("the life of a flow", () => {
  test("up, empty preview, one edit previewed by name, up, clean refresh, destroy", async () => {
    await project.write(boilerProgram());
    const planned = (await project.succeed(["preview"])).text;
    const digest = /digest +: "(sha256:[0-9a-f]{64})"/.exec(planned)?.[1];

    expect(await project.up()).toMatchObject({ code: 0 });
    const first = (await client.getFlow(boiler))!;
    expect(first).toMatchObject({ generation: 1, condition: "running", artefact: digest });
    expect((await project.resources()).map(({ urn }) => PulumiProject.nameOf(urn)).sort()).toEqual([
      "Flow boiler",
      "Node boiler/average",
      "Node boiler/hot",
      "Node boiler/log",
      "Node boiler/temps",
      "Wire boiler/average.out->log.in",
      "Wire boiler/hot.pass->average.in",
      "Wire boiler/temps.out->hot.in",
    ]);
    expect(await project.preview()).toEqual([]);

    await project.write(boilerProgram({ threshold: "95" }));
    const steps = await project.preview();
    expect(namesOf(steps)).toEqual(["update Flow boiler", "update Node boiler/hot"]);
    expect(steps[0]!.detailedDiff).toEqual({ "nodes.hot.props.value": { kind: "update", inputDiff: true } });
    expect(steps[1]!.detailedDiff).toEqual({ "props.value": { kind: "update", inputDiff: true } });

    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.text).toContain("swapped in");
    const second = (await client.getFlow(boiler))!;
    expect(second).toMatchObject({ generation: 2, graph: { nodes: { hot: { props: { value: 95 } } } } });
    const [flow] = await project.resources();
    expect(flow!.outputs).toMatchObject({
      digest: second.artefact,
      graphDigest: second.graphDigest,
      generation: 2,
      state: { kept: ["average"], reset: [] },
    });

    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("9 unchanged") });
    expect(await project.preview()).toEqual([]);

    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toBeUndefined();
    expect(await project.resources()).toEqual([]);
  });

  test("nodes and wires that come and go are named one by one", async () => {
    await project.write(boilerProgram());
    await project.up();
    const withOthers = boilerProgram()
      .replace("average: ff.agg", "scaled: ff.scale({ factor: 2 }), mean: ff.agg")
      .replace(
        "n.hot.pass.to(n.average.in), n.average.out.to(n.log.in)",
        "n.hot.pass.to(n.scaled.in), n.scaled.out.to(n.mean.in), n.mean.out.to(n.log.in)",
      );
    await project.write(withOthers);
    const { text } = await project.succeed(["preview"]);
    expect(text).toContain("State that this change loses: average (the node was removed).");
    await project.write(boilerProgram({ threshold: "91" }));
    expect((await project.succeed(["preview"])).text).toMatch(/State that goes on: average; [\d,]+ bytes now\./);
    const narrow = "options: { limits: { maxPagesPerMemory: 1_000_000 } },";
    await project.write(boilerProgram({ threshold: "91", props: narrow }));
    expect((await project.succeed(["preview"])).text).toMatch(
      /The gateway would refuse this change: .*FF_DEPLOY_LIMITS/,
    );
    await project.write(withOthers);
    expect(namesOf(await project.preview()).sort()).toEqual([
      "create Node boiler/mean",
      "create Node boiler/scaled",
      "create Wire boiler/hot.pass->scaled.in",
      "create Wire boiler/mean.out->log.in",
      "create Wire boiler/scaled.out->mean.in",
      "delete Node boiler/average",
      "delete Wire boiler/average.out->log.in",
      "delete Wire boiler/hot.pass->average.in",
      "update Flow boiler",
    ]);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.preview()).toEqual([]);
    expect(await project.resources()).toHaveLength(1 + 5 + 4);
    expect(await project.destroy()).toMatchObject({ code: 0 });
  });

  test("another name moves the flow, and nothing stays behind", async () => {
    await project.write(boilerProgram());
    await project.up();
    await project.write(boilerProgram({ props: 'name: "boiler-2",' }));
    const [flow] = await project.preview().then((steps) => steps.filter(({ urn }) => urn.includes("Flow::boiler")));
    expect(flow!.detailedDiff).toEqual({ name: { kind: "update-replace", inputDiff: true } });
    expect((await project.succeed(["preview"])).text).toMatch(/made again: .*, and (the state of|no node)/);
    expect(await project.up()).toMatchObject({ code: 0 });
    const { items } = await client.listFlows();
    expect(items.map(({ name }) => name)).toEqual(["boiler-2"]);
    expect(await project.preview()).toEqual([]);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await project.resources()).toEqual([]);
  });

  test("a value that only an up can know leaves the digest unknown in the preview, and the up succeeds", async () => {
    const second = `
      export const secondDigest = new ff.Flow("second", {
        gateway,
        nodes: { in: ff.tagInput({ tags: ["x"] }), over: ff.filter({ op: ">", value: generation }) },
        wires: (n) => [n.in.out.to(n.over.in)],
      }).digest;
    `;
    await project.write(boilerProgram({ extra: second }));
    expect((await project.succeed(["preview"])).text).toMatch(/secondDigest: \[unknown\]/);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow("second" as FlowName)).toMatchObject({
      graph: { nodes: { over: { props: { value: 1 } } } },
    });
    expect(await project.preview()).toEqual([]);
  });

  test("a flow is imported from what runs, and the program then has nothing to change", async () => {
    await project.write(boilerProgram());
    await project.up();
    await project.newStack("copy", { endpoint: gateway.url, token });
    const id = `${gateway.url}/v1/flows/boiler`;
    const args = ["import", "--yes", "--generate-code=false", "--protect=false", "flowfusion:index:Flow", "boiler", id];
    expect(await project.run(args, { FLOWFUSION_TOKEN: token })).toMatchObject({ code: 0 });
    expect(await project.preview()).toEqual([]);
    await project.write(boilerProgram({ threshold: "91" }));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.resources()).toHaveLength(8);
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
  });

  test("a module of the user's own goes along as a file", async () => {
    const wasm = JSON.stringify(path.join(root, "nodes/dist/scale.wasm"));
    await project.write(`
      const twice = ff.module(
        { name: "scale", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
        new pulumi.asset.FileAsset(${wasm}),
      );
      new ff.Flow("boiler", {
        gateway,
        nodes: { temps: ff.tagInput({ tags: ["x"] }), double: twice({ factor: 2 }), log: ff.file({ path: "a" }) },
        wires: (n) => [n.temps.out.to(n.double.in), n.double.out.to(n.log.in)],
      });
    `);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.preview()).toEqual([]);
    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("unchanged") });
    expect(await project.preview()).toEqual([]);
  });
});

describe("the behaviour of a change", () => {
  /** 81 to 100, again and again. */
  async function pushTemperatures(count: number): Promise<void> {
    const push = dialPush({ address: gateway.addresses[0]! });
    const updates = Array.from({ length: count }, (_, index) => ({
      ...{ tag: "boiler/1/temp", timestampNs: 1_700_000_000_000_000_000n + BigInt(index), quality: 0 as const },
      value: 81 + (index % 20),
    }));
    push.send(encodeTagUpdateBatch({ source: "test", updates }));
    await eventually(async () => expect((await client.gateway()).ingest.tags).toBe(count));
    await push.close();
  }

  test("is shown in the preview, sink by sink, as it would have been on what the gateway recorded", async () => {
    await project.write(boilerProgram());
    const { text: first } = await project.succeed(["preview"]);
    expect(first).not.toContain("On the last");
    await project.up();
    await project.write(boilerProgram({ threshold: "95" }));
    expect((await project.succeed(["preview"])).text).toContain("has recorded no update of these tags");

    await pushTemperatures(100);
    const { text } = await project.succeed(["preview"]);
    expect(text).toContain("On the last 100 updates, 2023-11-14T22:13:20.000Z to 2023-11-14T22:13:20.000Z:");
    expect(text).toContain("sink log: 5 → 2 messages, first difference at message 1");
    expect(text).toMatch(/before {2}\{"topic":"boiler\/1\/temp".*"value":95.5\}/);
    expect(text).toMatch(/after {3}\{"topic":"boiler\/1\/temp".*"value":98\}/);

    const withCopy = boilerProgram().replace("average: ff.agg", "copy: ff.fanOut(), average: ff.agg");
    await project.write(withCopy.replace("(n) => [", "(n) => [n.hot.fail.to(n.copy.in), "));
    expect((await project.succeed(["preview"])).text).toContain("every sink would get the same as before");
  });

  test("is left out when it is not wanted, and costs nothing when the gateway is away", async () => {
    await project.write(boilerProgram());
    await project.up();
    await pushTemperatures(100);
    await project.write(boilerProgram({ threshold: "95", props: "preview: { updates: 0 }," }));
    const { text } = await project.succeed(["preview"]);
    expect(text).not.toContain("On the last");
    expect(await project.preview()).toHaveLength(2);

    await gateway.close();
    await project.write(boilerProgram({ threshold: "95" }));
    const away = await project.succeed(["preview"]);
    expect(away.text).toContain("What this change would do with recorded updates cannot be told");
    gateway = await openGateway();
  });
});

describe("drift", () => {
  test("a refresh names the node that somebody changed, and the next up puts it back", async () => {
    await project.write(boilerProgram());
    await project.up();
    await deployByHand((document) => withThreshold(document, 50));

    const refresh = await project.run(["refresh", "--preview-only", "--json"]);
    const { steps } = JSON.parse(refresh.stdout) as { steps: { op: string; urn: string; detailedDiff?: object }[] };
    const flow = steps.find(({ urn }) => urn.endsWith("Flow::boiler"));
    expect(flow!.detailedDiff).toEqual({ "nodes.hot.props.value": { kind: "update", inputDiff: true } });

    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("2 updated") });
    expect(namesOf(await project.preview())).toEqual(["update Flow boiler", "update Node boiler/hot"]);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({
      generation: 3,
      graph: { nodes: { hot: { props: { value: 90 } } } },
    });
  });

  test("an up on a flow that somebody changed in between is refused, and says who and when", async () => {
    await project.write(boilerProgram());
    await project.up();
    await deployByHand((document) => withThreshold(document, 50));
    await project.write(boilerProgram({ threshold: "95" }));
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.text).toContain("FF_PROVIDER_FLOW_CHANGED");
    expect(up.text).toContain("it was at generation 1, it is at generation 2 now, deployed by");
    expect(await client.getFlow(boiler)).toMatchObject({
      generation: 2,
      graph: { nodes: { hot: { props: { value: 50 } } } },
    });

    const destroy = await project.destroy();
    expect(destroy.text).toContain("FF_PROVIDER_FLOW_CHANGED");
    expect(await client.getFlow(boiler)).toBeDefined();

    await project.refresh();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({
      generation: 3,
      graph: { nodes: { hot: { props: { value: 95 } } } },
    });
  });

  test("a flow that somebody deleted is gone after a refresh and back after the next up", async () => {
    await project.write(boilerProgram());
    await project.up();
    await client.deleteFlow(boiler, { expected: 1 });
    const up = await project.write(boilerProgram({ threshold: "95" })).then(() => project.up());
    expect(up.text).toContain("it is gone now");
    expect(await project.refresh()).toMatchObject({ code: 0 });
    expect(await project.resources()).toEqual([]);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toBeDefined();
  });

  test("a flow that is there already is not taken over without being asked", async () => {
    await project.write(boilerProgram());
    await project.up();
    await project.newStack("other", { endpoint: gateway.url, token });
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.text).toContain("FF_PROVIDER_FLOW_EXISTS");
    expect(up.text).toContain(`pulumi import flowfusion:index:Flow <resource> ${gateway.url}/v1/flows/boiler`);
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
    expect(await project.resources()).toEqual([]);
  });
});

describe("when something is wrong", () => {
  test("a gateway that is down fails up, refresh and destroy, and the state stays what it was", async () => {
    await project.write(boilerProgram());
    await project.up();
    const before = await project.resources();
    const { port } = new URL(gateway.url);
    await gateway.close();

    await project.write(boilerProgram({ threshold: "95" }));
    for (const outcome of [await project.up(), await project.refresh(), await project.destroy()]) {
      expect(outcome.code).not.toBe(0);
      expect(outcome.text).toContain("FF_GATEWAY_UNREACHABLE");
    }
    expect(await project.resources()).toEqual(before);

    gateway = await openGateway(Number(port));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 2 });
  });

  test("a flow whose gateway is named by an address where nothing answers stays where it is", async () => {
    await project.write(boilerProgram());
    await project.up();
    const before = await project.resources();
    const away = `http://127.0.0.1:${await freePort()}`;
    await project.succeed(["config", "set", "endpoint", away]);
    for (const outcome of [await project.run(["preview"]), await project.up()]) {
      expect(outcome.code).not.toBe(0);
      expect(outcome.text).toContain(`The flow would leave ${gateway.url} for ${away}, which cannot be asked`);
    }
    expect(await project.resources()).toEqual(before);
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1, condition: "running" });
  });

  test("another address of the same gateway changes nothing on it", async () => {
    await project.write(boilerProgram());
    await project.up();
    const { port } = new URL(gateway.url);
    await project.succeed(["config", "set", "endpoint", `http://localhost:${port}`]);
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.text).toContain("1 updated");
    expect(up.text).not.toContain("replaced");
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
  });

  test("a preview tells what an up would meet at the gateway, and does not fail for it", async () => {
    await project.write(boilerProgram());
    await project.succeed(["config", "set", "endpoint", `http://127.0.0.1:${await freePort()}`]);
    const away = await project.run(["preview"]);
    await project.succeed(["config", "set", "endpoint", gateway.url]);
    await project.succeed(["config", "set", "--secret", "token", "not-the-token"]);
    const unknown = await project.run(["preview"]);
    await project.succeed(["config", "set", "--secret", "token", token]);
    await project.up();
    await project.newStack("other", { endpoint: gateway.url, token });
    const taken = await project.run(["preview"]);
    expect([away.code, unknown.code, taken.code]).toEqual([0, 0, 0]);
    expect(away.text).toMatch(
      /warning: As things are an up would fail: .* nothing listens there .*FF_GATEWAY_UNREACHABLE/,
    );
    expect(unknown.text).toMatch(/warning: As things are an up would fail: .*FF_API_UNAUTHORIZED/);
    expect(taken.text).toMatch(/warning: The gateway at .* has a flow "boiler" already/);
  });

  test("a wrong token is refused, and neither it nor the right one is ever shown or stored in the clear", async () => {
    await project.write(boilerProgram());
    const good = await project.up();
    await project.succeed(["config", "set", "--secret", "token", "not-the-token"]);
    await project.write(boilerProgram({ threshold: "95" }));
    const preview = await project.run(["preview", "--diff"]);
    const up = await project.up();
    expect(preview).toMatchObject({ code: 0 });
    expect(preview.text).toMatch(/could not be asked what it makes of this: .*FF_API_UNAUTHORIZED/);
    expect(up.code).not.toBe(0);
    expect(up.text).toContain("FF_API_UNAUTHORIZED");
    expect(await client.getFlow(boiler)).toMatchObject({ generation: 1 });
    const state = await project.succeed(["stack", "export"]);
    for (const { text } of [good, preview, up, state]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain("not-the-token");
    }
  });

  test("all mistakes of a graph are reported at once, each with its place, and nothing is sent", async () => {
    await project.write(`
      new pulumi.CustomResource("flowfusion:index:Flow", "boiler", {
        gateway,
        nodes: {
          temps: { type: "tag_input", props: { tags: "boiler/+/temp" } },
          hot: { type: "filter", props: { op: "=>", value: 90 } },
          a: { type: "scale", props: {} },
          b: { type: "scale", props: {} },
          odd: { type: "filtre", props: {} },
        },
        wires: {
          "temps.out -> hot.input": {},
          "hot.pass -> a.in": {},
          "a.out -> b.in": {},
          "b.out -> a.in": {},
        },
        options: { limits: { fuelPerMessage: -1 } },
        speed: 5,
      });
    `);
    const { code, text } = await project.up();
    expect(code).not.toBe(0);
    for (const part of [
      "nodes.temps.props.tags: ",
      "nodes.hot.props.op: ",
      "nodes.odd.type: ",
      'wires["temps.out -> hot.input"]: ',
      "FF_GRAPH_CYCLE",
      "options.limits.fuelPerMessage: ",
      "speed: ",
    ]) {
      expect(text).toContain(part);
    }
    expect(await client.listFlows()).toMatchObject({ items: [] });
  });

  test("a secret in a node is refused, since Flow.wasm can be read", async () => {
    await project.write(boilerProgram({ threshold: "pulumi.secret(90)" }));
    const { code, text } = await project.up();
    expect(code).not.toBe(0);
    expect(text).toContain("nodes.hot.props.value: is a secret");
    expect(text).toContain("pulumi.unsecret()");
  });
});

test("the package schema satisfies the CLI's own checker, and the provider serves it", async () => {
  const schema = path.join(root, "schema.json");
  await project.succeed(["schema", "check", schema]);
  const plugin = path.join(root, "provider/bin/pulumi-resource-flowfusion");
  const { stdout } = await project.succeed(["package", "get-schema", plugin]);
  const [served, written] = [JSON.parse(stdout), JSON.parse(await readFile(schema, "utf8"))];
  expect(Object.keys(served.resources)).toEqual(Object.keys(written.resources).sort());
  expect(Object.keys(served.types)).toEqual(Object.keys(written.types).sort());
});
