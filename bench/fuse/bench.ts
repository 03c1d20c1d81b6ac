// How long fusing takes, ms, on the clock, since people wait for it:
//
//   cold        eight nodes, the first of a process: the linker's process starts and loads binaryen
//   warm        chains of more and more nodes, the best of some; what a node of the longest costs over what one of the second costs tells whether it is linear
//   fromCache   eight nodes fused before: resolved, looked up, read and checked
//   twoGo       a flow with two different modules of Go, each with its runtime: the first time, the next, and from the cache
//
// The bytes of each flow are the same every time, which is checked.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fuse, packModule } from "@flowfusion/fusion";
import { FusedCache } from "@flowfusion/fusion/cache";
import { encodeGraph, type ModuleCatalog, parseGraph, resolveGraph } from "@flowfusion/graph";
import { buildFolder, openNodeFolder } from "@flowfusion/nodekit-toolchains";
import { builtinCatalog } from "@flowfusion/nodes";
import { ratio, round2 } from "../measure.ts";

export interface FuseEffort {
  /** Lengths of chains, ascending; the first is the small flow of `cold` and `fromCache`. */
  readonly nodes: readonly number[];
  readonly repetitions: number;
  readonly hasGo: boolean;
}

/** No graph may have more nodes than the last. */
export const fuseEffort: FuseEffort = { nodes: [8, 50, 200, 512], repetitions: 3, hasGo: true };

const goFolder = join(import.meta.dirname, "..", "..", "examples", "nodes", "go");

export async function benchFuse({ nodes, repetitions, hasGo }: FuseEffort) {
  const catalog = await builtinCatalog();
  const folder = await mkdtemp(join(tmpdir(), "flowfusion-bench-"));
  const cache = new FusedCache({ folder, build: "bench" });
  try {
    const small = chain(nodes[0]!);
    const coldMs = await msOf(() => fuseDocument(small, catalog));
    const warm: { nodes: number; ms: number; msPerNode: number; bytes: number }[] = [];
    for (const count of nodes) {
      const { ms, bytes } = await bestOf(repetitions, () => fuseDocument(chain(count), catalog));
      warm.push({ nodes: count, ms, msPerNode: round2(ms / count), bytes });
    }
    const through = () => fuseThrough(cache, small, catalog);
    await through();
    const fromCache = await bestOf(repetitions * 10, through);
    const first = warm[1] ?? warm[0]!;
    return {
      bench: "fuse",
      coldMs,
      warm: Object.fromEntries(warm.map((row) => [`${row.nodes}nodes`, { ms: row.ms, msPerNode: row.msPerNode }])),
      fromCacheMs: fromCache.ms,
      // 1 when a node of the largest flow costs what one of the smaller costs.
      linearity: ratio(warm.at(-1)!.msPerNode, first.msPerNode),
      ...(hasGo && { twoGo: await benchGo(cache, catalog) }),
      repetitions,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same source under two names makes two modules of two digests. */
async function benchGo(cache: FusedCache, builtins: ModuleCatalog) {
  const built = await buildFolder(await openNodeFolder(goFolder));
  const manifest: { name: string } = JSON.parse(await readFile(join(goFolder, "manifest.json"), "utf8"));
  const catalog = new Map(builtins);
  for (const name of ["mean_a", "mean_b"]) {
    catalog.set(name, await packModule(built, JSON.stringify({ ...manifest, name })));
  }
  const document = {
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      a: { type: "mean_a", props: { size: 2 } },
      b: { type: "mean_b", props: { size: 3 } },
      out: { type: "file", props: { path: "unused.jsonl" } },
    },
    wires: ["in.out -> a.in", "a.out -> b.in", "b.out -> out.in"],
  };
  const firstMs = await msOf(() => fuseDocument(document, catalog));
  const again = await bestOf(3, () => fuseDocument(document, catalog));
  await fuseThrough(cache, document, catalog);
  const cached = await bestOf(5, () => fuseThrough(cache, document, catalog));
  return { firstMs, againMs: again.ms, fromCacheMs: cached.ms, bytes: again.bytes };
}

async function fuseDocument(document: unknown, catalog: ModuleCatalog): Promise<Uint8Array> {
  return (await fuse(resolveGraph(parseGraph(document), catalog), catalog)).wasm;
}

async function fuseThrough(cache: FusedCache, document: unknown, catalog: ModuleCatalog): Promise<Uint8Array> {
  const graph = resolveGraph(parseGraph(document), catalog);
  return (await cache.through(encodeGraph(graph), async () => (await fuse(graph, catalog)).wasm)).wasm;
}

async function msOf(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return round2(performance.now() - began);
}

async function bestOf(times: number, run: () => Promise<Uint8Array>): Promise<{ ms: number; bytes: number }> {
  let best = Number.POSITIVE_INFINITY;
  let made: Uint8Array | undefined;
  for (let left = times; left > 0; left--) {
    let again: Uint8Array | undefined;
    const ms = await msOf(async () => {
      again = await run();
    });
    if (made !== undefined && Buffer.compare(made, again!) !== 0) throw new Error("fused twice, and the bytes differ");
    made = again;
    best = Math.min(best, ms);
  }
  return { ms: best, bytes: made?.length ?? 0 };
}

/** tag_input → filter → scale → agg → filter → … → file */
function chain(nodeCount: number): unknown {
  const kinds = [
    { type: "filter", props: { op: ">", value: 0 }, output: "pass" },
    { type: "scale", props: { factor: 2 }, output: "out" },
    { type: "agg", props: { op: "avg", size: 2 }, output: "out" },
  ];
  const nodes: Record<string, unknown> = {
    in: { type: "tag_input", props: { tags: ["#"] } },
    out: { type: "file", props: { path: "unused.jsonl" } },
  };
  const wires: string[] = [];
  let last = "in.out";
  for (let index = 0; index < nodeCount - 2; index++) {
    const { type, props, output } = kinds[index % kinds.length]!;
    nodes[`n${index}`] = { type, props };
    wires.push(`${last} -> n${index}.in`);
    last = `n${index}.${output}`;
  }
  return { nodes, wires: [...wires, `${last} -> out.in`] };
}
