// flowfusion driver status: all about one driver.

import { badTagsText, type DriverStatus } from "@flowfusion/client";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { doesAnswer, existingDriver, gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const help = `Usage: flowfusion driver status NAME [--json]

Tells all about one driver: its state, that of its device, what it counted, its configuration. Exit code 1 when it does not
run, or its device does not answer; one that has read a recording to its end is well.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const driverStatusCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const status = await existingDriver(gatewayClient(values), onePositional(positionals, "NAME"));
    process.stdout.write(values.json ? `${JSON.stringify(status)}\n` : `${describe(status).join("\n")}\n`);
    return doesAnswer(status) ? exitCodes.ok : exitCodes.failed;
  },
};

function describe(status: DriverStatus): string[] {
  const { name, kind, generation, state, reason, device, badTags, lastError, lastErrorAt, restarts, secrets } = status;
  const { updates, bad, dropped, unsent, inDoubt, updatesPerSecond, pid, rssBytes, changedAt, changedBy, config } =
    status;
  const rows: (readonly [string, string])[] = [
    ["driver", `${name}, ${kind}, generation ${generation} of ${changedAt} by ${changedBy}`],
    ["state", reason === undefined ? state : `${state}: ${reason}`],
    ...(device === undefined ? [] : [["device", device] as const]),
    ...(badTags === undefined ? [] : [["tags", badTagsText(badTags)] as const]),
    ...(lastError === undefined ? [] : [["last error", `${lastError} (${lastErrorAt})`] as const]),
    ["updates", `${updates}, ${updatesPerSecond} a second; ${bad} bad, ${dropped} dropped`],
    ...(unsent + inDoubt === 0
      ? []
      : [["lost", `${unsent} unsent when the gateway or the driver ended, ${inDoubt} in doubt`] as const]),
    ["restarts", String(restarts)],
    ...(pid === undefined ? [] : [["process", `${pid}, ${Math.round((rssBytes ?? 0) / 2 ** 20)} MiB`] as const]),
    ...(secrets.length === 0 ? [] : [["secrets", secrets.join(", ")] as const]),
  ];
  return [...tableLines(rows), JSON.stringify(config, null, 2)];
}
