// flowfusion simulate: a flow on recorded tags, offline; and what a change of it would change.

import { readRecording } from "@flowfusion/driver-replay";
import {
  type Comparison,
  compareFlows,
  type FirstDifference,
  type FlowToSimulate,
  fuse,
  type SimulationResult,
  simulate,
} from "@flowfusion/fusion";
import { decodeMessage, type Message, messageJson, parseGraph, resolveGraph, trapCauseTexts } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../command.ts";
import { catalogWith, namingFile, readJson } from "../files.ts";
import { section, tableLines } from "../table.ts";

const help = `Usage: flowfusion simulate GRAPH.json --input RECORDING [--module NODE.wasm ...] [--emissions N] [--json]
       flowfusion simulate GRAPH.json --input RECORDING --against OTHER.json [--exit-code] [--module NODE.wasm ...] [--json]

Runs a flow on recorded tags, offline and at full speed: what it emits, and what every node and sink counted. The time is
that of the recording. With --against, runs OTHER as well, as what there was before, and shows which sinks get something
else.

RECORDING holds lines as the file sink writes them, {"topic", "timestamp", "quality", "value"}, or batches as drivers send
them (TagUpdateBatch), each led by its length as a little-endian u32.

Options:
      --input FILE      the recording
      --against FILE    another graph to compare with
      --exit-code       with --against: exit code 1 when a sink gets something else
      --module FILE     a node module of your own; may be given several times
      --emissions N     how many emissions to print (default: 20)
      --json            print everything as JSON
  -h, --help            print this help

Exit code 1 when a flow stops before the recording's end, or with --against when it dies of a message and goes on.
`;

export const simulateCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      input: { type: "string" },
      against: { type: "string" },
      module: { type: "string", multiple: true, default: [] },
      emissions: { type: "string" },
      "exit-code": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const path = onePositional(positionals, "GRAPH.json");
    if (values.input === undefined) throw new UsageError("--input RECORDING is missing");
    const emissionsMax = parseCount("--emissions", values.emissions ?? "20");
    const isComparison = values.against !== undefined;
    if (isComparison && values.emissions !== undefined)
      throw new UsageError("--emissions is for a flow without --against");
    if (!isComparison && values["exit-code"]) throw new UsageError("--exit-code needs --against");
    const catalog = await catalogWith(values.module);
    const flowAt = async (file: string): Promise<FlowToSimulate> => {
      const document = await readJson(file);
      return namingFile(file, () => fuse(resolveGraph(parseGraph(document), catalog), catalog));
    };
    const flow = await flowAt(path);
    if (values.against === undefined) return await runOne(flow, values.input, emissionsMax, values.json);
    const { isEqual, isWhole } = await runBoth(await flowAt(values.against), flow, values.input, values.json);
    return isWhole && (isEqual || !values["exit-code"]) ? exitCodes.ok : exitCodes.failed;
  },
};

async function runOne(flow: FlowToSimulate, input: string, emissionsMax: number, asJson: boolean): Promise<number> {
  const emissions: { node: string; isLog: boolean; message: Message }[] = [];
  const result = await simulate(flow, readRecording(input), ({ node, isLog, bytes }) => {
    if (emissions.length < emissionsMax) emissions.push({ node, isLog, message: decodeMessage(bytes) });
  });
  if (asJson) {
    const shown = emissions.map(({ node, isLog, message }) => ({ node, isLog, message: plain(message) }));
    print([JSON.stringify({ ...plainResult(result), emissions: shown }, null, 2)]);
  } else {
    const lines = emissions.map(
      ({ node, isLog, message }) => `${node}${isLog ? " logs" : ""}  ${messageJson(message)}`,
    );
    print([...section(`Emissions (the first ${emissions.length})`, lines), ...describe(result)]);
  }
  return result.trap ? exitCodes.failed : exitCodes.ok;
}

async function runBoth(before: FlowToSimulate, after: FlowToSimulate, input: string, asJson: boolean) {
  const comparison = await compareFlows(before, after, readRecording(input));
  if (asJson) print([JSON.stringify(plainComparison(comparison), null, 2)]);
  else print(describeComparison(comparison));
  const { isEqual, before: was, after: is } = comparison;
  const isWhole = [was, is].every(({ trap, deadLetters }) => trap === undefined && deadLetters.length === 0);
  return { isEqual, isWhole };
}

function describe({ readings, unmatched, nodes, sinks, logLines, fuel, trap }: SimulationResult): string[] {
  const rows = nodes.map(({ id, type, messagesIn, messagesOut, fuel: used }) => [
    id,
    type,
    messagesIn,
    Object.entries(messagesOut)
      .map(([output, count]) => `${output} ${count}`)
      .join(", "),
    used,
  ]);
  return [
    ...section("Nodes", tableLines([["node", "type", "in", "out", "fuel"], ...rows])),
    ...section(
      "Sinks",
      tableLines([["sink", "type", "messages"], ...sinks.map(({ id, type, messages }) => [id, type, messages])]),
    ),
    `${readings} readings, ${unmatched} of them for no input; ${logLines} lines logged; ${fuel} fuel used in all`,
    ...describeTrap(trap, "The flow"),
  ];
}

function describeTrap(trap: SimulationResult["trap"], what: string): string[] {
  return trap ? [`${what} stopped: ${trapText(trap)}`] : [];
}

function trapText({ node, cause, message }: NonNullable<SimulationResult["trap"]>): string {
  const who = node === undefined ? "the flow itself" : `node ${node}`;
  return `${who} ${trapCauseTexts[cause]}${message ? ` at ${messageJson(message)}` : ""}`;
}

function describeDeadLetters({ deadLetters: [first, ...more] }: SimulationResult, what: string): string[] {
  if (first === undefined) return [];
  return [`${what} would leave ${more.length + 1} dead letters, first: ${trapText(first)}`];
}

function describeComparison({ before, after, sinks, isEqual }: Comparison): string[] {
  const rows = sinks.map(({ id, before: was, after: is, difference }) => [
    id,
    was ?? "none",
    is ?? "none",
    difference === undefined ? "equal" : `differs at emission ${difference.index + 1}`,
  ]);
  return [
    ...section("Sinks", tableLines([["sink", "before", "after", ""], ...rows])),
    ...sinks.flatMap(({ id, difference }) => (difference ? describeDifference(id, difference) : [])),
    `${after.readings} readings: ${isEqual ? "no sink gets anything else" : "what sinks get differs"}`,
    ...describeDeadLetters(before, "The flow before"),
    ...describeDeadLetters(after, "The flow after"),
    ...describeTrap(before.trap, "The flow before"),
    ...describeTrap(after.trap, "The flow after"),
  ];
}

function describeDifference(id: string, { before, after }: FirstDifference): string[] {
  const side = (message: Message | undefined) => (message ? messageJson(message) : "nothing");
  return section(`First difference at ${id}`, [`before  ${side(before)}`, `after   ${side(after)}`]);
}

/** A message as JSON can hold it. */
const plain = (message: Message): unknown => JSON.parse(messageJson(message));

function plainResult(result: SimulationResult): object {
  const plainTrap = ({ message, ...trap }: NonNullable<SimulationResult["trap"]>) => ({
    ...trap,
    ...(message && { message: plain(message) }),
  });
  const { trap, deadLetters } = result;
  return { ...result, deadLetters: deadLetters.map(plainTrap), ...(trap && { trap: plainTrap(trap) }) };
}

function plainComparison({ before, after, sinks, isEqual }: Comparison): object {
  const plainDifference = ({ index, before: was, after: is }: FirstDifference) => ({
    index,
    ...(was && { before: plain(was) }),
    ...(is && { after: plain(is) }),
  });
  return {
    isEqual,
    sinks: sinks.map(({ difference, ...sink }) => ({
      ...sink,
      ...(difference && { difference: plainDifference(difference) }),
    })),
    before: plainResult(before),
    after: plainResult(after),
  };
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
