// Which dead letters a command is about: those that are named, or all that are kept.

import { type FlowName, parseFlowName } from "@flowfusion/graph";
import { onePositional, parseCount, readArguments, UsageError } from "./command.ts";
import { gatewayOptions, gatewayOptionsHelp } from "./gateway-client.ts";

/** For a command's help. */
export const chosenLettersHelp = `Options:
      --id N            a dead letter by its number, as list shows it; may be given several times
      --all             all that are kept
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help`;

export function readChosenLetters(args: readonly string[]) {
  const { values, positionals } = readArguments(args, {
    ...gatewayOptions,
    id: { type: "string", multiple: true, default: [] },
    all: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const flow: FlowName = parseFlowName(onePositional(positionals, "FLOW"));
  if (values.all === values.id.length > 0) throw new UsageError("give either --id or --all");
  const ids = values.all ? undefined : values.id.map((id) => parseCount("--id", id));
  return { values, flow, ids };
}
