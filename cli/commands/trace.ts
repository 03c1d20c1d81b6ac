// flowfusion trace: recorded tags through a flow, node by node.

import { readRecording } from "@flowfusion/driver-replay";
import { stepDocument, TickClock, TracedFlow, type TraceStep } from "@flowfusion/fusion";
import { messageJson, parseGraph, resolveGraph, rfc3339 } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../command.ts";
import { catalogWith, readJson } from "../files.ts";
import { stepText } from "../step-text.ts";

const help = `Usage: flowfusion trace GRAPH.json --input RECORDING [--module NODE.wasm ...] [--limit N] [--json]

Follows recorded tags through a flow, node by node: which node gets what on which input, what it emits on which output, and
how long it takes by itself. Nodes run one by one here, so times are far above those of the fused flow.

RECORDING is as for flowfusion simulate.

Options:
      --input FILE    the recording
      --module FILE   a node module of your own; may be given several times
      --limit N       how many readings to follow (default: 10)
      --json          print one JSON document for each step
  -h, --help          print this help

Exit code 1 when a node stops the flow.
`;

export const traceCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      input: { type: "string" },
      module: { type: "string", multiple: true, default: [] },
      limit: { type: "string", default: "10" },
      json: { type: "boolean", default: false },
    });
    const path = onePositional(positionals, "GRAPH.json");
    if (values.input === undefined) throw new UsageError("--input RECORDING is missing");
    const limit = parseCount("--limit", values.limit);
    const catalog = await catalogWith(values.module);
    const graph = resolveGraph(parseGraph(await readJson(path)), catalog);
    const flow = new TracedFlow(graph, catalog, () => process.hrtime.bigint());
    const clock = new TickClock();
    let readings = 0;
    for await (const batch of readRecording(values.input)) {
      for (const reading of batch) {
        if (readings === limit) return exitCodes.ok;
        for (const tickNs of clock.upTo(reading.timestampNs)) {
          const steps = flow.tick(tickNs);
          if (steps.length > 0 && !values.json) print([`tick at ${rfc3339(tickNs)}`]);
          if (show(steps, readings, values.json)) return exitCodes.failed;
        }
        readings++;
        const steps = flow.feed(reading);
        if (!values.json) print([`${readings}. ${messageJson(reading)}${steps.length === 0 ? ", for no input" : ""}`]);
        if (show(steps, readings, values.json)) return exitCodes.failed;
      }
    }
    return exitCodes.ok;
  },
};

/** Prints; gives whether a node stopped the flow. */
function show(steps: readonly TraceStep[], reading: number, asJson: boolean): boolean {
  const documents = steps.map(stepDocument);
  print(documents.map((step) => (asJson ? JSON.stringify({ reading, ...step }) : stepText(step))));
  return steps.some(({ trap }) => trap !== undefined);
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}
