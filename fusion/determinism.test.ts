// The same graph and modules give the same bytes: in every process, folder and order of things.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { fuse, glueText } from "./fuse.ts";
import { sink, source, testFlow } from "./testkit/wat-nodes.ts";

const run = promisify(execFile);

const nodes = {
  src: source,
  hot: { type: "filter", props: { op: ">", value: 80 } },
  total: { type: "agg", props: { op: "sum", size: 3, topic: "total" } },
  mean: { type: "agg", props: { op: "avg", size: 3 } },
  out: sink,
};
const wires = [
  "src.out -> hot.in",
  "hot.pass -> total.in",
  "hot.fail -> mean.in",
  "total.out -> out.in",
  "mean.out -> out.in",
];

/** Fuses the same graph and prints its digest. */
const program = `
import { fuse } from ${JSON.stringify(path.join(import.meta.dirname, "fuse.ts"))};
import { testFlow } from ${JSON.stringify(path.join(import.meta.dirname, "testkit/wat-nodes.ts"))};
const { graph, catalog } = await testFlow(${JSON.stringify(nodes)}, ${JSON.stringify(wires.toReversed())});
console.log((await fuse(graph, new Map([...catalog].reverse()))).digest);`;

it("gives the same bytes in another process, folder, time zone and language", async () => {
  const { graph, catalog } = await testFlow(nodes, wires);
  const { digest } = await fuse(graph, catalog);
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-determinism-"));
  try {
    const TMPDIR = path.join(folder, "a folder, deeper");
    await mkdir(TMPDIR);
    const file = path.join(folder, "fuse.mts");
    await writeFile(file, program);
    const { stdout } = await run(process.execPath, [file], {
      cwd: folder,
      env: { ...process.env, TMPDIR, TZ: "Pacific/Apia", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
    });
    expect(stdout.trim()).toBe(digest);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("gives the same bytes again, and the same glue", async () => {
  const { graph, catalog } = await testFlow(nodes, wires);
  const [first, second] = await Promise.all([fuse(graph, catalog), fuse(graph, catalog)]);
  expect(Buffer.compare(first.wasm, second.wasm)).toBe(0);
  expect(glueText(graph, catalog)).toBe(glueText(graph, new Map([...catalog].reverse())));
});
