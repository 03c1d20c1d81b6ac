// What Pulumi itself lets its users say of a resource, in a program or on the command line, of flows: with the real CLI, on one
// gateway and one stack. What a test leaves is taken away by the first up of the next one.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FlowStatus, GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CliResult, PulumiProject } from "./pulumi-project.ts";

// Each test runs the CLI up to ten times.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const token = "options-test-token-0123456789abcdef0123456789abcdef";

let dataDir: string;
let gateway: Gateway;
let client: GatewayClient;
let project: PulumiProject;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-options-"));
  gateway = await startGateway({ dataDir, token, ingest: [], healthGateMs: 0, log: { level: "silent" } });
  client = new GatewayClient({ endpoint: gateway.url, token });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true })]);
});

interface Declared {
  readonly resource?: string;
  readonly threshold?: number | string;
  readonly props?: string;
  readonly options?: string;
}

/** A flow of three nodes and two wires. */
const flow = (name: string, { resource = name, threshold = 90, props = "", options = "" }: Declared = {}): string => `
  const ${resource} = new ff.Flow("${resource}", {
    gateway,
    ${props}
    nodes: {
      temps: ff.tagInput({ tags: ["${name}/+"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      log: ff.file({ path: "${name}.jsonl" }),
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.log.in)],
  }, { ${options} });
`;

const rowsOf = (name: string): string[] => [
  `Flow ${name}`,
  ...["hot", "log", "temps"].map((node) => `Node ${name}/${node}`),
  `Wire ${name}/hot.pass->log.in`,
  `Wire ${name}/temps.out->hot.in`,
];
const urnOf = (name: string): string => `urn:pulumi:dev::system::flowfusion:index:Flow::${name}`;
const inStack = async (): Promise<string[]> =>
  (await project.resources()).map(({ urn }) => PulumiProject.nameOf(urn)).sort();
const live = (name: string): Promise<FlowStatus | undefined> => client.getFlow(parseFlowName(name));
const thresholdOf = async (name: string): Promise<unknown> => (await live(name))?.graph.nodes.hot?.props?.value;

async function succeeds(result: Promise<CliResult>): Promise<string> {
  const { code, text } = await result;
  expect(code, text).toBe(0);
  return text;
}

async function up(program: string, ...args: readonly string[]): Promise<string> {
  await project.write(program);
  return succeeds(project.run(["up", "--yes", "--skip-preview", ...args]));
}

test("an up of a target changes that flow alone, and with --target-dependents what depends on it", async () => {
  const two = (threshold: number) => flow("tank", { threshold }) + flow("kettle", { threshold: "tank.generation" });
  await up(two(90));
  await up(two(95), "--target", urnOf("tank"));
  expect([await thresholdOf("tank"), await thresholdOf("kettle")]).toEqual([95, 1]);
  expect(Object.keys(await project.edits())).toEqual(["update Flow kettle", "update Node kettle/hot"]);
  await up(two(96), "--target", urnOf("tank"), "--target-dependents");
  expect([await thresholdOf("tank"), await thresholdOf("kettle")]).toEqual([96, 3]);
  expect(await project.preview()).toEqual([]);
});

test("--replace makes a flow and its rows anew, and the stack is whole afterwards", async () => {
  const both = flow("tank", { threshold: 96 }) + flow("kettle", { threshold: 3 });
  await up(both);
  const before = (await live("kettle"))!.generation;
  const preview = await project.succeed(["preview", "--replace", urnOf("kettle")]);
  expect(preview.text).toMatch(/warning: The flow runs already, .*where it is replaced with --replace, it is deleted/);
  const text = await up(both, "--replace", urnOf("kettle"));
  expect(await live("kettle")).toMatchObject({ generation: before + 2, condition: "running" });
  expect(text).toMatch(/\+ 5 created\n.*- 5 deleted\n.*1 replaced/);
  expect(await inStack()).toEqual([...rowsOf("kettle"), ...rowsOf("tank")].sort());
  expect(await project.preview()).toEqual([]);
});

test("what is ignored stays as it is, in part or whole, and the rest of a change is deployed", async () => {
  const options = (fuel: number) => `options: { limits: { fuelPerMessage: ${fuel} } },`;
  await up(flow("tank", { props: options(50_000) }));
  await up(flow("tank", { threshold: 95, props: options(60_000), options: 'ignoreChanges: ["nodes"]' }));
  expect(await live("tank")).toMatchObject({ options: { limits: { fuelPerMessage: 60_000 } } });
  expect(await thresholdOf("tank")).toBe(90);
  const some = 'ignoreChanges: ["options.limits", "nodes.log.props.path"]';
  await up(flow("tank", { threshold: 95, props: options(70_000), options: some }).replace("tank.jsonl", "other.jsonl"));
  expect(await thresholdOf("tank")).toBe(95);
  expect(await live("tank")).toMatchObject({
    options: { limits: { fuelPerMessage: 60_000 } },
    graph: { nodes: { log: { props: { path: "tank.jsonl" } } } },
  });
  expect(await project.preview()).toEqual([]);
});

test("a flow that is retained stays on the gateway when the stack forgets it, and is taken up where it comes back", async () => {
  await up(flow("tank"));
  const { generation } = (await live("tank"))!;
  const retained = flow("tank", { options: "retainOnDelete: true" });
  await project.write(retained);
  const { text } = await project.succeed(["preview"]);
  expect(text).toContain(
    "The rows of its nodes and wires go out of the state; that by itself changes nothing on the gateway.",
  );
  expect(text).not.toContain("__rows");
  await up(retained);
  expect(await inStack()).toEqual(["Flow tank"]);
  await up("");
  expect(await inStack()).toEqual([]);
  expect(await live("tank")).toMatchObject({ generation, condition: "running" });
  expect(await up(flow("tank"))).toContain("Taken over: the flow was made for this very resource already");
  expect(await inStack()).toEqual(rowsOf("tank"));
  expect(await live("tank")).toMatchObject({ generation });
});

test("flows that go with another resource, or with a fleet that is retained, leave a stack that can be read", async () => {
  const fleetInputs = `{
    gateways: { one: gateway },
    nodes: { temps: { type: "tag_input", props: { tags: ["x"] } }, log: { type: "file", props: { path: "x.jsonl" } } },
    wires: ["temps.out -> log.in"],
  }`;
  await up(`
    ${flow("tank")}
    ${flow("kettle", { options: "deletedWith: tank" })}
    new ff.FlowFleet("here", {
      gateways: { one: gateway },
      nodes: { temps: ff.tagInput({ tags: ["x"] }), log: ff.file({ path: "x.jsonl" }) },
      wires: (n) => [n.temps.out.to(n.log.in)],
    }, { retainOnDelete: true });
    // As programs in other languages have it.
    new pulumi.ComponentResource("flowfusion:index:FlowFleet", "there", ${fleetInputs}, { retainOnDelete: true }, true);
  `);
  const flows = ["Flow here/one", "Flow kettle", "Flow there/one"];
  const fleets = ["FlowFleet here", "FlowFleet there"];
  expect(await inStack()).toEqual([...flows, ...fleets, ...rowsOf("tank")].sort());
  await succeeds(project.destroy());
  expect(await inStack()).toEqual([]);
  const { items } = await client.listFlows();
  expect(items.map(({ name }) => name).sort()).toEqual(["here", "kettle", "there"]);
});

test("a flow that was taken out of the state is imported, and the program has nothing to change", async () => {
  await up(flow("boiler"));
  const { generation } = (await live("boiler"))!;
  await project.succeed(["state", "delete", urnOf("boiler"), "--yes", "--target-dependents"]);
  expect(await inStack()).toEqual([]);
  const target = ["flowfusion:index:Flow", "boiler", `${gateway.url}/v1/flows/boiler`];
  await project.succeed(["import", "--yes", "--generate-code=false", ...target], { FLOWFUSION_TOKEN: token });
  expect(await project.preview()).toEqual([]);
  expect(await up(flow("boiler"))).not.toContain("error");
  expect(await live("boiler")).toMatchObject({ generation });
});

test("a flow that is protected is changed, and neither deleted nor replaced", async () => {
  const protectedFlow = (declared: Declared) => flow("boiler", { ...declared, options: "protect: true" });
  await up(protectedFlow({ threshold: 91 }));
  const before = await live("boiler");
  for (const program of ["", protectedFlow({ threshold: 91, props: 'name: "other",' })]) {
    await project.write(program);
    expect((await project.up()).text).toMatch(/protected|marked for protection/);
  }
  expect(await live("boiler")).toEqual(before);
  expect(await inStack()).toEqual(rowsOf("boiler"));
  await up(flow("boiler", { threshold: 91 }));
});

test("a rename that would tear a flow from its rows is refused, whoever makes it, and a way back is told", async () => {
  await up(flow("boiler"));
  await project.write(flow("boiler", { resource: "kettle", options: 'aliases: [{ name: "boiler" }]' }));
  const aliased = await project.run(["up", "--yes", "--skip-preview"], { FLOWFUSION_ROWS: "off" });
  expect([aliased.code, aliased.text]).toEqual([expect.any(Number), expect.stringContaining("Take the alias out")]);

  await project.succeed(["state", "rename", urnOf("boiler"), "kettle", "--yes"]);
  for (const refused of [await project.refresh(), await project.destroy()]) {
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain("or name it as before with `pulumi state rename`");
  }
  expect(await live("boiler")).toMatchObject({ condition: "running" });
  await project.succeed(["state", "rename", urnOf("kettle"), "boiler", "--yes"]);
  await succeeds(project.destroy());
  expect(await live("boiler")).toBeUndefined();
  expect(await inStack()).toEqual([]);
});
