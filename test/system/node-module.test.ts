// A node module of the user's own as a resource, with the real CLI: fused and uploaded, changed by others, imported.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { packModule } from "@flowfusion/fusion";
import { parseFlowName } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";

const alarms = parseFlowName("alarms");

let gateway: GatewayProcess;
let project: PulumiProject;

beforeEach(async () => {
  gateway = await GatewayProcess.start();
  project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await project.remove();
});

const plant = `
  const plant = new ff.Gateway("plant", { ...gateway, flowOptions: { healthGateMs: 0 } });
`;

async function upSucceeds(): Promise<string> {
  const { code, text } = await project.up();
  expect(code, text).toBe(0);
  return text;
}

/** A command of the CLI takes some seconds, and these stories have many. */
const patience = { timeout: 300_000 };

const folder = () => path.join(project.folder, "program", "nodes");
const program = (rest = "") => `${plant}
  const mean = new ff.NodeModule("mean", {
    gateway: plant,
    source: "nodes/mean.wasm",
    manifest: {
      name: "mean",
      inputs: [{ name: "in", type: "tag" }],
      outputs: [{ name: "out", type: "tag" }],
      props: { type: "object", properties: { factor: { type: "number" } }, required: ["factor"] },
    },
  });
  export const module = mean.digest;
  ${rest}`;
const user = (factor: number) => `
  export const { digest } = new ff.Flow("alarms", {
    gateway: plant,
    nodes: {
      temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
      smooth: mean.node({ factor: ${factor} }),
      log: ff.file({ path: "mean.jsonl" }),
    },
    wires: (n) => [n.temps.out.to(n.smooth.in), n.smooth.out.to(n.log.in)],
  });
`;
/** A module like `scale`, under a name of its own. */
async function writeModule(version: string): Promise<void> {
  const { wasm, manifest } = (await builtinCatalog()).get("scale")!;
  const other = { ...manifest, name: "mean", version };
  await mkdir(folder(), { recursive: true });
  const packed = await packModule(wasm, JSON.stringify(other));
  await writeFile(path.join(folder(), "mean.wasm"), packed.wasm);
}

test(
  "a node module is fused in the very first preview, uploaded by the up, updated by its digest, and kept while a flow is made of it",
  patience,
  async () => {
    await writeModule("1.0.0");
    await project.write(program(user(5)));
    const { text } = await project.succeed(["preview"]);
    const digest = /digest *: "(sha256:[0-9a-f]{64})"/.exec(text)?.[1];
    expect(digest).toMatch(/^sha256:/);
    expect(await gateway.client.getNodeType("mean")).toBeUndefined();
    await upSucceeds();
    expect(await gateway.client.getFlow(alarms)).toMatchObject({ artefact: digest });
    expect(await gateway.client.getNodeType("mean")).toMatchObject({
      source: "uploaded",
      manifest: { version: "1.0.0" },
      uploaded: { generation: 1 },
    });
    expect(await project.preview()).toEqual([]);

    await writeModule("1.1.0");
    const edits = await project.edits();
    expect(edits["update NodeModule mean"]).toEqual(["update source"]);
    expect(edits["update Flow alarms"]).toEqual(["update modules.mean"]);
    await upSucceeds();
    expect(await gateway.client.getNodeType("mean")).toMatchObject({ uploaded: { generation: 2 } });
    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("unchanged") });

    const { module } = (await gateway.client.getNodeType("mean"))!;
    await project.write(`${plant}
      const mean = ff.module(
        { name: "mean", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
        new pulumi.asset.FileAsset("nodes/mean.wasm"),
      );
      ${user(5).replace("mean.node(", "mean(")}`);
    const gone = await upSucceeds();
    expect(await gateway.client.getNodeType("mean")).toBeUndefined();
    expect(await gateway.request("HEAD", `/v1/modules/${module}`)).toMatchObject({ status: 200 });
    expect(gone).toContain("its module stays in the store, as flows are made of it: alarms. They run on.");
  },
);

test(
  "a preview brings the gateway the modules that it needs to try a flow that runs node by node",
  patience,
  async () => {
    await writeModule("1.0.0");
    const flow = user(5).replace("mean.node(", "mean(").replace("wires:", "options: { development: true }, wires:");
    await project.write(`${plant}
    const mean = ff.module(
      { name: "mean", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
      new pulumi.asset.FileAsset("nodes/mean.wasm"),
    );
    ${flow}`);
    const { text } = await project.succeed(["preview"]);
    expect(text).not.toContain("would refuse");
    await upSucceeds();
    expect(await gateway.client.development(alarms)).toMatchObject({ mode: "development" });
  },
);

test(
  "a node module that somebody else uploaded anew is shown by a refresh, and put back by the next up",
  patience,
  async () => {
    await writeModule("1.0.0");
    await project.write(program());
    await upSucceeds();
    const ours = (await gateway.client.getNodeType("mean"))!.module;
    const { wasm, manifest } = (await builtinCatalog()).get("scale")!;
    const theirs = await packModule(wasm, JSON.stringify({ ...manifest, name: "mean", version: "9.9.9" }));
    await gateway.client.uploadModules([theirs]);
    await gateway.client.putNodeType("mean", { module: theirs.digest, expected: 1 });

    expect(await project.drift()).toEqual({ "NodeModule mean": ["source"] });
    const refreshed = await project.refresh();
    expect(refreshed.text).toContain(
      `The node type is made of another module, ${theirs.digest}, which admin uploaded at `,
    );
    await upSucceeds();
    expect(await gateway.client.getNodeType("mean")).toMatchObject({ module: ours, uploaded: { generation: 3 } });
    expect(await project.preview()).toEqual([]);

    await gateway.client.deleteNodeType("mean", { expected: 3 });
    expect(await project.refresh()).toMatchObject({ code: 0, text: expect.stringContaining("1 deleted") });
    await upSucceeds();
    expect(await gateway.client.getNodeType("mean")).toMatchObject({ module: ours });
  },
);

test(
  "a node module that the gateway has already is imported, and the program then has nothing to change",
  patience,
  async () => {
    await writeModule("1.0.0");
    await project.write(program());
    await upSucceeds();
    await project.newStack("copy", { endpoint: gateway.url, token: gateway.token });
    const target = ["flowfusion:index:NodeModule", "mean", `${gateway.url}/v1/node-types/mean`];
    const flags = ["--yes", "--generate-code=false", "--protect=false"];
    const imported = await project.run(["import", ...flags, ...target], { FLOWFUSION_TOKEN: gateway.token });
    expect(imported.code, imported.text).toBe(0);
    expect((await project.edits())["update NodeModule mean"]).toBeUndefined();
    await upSucceeds();
    expect(await gateway.client.getNodeType("mean")).toMatchObject({ uploaded: { generation: 1 } });
    expect(await project.preview()).toEqual([]);
  },
);

test("a node module is refused where the program counts on other ports", patience, async () => {
  await writeModule("1.0.0");
  await project.write(
    program().replace('outputs: [{ name: "out", type: "tag" }]', 'outputs: [{ name: "mean", type: "tag" }]'),
  );
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  expect(text).toContain("manifest.outputs: are mean (tag), the module has out (tag)");
});
