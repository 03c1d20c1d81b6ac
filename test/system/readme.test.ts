// What the README shows of a preview is what the CLI prints: its program is deployed, changed as it says, and each line that it
// shows is looked for, with numbers, digests and times of any value.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess } from "./gateway-process.ts";
import { blocksOf } from "./guide.ts";
import { PulumiProject } from "./pulumi-project.ts";

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

/** A line as the README and a terminal have it in common. */
const shapeOf = (line: string): string =>
  line
    .replaceAll(/[├└]─ /g, "")
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "DIGEST")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|…/g, "TIME")
    .replaceAll(/\d[\d,.]*\d|\d/g, "N")
    .replaceAll(/\s+/g, " ")
    .trim();

/** The lines of the block that has a text in it. */
async function shown(part: string): Promise<string[]> {
  const block = (await blocksOf("README.md")).find(({ kind, text }) => kind === "text" && text.includes(part))!;
  return block.text.split("\n").filter((line) => line.trim() !== "");
}

async function feed(count: number): Promise<void> {
  const push = dialPush({ address: gateway.ingest });
  for (let batch = 0; batch < count / 100; batch++) {
    const updates = Array.from({ length: 100 }, (_, index) => ({
      tag: `boiler/${index % 4}/temp`,
      timestampNs: BigInt(Date.now()) * 1_000_000n,
      quality: 0 as const,
      value: 80 + ((batch * 7 + index * 3) % 190) / 10,
    }));
    push.send(encodeTagUpdateBatch({ source: "test", updates }));
  }
  await eventually(async () => {
    const trend = await readFile(path.join(gateway.dataDir, "output/trend.jsonl"), "utf8").catch(() => "");
    expect(trend.trimEnd().split("\n")).toHaveLength(count / 100);
  });
  await push.close();
}

test("the README's change is previewed as it shows", { timeout: 300_000 }, async () => {
  await project.writeWhole(program);
  const up = await project.up();
  expect(up.code, up.text).toBe(0);
  await feed(10_000);
  const changed = program
    .replace("value: 90", "value: 95")
    .replace("    trend: ", '    peak: ff.agg({ op: "max", size: 100, topic: "boiler/peak" }),\n    trend: ')
    .replace("n.mean.out.to(n.trend.in),", "$&\n    n.temps.out.to(n.peak.in),\n    n.peak.out.to(n.trend.in),");
  await project.writeWhole(changed);
  const { text } = await project.succeed(["preview"]);
  const printed = text.split("\n").map(shapeOf);
  const lines = (await shown("[diff: ~nodes,wires]")).filter((line) => !/Plan +Info|pulumi:pulumi:Stack/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(printed).toContain(shapeOf(line));
});
