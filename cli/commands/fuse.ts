// flowfusion fuse: a graph document → Flow.wasm.

import { fuse, glueText } from "@flowfusion/fusion";
import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments } from "../command.ts";
import { catalogWith, readJson, writeOutput } from "../files.ts";

const help = `Usage: flowfusion fuse GRAPH.json [-o Flow.wasm] [--module NODE.wasm ...] [--glue] [--json]

Checks a graph and fuses it, with the modules of its nodes, into one WebAssembly module.

GRAPH.json holds { "nodes": { "<id>": { "type", "props" } }, "wires": { "a.out -> b.in": {} } }.

Options:
  -o, --output FILE   where to write the result (default: Flow.wasm)
      --module FILE   a node module of your own; may be given several times
      --glue          print the generated glue as WebAssembly text instead of fusing
      --json          print the result as one JSON line
  -h, --help          print this help
`;

export const fuseCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      output: { type: "string", short: "o", default: "Flow.wasm" },
      module: { type: "string", multiple: true, default: [] },
      glue: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const path = onePositional(positionals, "GRAPH.json");
    const catalog = await catalogWith(values.module);
    const graph = resolveGraph(parseGraph(await readJson(path)), catalog);
    if (values.glue) {
      process.stdout.write(`${glueText(graph, catalog)}\n`);
      return exitCodes.ok;
    }
    const began = performance.now();
    const { wasm, digest } = await fuse(graph, catalog);
    const fuseMs = Math.round(performance.now() - began);
    await writeOutput(values.output, wasm);
    const summary = {
      output: values.output,
      digest,
      sizeBytes: wasm.length,
      nodes: graph.nodes.length,
      wires: graph.wires.length,
      fuseMs,
    };
    process.stdout.write(
      values.json
        ? `${JSON.stringify(summary)}\n`
        : `${values.output}: ${graph.nodes.length} nodes and ${graph.wires.length} wires, ${wasm.length} bytes, fused in ${fuseMs} ms\n${digest}\n`,
    );
    return exitCodes.ok;
  },
};
