// flowfusion recorder export: what came in last, as a file that a flow can be tried on.

import { readingsOf } from "@flowfusion/driver-replay";
import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, noPositionals, parseCount, readArguments, UsageError } from "../../command.ts";
import { writeOutput } from "../../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const updatesMost = 1_000_000;

const help = `Usage: flowfusion recorder export -o FILE [--flow NAME] [--tag PATTERN ...] [--updates N] [--json]

Writes the newest tag updates that the gateway got to a file, oldest first, for flowfusion simulate and flowfusion trace.

Options:
  -o, --output FILE     where to write them
      --flow NAME       only tags that this flow subscribes to
      --tag PATTERN     only tags that match, such as boiler/+/temp or line1/#; may be given several times
      --updates N       the newest so many, at most ${updatesMost.toLocaleString("en")} (default: 10000)
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`;

export const recorderExportCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      output: { type: "string", short: "o" },
      flow: { type: "string" },
      tag: { type: "string", multiple: true, default: [] },
      updates: { type: "string", default: "10000" },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const { output } = values;
    if (output === undefined) throw new UsageError("--output FILE is missing");
    const updates = parseCount("--updates", values.updates, { min: 1, max: updatesMost });
    const recording = await gatewayClient(values).recording({
      updates,
      tags: values.tag,
      ...(values.flow !== undefined && { flow: parseFlowName(values.flow) }),
    });
    await writeOutput(output, recording);
    const count = await countUpdates(recording, output);
    const result = { output, updates: count, sizeBytes: recording.length };
    const isCut = count === updates ? "; --updates takes more, where there are" : "";
    process.stdout.write(
      values.json
        ? `${JSON.stringify(result)}\n`
        : `${output}: ${count.toLocaleString("en")} updates, ${recording.length.toLocaleString("en")} bytes${isCut}\n`,
    );
    if (recording.length === 0)
      process.stderr.write("no update in the recorder matches; flowfusion recorder status says what it has\n");
    return exitCodes.ok;
  },
};

async function countUpdates(recording: Uint8Array, name: string): Promise<number> {
  let count = 0;
  for await (const readings of readingsOf([Buffer.from(recording)], name)) count += readings.length;
  return count;
}
