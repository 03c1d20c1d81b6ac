// flowfusion gateway restore: a data folder from a backup, for a gateway that is started on it afterwards.

import { restoreBackup } from "@flowfusion/engine";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../../command.ts";
import { namingFile, readInput } from "../../files.ts";

export const restoreCommand: Command = {
  help: `Usage: flowfusion gateway restore FILE --data FOLDER [--json]

Makes a data folder from a backup. The folder must be empty or not there; it is made whole or not at all. Start a gateway
on it with flowfusion gateway --data FOLDER: tokens, flows and their state are those of the backup.

Options:
      --data FOLDER     the folder to make
      --json            print one JSON line
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      data: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "FILE");
    if (values.data === undefined) throw new UsageError("--data is missing: name the folder to make");
    const { data } = values;
    // Of a variable that is not set, say; it would be the folder where one stands.
    if (data === "") throw new UsageError("--data: a folder expected");
    const report = await namingFile(file, async () => restoreBackup(await readInput(file), data));
    process.stdout.write(
      values.json ? `${JSON.stringify(report)}\n` : `${values.data}: ${report.files} files, ${report.bytes} bytes\n`,
    );
    return exitCodes.ok;
  },
};
