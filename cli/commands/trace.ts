// flowfusion trace: tags through a flow, node by node; recorded ones, or those that a gateway gets.

import { readRecording } from "@flowfusion/driver-replay";
import { stepDocument, TickClock, TracedFlow, type TraceStep } from "@flowfusion/fusion";
import { type ModuleCatalog, messageJson, parseFlowName, parseGraph, resolveGraph, rfc3339 } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../command.ts";
import { catalogWith, readJson } from "../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";
import { traceLive } from "../live-trace.ts";
import { outputFailed, whenOutputFails } from "../output.ts";
import { stepText } from "../step-text.ts";

const help = `Usage: flowfusion trace GRAPH.json --input RECORDING [--module NODE.wasm ...] [--limit N] [--json]
       flowfusion trace FLOW [--follow] [--for MS] [--module NODE.wasm ...] [--limit N] [--json]

Follows tags through a flow, node by node: which node gets what on which input, what it emits on which output, how long it
takes by itself and what fuel it uses. Nodes run one by one here, so times are far above those of the fused flow.

With --input it runs a graph on a recording, as flowfusion simulate does. Without, it follows the flow of that name on a
gateway: it switches the flow to development mode, with its state, uploads the modules that the gateway lacks, shows what
comes, and switches back.

Options:
      --input FILE    the recording
      --follow        go on until Ctrl-C, or until --limit
      --for MS        when the gateway switches back by itself (default: 600000)
      --module FILE   a node module of your own; may be given several times
      --limit N       how many readings to follow, of those that the flow takes (default: 10; with --follow all)
      --json          print one JSON document for each step
${gatewayOptionsHelp}
  -h, --help          print this help

Exit code 1 when a node stops the flow that runs on a recording.
`;

const readingsDefault = 10;
/** What the gateway takes. */
const forMsRange = { min: 1_000, max: 86_400_000 };

export const traceCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      input: { type: "string" },
      follow: { type: "boolean", default: false },
      for: { type: "string", default: "600000" },
      module: { type: "string", multiple: true, default: [] },
      limit: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const catalog = () => catalogWith(values.module);
    const unlimited = values.follow ? Number.POSITIVE_INFINITY : readingsDefault;
    const limit = values.limit === undefined ? unlimited : parseCount("--limit", values.limit, { min: 1 });
    if (values.input !== undefined) {
      const path = onePositional(positionals, "GRAPH.json");
      return traceRecording(path, values.input, await catalog(), limit, values.json);
    }
    const name = onePositional(positionals, "FLOW");
    if (name.endsWith(".json"))
      throw new UsageError(`${name} is a graph: give the recording that is to run through it with --input`);
    const stopped = new AbortController();
    let exitCode: number = exitCodes.ok;
    // However it ends, with its terminal or with whoever read it, the flow is switched back.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stopped.abort());
    whenOutputFails((error, stream) => {
      if (!stopped.signal.aborted) exitCode = outputFailed(error, stream);
      stopped.abort();
    });
    const flow = parseFlowName(name);
    let reading = 0;
    await traceLive({
      ...{ client: gatewayClient(values), flow, catalog },
      ...{ readings: limit, forMs: parseCount("--for", values.for, forMsRange) },
      signal: stopped.signal,
      onWaiting: () => void process.stderr.write(`Waiting for readings of ${flow}; Ctrl-C ends.\n`),
      onStep(step) {
        if (!values.json && step.reading !== reading) print([`${step.reading}. at ${step.at}`]);
        reading = step.reading;
        print([values.json ? JSON.stringify(step) : stepText(step)]);
      },
    });
    return exitCode;
  },
};

async function traceRecording(
  path: string,
  input: string,
  catalog: ModuleCatalog,
  limit: number,
  asJson: boolean,
): Promise<number> {
  const graph = resolveGraph(parseGraph(await readJson(path)), catalog);
  const flow = new TracedFlow(graph, catalog, () => process.hrtime.bigint());
  const clock = new TickClock();
  let readings = 0;
  let followed = 0;
  for await (const batch of readRecording(input)) {
    for (const reading of batch) {
      if (followed === limit) return exitCodes.ok;
      for (const tickNs of clock.upTo(reading.timestampNs)) {
        const steps = flow.tick(tickNs);
        if (steps.length > 0 && !asJson) print([`tick at ${rfc3339(tickNs)}`]);
        if (show(steps, readings, asJson)) return exitCodes.failed;
      }
      readings++;
      const steps = flow.feed(reading);
      if (steps.length === 0) continue;
      followed++;
      if (!asJson) print([`${readings}. ${messageJson(reading)}`]);
      if (show(steps, readings, asJson)) return exitCodes.failed;
    }
  }
  const unmatched = readings - followed;
  if (unmatched > 0) process.stderr.write(`${unmatched} of ${readings} readings are for no input.\n`);
  return exitCodes.ok;
}

/** Prints; gives whether a node stopped the flow. */
function show(steps: readonly TraceStep[], reading: number, asJson: boolean): boolean {
  const documents = steps.map(stepDocument);
  print(documents.map((step) => (asJson ? JSON.stringify({ reading, ...step }) : stepText(step))));
  return steps.some(({ trap }) => trap !== undefined);
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}
