// States that earlier versions of the provider wrote, with today's: nothing to do until the program changes, and then no more
// than the change. Each file in `states` is an export of a stack that ran states/program.ts.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { fuse } from "@flowfusion/fusion";
import { type FlowName, type GraphDocument, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tripModule } from "./bad-modules.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { stateProgram } from "./states/program.ts";

vi.setConfig({ testTimeout: 300_000 });

const token = "state-test-token-0123456789abcdef0123456789abcdef";
const folder = path.join(import.meta.dirname, "states");
const states = (await readdir(folder)).filter((file) => file.endsWith(".json"));

let dataDir: string;
let gateway: Gateway;
let project: PulumiProject;
let client: GatewayClient;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-upgrade-"));
  gateway = await startGateway({ dataDir, token, ingest: [], healthGateMs: 0, log: { level: "silent" } });
  client = new GatewayClient({ endpoint: gateway.url, token });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
  await writeFile(path.join(project.folder, "program/trip.wasm"), tripModule);
  await project.write(stateProgram());
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

/** What the gateway ran when the state was written, fused by today's modules. */
async function deployAsIn(state: string): Promise<void> {
  const { deployment } = JSON.parse(state) as {
    deployment: { resources: { type: string; outputs: GraphDocument & { name: FlowName; options?: object } }[] };
  };
  const boiler = deployment.resources.find(({ outputs }) => outputs?.name === "boiler")!.outputs;
  const catalog = await builtinCatalog();
  const graph = parseGraph({ nodes: boiler.nodes, wires: boiler.wires });
  const { wasm, digest } = await fuse(resolveGraph(graph, catalog), catalog);
  await client.uploadArtefact(new Uint8Array(wasm));
  await client.deployFlow(boiler.name, { artefact: digest, expected: "absent", options: boiler.options ?? {} });
}

describe.each(states)("the state %s", (file) => {
  test("has nothing to change for the program that wrote it, and takes the next change", async () => {
    const state = (await readFile(path.join(folder, file), "utf8")).replaceAll("http://gateway.test", gateway.url);
    const imported = path.join(project.folder, "state.json");
    await writeFile(imported, state);
    await project.succeed(["stack", "import", "--file", imported]);
    expect(await project.preview()).toEqual([]);

    await deployAsIn(state);
    await project.write(stateProgram({ threshold: 95 }));
    const steps = (await project.preview()).map(({ op, urn }) => `${op} ${PulumiProject.nameOf(urn)}`);
    expect(steps).toEqual(["update Flow boiler", "update Node boiler/hot"]);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await client.getFlow("boiler" as FlowName)).toMatchObject({ generation: 2 });
    expect(await project.preview()).toEqual([]);
  });
});

test("there is a state of an earlier version", () => {
  expect(states).toContain("flows-without-row-places.json");
});
