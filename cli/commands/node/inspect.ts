// flowfusion node inspect: the same as flowfusion inspect, where people look for it.

import type { Command } from "../../command.ts";
import { inspectCommand } from "../inspect.ts";

export const nodeInspectCommand: Command = {
  help: inspectCommand.help.replaceAll("flowfusion inspect", "flowfusion node inspect"),
  run: inspectCommand.run,
};
