// Reviewing and watching flows from the command line, on top of the real Pulumi CLI: preview, drift, export.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { parseFlowName, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fuseDocument } from "./flows.ts";
import { PulumiProject } from "./pulumi-project.ts";

// Each test runs the CLI up to six times.
vi.setConfig({ testTimeout: 400_000 });

const token = "review-test-token-0123456789abcdef0123456789abcdef";
const boiler = parseFlowName("boiler");

let dataDir: string;
let gateway: Gateway;
let project: PulumiProject;
let client: GatewayClient;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-review-"));
  const http = { host: "127.0.0.1", port: 0 };
  gateway = await startGateway({ dataDir, token, http, ingest: [], healthGateMs: 0, log: { level: "silent" } });
  client = new GatewayClient({ endpoint: gateway.url, token });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
  await project.write(program(90));
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

const program = (threshold: number) => `
  new ff.Flow("boiler", {
    gateway,
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      hot: ff.filter({ op: ">", value: ${threshold} }),
      log: ff.file({ path: "hot.jsonl" }),
    },
    wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.log.in)],
  });
`;

test("a preview is a comment for a pull request, with each property before and after", async () => {
  const quiet = await project.flowfusion(["preview"]);
  expect([quiet.code, quiet.stdout]).toEqual([0, "No flow changes.\n"]);
  await project.write(program(95));
  const { code, stdout } = await project.flowfusion(["preview", "--markdown"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^### Flow Fusion: 1 flow changes\n\n#### ~ `boiler`\n/);
  expect(stdout).toMatch(/^Flow\.wasm [\d.]+ kB [0-9a-f]{12} → [\d.]+ kB [0-9a-f]{12}$/m);
  expect(stdout).toContain("| ~ | node `hot` | `props.value` `90` → `95` |");
  expect(stdout).toContain("has recorded no update of these tags");
  await project.write(program(90));
});

test("drift is told with who made it, gives exit code 2, and is gone after an up", async () => {
  expect(await project.flowfusion(["drift"])).toMatchObject({ code: 0, stdout: "No drift.\n" });
  const live = (await client.getFlow(boiler))!;
  const nodes = { ...live.graph.nodes, hot: { type: "filter", props: { op: ">", value: 50 } } };
  const { wasm, digest } = await fuseDocument({ nodes, wires: Object.keys(live.graph.wires) });
  await client.uploadArtefact(wasm);
  await client.deployFlow(boiler, { artefact: digest, expected: live.generation });

  const { code, stdout } = await project.flowfusion(["drift", "--json"]);
  const { hasDrift, flows } = JSON.parse(stdout);
  expect([code, hasDrift]).toEqual([2, true]);
  expect(flows[0].parts).toEqual([
    { kind: "node", name: "hot", change: "update", properties: [{ path: "props.value", before: 90, after: 50 }] },
  ]);
  const { deployedAt } = (await client.getFlow(boiler))!;
  expect(flows[0].changed).toEqual({ by: "admin", via: "api", at: deployedAt, generation: 2 });
  expect(flows[0].notes[0]).toMatch(/^Changed by .+ at .+, generation 2: nodes\.hot\.props\.value\.$/);
  expect((await project.flowfusion(["drift"])).text).toContain("props.value: 90 → 50");

  await project.refresh();
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.flowfusion(["drift"])).toMatchObject({ code: 0 });
});

test("options that somebody changed by other means are drift, named one by one", async () => {
  const live = (await client.getFlow(boiler))!;
  const options = { ...live.options, healthGateMs: 4_000 };
  await client.deployFlow(boiler, { artefact: live.artefact, expected: live.generation, options });
  const { code, stdout } = await project.flowfusion(["drift", "--json"]);
  expect(code).toBe(2);
  expect(stdout).toContain("options.healthGateMs");
  await project.refresh();
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await project.flowfusion(["drift"])).toMatchObject({ code: 0 });
});

test("a flow that runs is exported as a program that has nothing to change once the flow is imported", async () => {
  const access = { FLOWFUSION_ENDPOINT: gateway.url, FLOWFUSION_TOKEN: token };
  const file = path.join(project.folder, "program/index.ts");
  const exported = await project.flowfusion(["export", "boiler", "-o", file], access);
  expect(exported).toMatchObject({ code: 0 });
  expect(exported.text).toContain(`pulumi import flowfusion:index:Flow boiler ${gateway.url}/v1/flows/boiler`);

  await project.newStack("copy", { endpoint: gateway.url, token });
  const target = ["flowfusion:index:Flow", "boiler", `${gateway.url}/v1/flows/boiler`];
  await project.succeed(["import", "--yes", "--generate-code=false", "--protect=false", ...target], access);
  expect(await project.preview()).toEqual([]);
  await project.succeed(["stack", "select", "dev"]);

  const graph = await project.flowfusion(["export", "boiler", "--graph"], access);
  const catalog = await builtinCatalog();
  expect(() => resolveGraph(parseGraph(JSON.parse(graph.stdout)), catalog)).not.toThrow();
  expect(await readFile(file, "utf8")).toContain("ff.filter(");
});

test("wrong arguments are not taken for drift", async () => {
  expect(await project.flowfusion(["drift", "--jsn"])).toMatchObject({ code: 1 });
});

test("what Pulumi says when it fails is passed on", async () => {
  const { code, text } = await project.flowfusion(["preview", "-s", "nowhere"]);
  expect([code, text]).toEqual([1, expect.stringMatching(/no stack named 'nowhere' found[\s\S]*FF_CLI_PULUMI/)]);
});
