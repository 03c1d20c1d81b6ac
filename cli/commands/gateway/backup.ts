// flowfusion gateway backup: what a gateway remembers, into one file, while it runs.

import { readArchive } from "@flowfusion/engine";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { forOwnerAlone, writeOutput } from "../../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const TIMEOUT_MS = 10 * 60 * 1000;

export const backupCommand: Command = {
  help: `Usage: flowfusion gateway backup FILE [--json]

Takes a backup of a gateway that runs: its database, the artefacts of its flows, their newest checkpoints, and the key of
its secrets. Keep the file as you keep the gateway's data folder. It appears whole or not at all.

Options:
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "FILE");
    const archive = await gatewayClient(values).backup({ timeoutMs: TIMEOUT_MS });
    const { length: files } = readArchive(archive);
    await writeOutput(file, archive, forOwnerAlone);
    const report = { file, files, bytes: archive.length };
    process.stdout.write(
      values.json ? `${JSON.stringify(report)}\n` : `${file}: ${files} files, ${archive.length} bytes\n`,
    );
    return exitCodes.ok;
  },
};
