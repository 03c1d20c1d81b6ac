// flowfusion gateway backup: what a gateway remembers, into one file, while it runs.

import { open, rename, rm } from "node:fs/promises";
import { readArchive } from "@flowfusion/engine";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
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
    await writeWhole(file, archive);
    const report = { file, files, bytes: archive.length };
    process.stdout.write(
      values.json ? `${JSON.stringify(report)}\n` : `${file}: ${files} files, ${archive.length} bytes\n`,
    );
    return exitCodes.ok;
  },
};

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.part`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
