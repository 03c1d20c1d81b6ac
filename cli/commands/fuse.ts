// flowfusion fuse: a graph document → Flow.wasm.

import { explainFusion, type FusionReport, fuse, glueText, moduleText } from "@flowfusion/fusion";
import { FusedCache } from "@flowfusion/fusion/cache";
import {
  type CanonicalGraph,
  counted,
  encodeGraph,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
  sha256,
} from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../command.ts";
import { durationText } from "../duration.ts";
import { catalogWith, namingFile, readJson, writeOutput } from "../files.ts";
import { section, tableLines } from "../table.ts";

const help = `Usage: flowfusion fuse GRAPH.json [-o Flow.wasm] [--module NODE.wasm ...] [--explain] [--json] [--no-cache]
       flowfusion fuse GRAPH.json [--module NODE.wasm ...] --glue | --wat

Checks a graph and fuses it, with the modules of its nodes, into one WebAssembly module. What it makes is kept in
~/.cache/flowfusion/fused, where previews find it as well.

GRAPH.json holds { "nodes": { "<id>": { "type", "props" } }, "wires": { "a.out -> b.in": {} } }.

Options:
  -o, --output FILE   where to write the result (default: Flow.wasm)
      --module FILE   a node module of your own; may be given several times
      --explain       tell what was linked, how messages travel over each wire, sizes before and after, time by phase
      --json          print the result as one JSON line, with --explain all of it
      --no-cache      fuse anew, though the same graph was fused before; the bytes are the same
      --glue          print the generated glue as WebAssembly text instead of fusing
      --wat           print the fused module as WebAssembly text instead of writing it
  -h, --help          print this help
`;

export const fuseCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      output: { type: "string", short: "o", default: "Flow.wasm" },
      module: { type: "string", multiple: true, default: [] },
      explain: { type: "boolean", default: false },
      glue: { type: "boolean", default: false },
      wat: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "no-cache": { type: "boolean", default: false },
    });
    refuseTogether(values);
    const path = onePositional(positionals, "GRAPH.json");
    const catalog = await catalogWith(values.module);
    const document = await readJson(path);
    const graph = await namingFile(path, async () => resolveGraph(parseGraph(document), catalog));
    if (values.glue || values.wat) {
      const text = values.glue ? glueText(graph, catalog) : await moduleText((await fuse(graph, catalog)).wasm);
      process.stdout.write(`${text.trimEnd()}\n`);
      return exitCodes.ok;
    }
    if (values.explain) await explain(graph, catalog, values.output, values.json);
    else await summarise(graph, catalog, values.output, values.json, !values["no-cache"]);
    return exitCodes.ok;
  },
};

/** What each of these asks for, the others would leave out without a word. */
function refuseTogether(values: { readonly [option: string]: unknown }): void {
  const asked = ["explain", "glue", "wat"].filter((option) => values[option] === true).map((option) => `--${option}`);
  if (asked.length > 1) throw new UsageError(`${asked.join(" and ")} cannot go together`);
  const isText = values.glue === true || values.wat === true;
  if (isText && values.json === true) throw new UsageError(`${asked[0]} prints WebAssembly text; it has no --json`);
}

async function summarise(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  output: string,
  asJson: boolean,
  useCache: boolean,
): Promise<void> {
  const began = performance.now();
  const cache = new FusedCache(useCache ? {} : { build: undefined });
  const { wasm, isKnown } = await cache.through(encodeGraph(graph), async () => (await fuse(graph, catalog)).wasm);
  const digest = sha256(wasm);
  const fuseMs = Math.round(performance.now() - began);
  await writeOutput(output, wasm);
  const [nodes, wires] = [graph.nodes.length, graph.wires.length];
  process.stdout.write(
    asJson
      ? `${JSON.stringify({ output, digest, sizeBytes: wasm.length, nodes, wires, fuseMs, cached: isKnown })}\n`
      : `${output}: ${counted(nodes, "node")} and ${counted(wires, "wire")}, ${wasm.length} bytes, ${isKnown ? "known from before" : `fused in ${durationText(fuseMs)}`}\n${digest}\n`,
  );
}

async function explain(graph: CanonicalGraph, catalog: ModuleCatalog, output: string, asJson: boolean): Promise<void> {
  const { wasm, ...report } = await explainFusion(graph, catalog, () => performance.now());
  await writeOutput(output, wasm);
  const phases = report.phases.map(({ name, ms }) => ({ name, ms: Math.round(ms * 100) / 100 }));
  const lines = asJson
    ? [JSON.stringify({ output, sizeBytes: wasm.length, ...report, phases })]
    : [`${output}: ${wasm.length} bytes`, report.digest, ...describe({ ...report, phases })];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function describe({ nodes, wires, modules, phases }: Omit<FusionReport, "wasm" | "digest">): string[] {
  const nodeRows = nodes.map(({ id, type, moduleBytes, linkedBytes, unconfiguredBecause }) => [
    id,
    type,
    moduleBytes,
    linkedBytes,
    unconfiguredBecause === undefined ? "now" : `at start: ${unconfiguredBecause}`,
  ]);
  const moduleRows = modules.map(({ name, sizeBytes, functions }) => [name, sizeBytes, functions]);
  return [
    ...section("Nodes, in bytes", tableLines([["node", "type", "module", "linked", "configured"], ...nodeRows])),
    ...section("Wires", tableLines([["wire", "a scalar travels"], ...wires.map(({ wire, way }) => [wire, ways[way]])])),
    ...section("Modules", tableLines([["module", "bytes", "functions"], ...moduleRows])),
    ...section("Phases", tableLines([["phase", "ms"], ...phases.map(({ name, ms }) => [name, ms])])),
  ];
}

const ways = { scalar: "as its value", copy: "as a copy of the message" } as const;
