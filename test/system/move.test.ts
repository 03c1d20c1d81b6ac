// A flow moves to another gateway while tags come in at both, with the real CLI.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FlakyNetwork } from "./flaky-network.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { PulumiProject } from "./pulumi-project.ts";

const boiler = parseFlowName("boiler");

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

/** Sends the same readings to both gateways until told to stop; gives the number of the last one. */
function feed(gateways: readonly GatewayProcess[]): () => Promise<number> {
  const pushes = gateways.map(({ ingest }) => dialPush({ address: ingest }));
  let sent = 0;
  const timer = setInterval(() => {
    sent++;
    const update = { tag: "boiler/1/temp", timestampNs: BigInt(sent), quality: 0 as const, value: sent };
    for (const push of pushes) push.send(encodeTagUpdateBatch({ source: "test", updates: [update] }));
  }, 5);
  return async () => {
    clearInterval(timer);
    await Promise.all(pushes.map((push) => push.close()));
    return sent;
  };
}

const program = (resource: string, endpoint: string) => `
  new ff.Flow("${resource}", {
    gateway: { ...gateway, endpoint: config.require("${endpoint}") },
    name: "boiler",
    options: { healthGateMs: 0 },
    nodes: { temps: ff.tagInput({ tags: ["boiler/+/temp"] }), log: ff.file({ path: "temps.jsonl" }) },
    wires: (n) => [n.temps.out.to(n.log.in)],
  });
`;

test("a flow moves to another gateway under load: it runs there before it ends here, and every reading is handled", {
  timeout: 300_000,
}, async () => {
  const [here, there] = [cleanup.use(await GatewayProcess.start()), cleanup.use(await GatewayProcess.start())];
  const network = cleanup.use(await FlakyNetwork.before(here.url));
  const project = await PulumiProject.create({ endpoint: network.endpoint, other: there.url, token: here.token });
  cleanup.defer(() => project.remove());
  const handled = async (gateway: GatewayProcess): Promise<number[]> => {
    const text = await readFile(path.join(gateway.dataDir, "output/temps.jsonl"), "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).value as number]));
  };

  await project.write(program("boiler", "endpoint"));
  expect(await project.up()).toMatchObject({ code: 0 });
  const stop = feed([here, there]);
  await eventually(async () => expect((await handled(here)).length).toBeGreaterThan(0));

  const isLetGo = Promise.withResolvers<void>();
  network.fateOf = (request) => (request === "DELETE /v1/flows/boiler" ? isLetGo.promise : "through");
  await project.write(program("boiler-there", "other"));
  const up = project.start(["up", "--yes", "--skip-preview"]);
  await eventually(() => expect(network.requests).toContain("DELETE /v1/flows/boiler"));
  // What is about to go still works, and what takes its place does already.
  expect(await there.client.getFlow(boiler)).toMatchObject({ condition: "running" });
  const first = await eventually(async () => {
    const [reading] = await handled(there);
    expect(reading).toBeDefined();
    return reading!;
  });
  await eventually(async () => expect((await handled(here)).at(-1)).toBeGreaterThan(first));
  isLetGo.resolve();
  expect(await up.result).toMatchObject({ code: 0 });
  expect(await here.client.getFlow(boiler)).toBeUndefined();

  const sent = await stop();
  await eventually(async () => expect((await handled(there)).at(-1)).toBe(sent));
  const all = async () => new Set([...(await handled(here)), ...(await handled(there))]);
  await eventually(async () => expect((await all()).size).toBe(sent));
  expect(await project.preview()).toEqual([]);
});
