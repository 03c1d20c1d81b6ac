// What the README and the guide to reviews show is what people see: the README's program is deployed, changed as it says, and
// drifts.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { blocksOf } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";
import { errorsIn, holdScreen, partOf } from "./screens.ts";
import { hasTerminals } from "./terminal.ts";

const boiler = parseFlowName("boiler");

let cleanup: AsyncDisposableStack;
let gateway: GatewayProcess;
let project: PulumiProject;
let program: string;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await GatewayProcess.start());
  project = await PulumiProject.create({ endpoint: gateway.url, token: gateway.token });
  cleanup.defer(() => project.remove());
  program = (await blocksOf("README.md")).find(({ kind }) => kind === "ts")!.text;
});
afterEach(() => cleanup.disposeAsync());

/** One reading in 271 is hot. */
async function feed(count: number): Promise<void> {
  const push = dialPush({ address: gateway.ingest });
  const readings = Array.from({ length: count }, (_, index) => ({
    tag: `boiler/${index % 4}/temp`,
    timestampNs: BigInt(Date.now()) * 1_000_000n,
    quality: 0 as const,
    value: index % 271 === 1 ? 90.5 + (index % 10) : 70 + ((index * 7) % 190) / 10,
  }));
  for (let first = 0; first < count; first += 100) {
    push.send(encodeTagUpdateBatch({ source: "test", updates: readings.slice(first, first + 100) }));
  }
  await eventually(async () => {
    const trend = await readFile(path.join(gateway.dataDir, "output/trend.jsonl"), "utf8").catch(() => "");
    expect(trend.trimEnd().split("\n")).toHaveLength(count / 100);
  });
  await push.close();
}

/** The program after the change that the README and the guide tell of. */
const raised = (text: string) => text.replace("value: 90", "value: 95");
const withPeak = (text: string) =>
  raised(text)
    .replace("    trend: ", '    peak: ff.agg({ op: "max", size: 100, topic: "boiler/peak" }),\n    trend: ')
    .replace("n.mean.out.to(n.trend.in),", "$&\n    n.temps.out.to(n.peak.in),\n    n.peak.out.to(n.trend.in),");

test("the README and the guide to reviews show what a change prints", { timeout: 600_000 }, async (context) => {
  if (!hasTerminals()) context.skip("script (util-linux) is not installed");
  const places = [["system-dev", "plant-dev"]] as const;
  await project.writeWhole(program);
  const up = await project.up();
  expect(up.code, up.text).toBe(0);
  await feed(10_000);

  await project.writeWhole(withPeak(program));
  const preview = await project.onTerminal("pulumi preview");
  const change = partOf(preview.screen, /^ +Type +Name/, /^ +sink trend: /);
  await holdScreen("README.md", "preview", change, { places });

  await project.writeWhole(raised(program));
  const markdown = await project.onTerminal("flowfusion preview --markdown");
  const [table = "", behaviour = ""] = markdown.screen.split(/^```(?:text)?$/m);
  await holdScreen("docs/guides/review.md", "markdown", table);
  await holdScreen("docs/guides/review.md", "behaviour", behaviour.trim());
  const diff = await project.onTerminal("pulumi preview --diff");
  const property = partOf(diff.screen, /~ flowfusion:index:Flow: \(update\)/, /^ {8}\}$/);
  await holdScreen("docs/guides/review.md", "diff", property, { places: [["dev::system", "dev::plant"]] });
  const deployed = await project.onTerminal("pulumi up --yes --skip-preview");
  await holdScreen("docs/guides/review.md", "up", partOf(deployed.screen, /^ +Type +Name/, /~ \d+ updated$/), {
    places,
  });

  // Somebody lowers the threshold on the gateway.
  const live = (await gateway.client.getFlow(boiler))!;
  const hot = { type: "filter", props: { op: ">", value: 50 } };
  const nodes = { ...live.graph.nodes, hot };
  const { wasm, digest } = await fuseDocument({ nodes, wires: Object.keys(live.graph.wires) });
  await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(boiler, { artefact: digest, expected: live.generation });
  const drift = await project.onTerminal("flowfusion drift");
  expect(drift.code).toBe(2);
  await holdScreen("docs/guides/review.md", "drift", drift.screen);
  const refresh = await project.onTerminal("pulumi refresh --preview-only");
  await holdScreen(
    "docs/guides/review.md",
    "refresh",
    partOf(refresh.screen, /^ +Type +Name/, / warning: Changed by/),
    {
      places,
    },
  );
});

test("the README shows how mistakes are told to programs in other languages", { timeout: 300_000 }, async () => {
  const yaml = await PulumiProject.ofExample("yaml", { endpoint: gateway.url, token: gateway.token });
  cleanup.defer(() => yaml.remove());
  await yaml.edit("Pulumi.yaml", 'op: ">"', 'op: "=>"');
  await yaml.edit("Pulumi.yaml", "temps.out -> hot.in", "temps.out -> hot.input");
  await yaml.edit("Pulumi.yaml", "type: agg", "type: avg");
  const { code, stdout } = await yaml.run(["preview"]);
  expect(code).not.toBe(0);
  await holdScreen("README.md", "mistakes", errorsIn(stdout));
});
