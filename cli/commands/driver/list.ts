// flowfusion driver list: drivers and how they do, one a line.

import { type DriverStatus, type GatewayClient, troubleOf } from "@flowfusion/client";
import { type Command, exitCodes, noPositionals, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const help = `Usage: flowfusion driver list [--json]

Lists the drivers of a gateway, how they and their devices do, and what is wrong.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const driverListCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const drivers = await allDrivers(gatewayClient(values));
    process.stdout.write(values.json ? `${JSON.stringify(drivers)}\n` : `${describe(drivers).join("\n")}\n`);
    return exitCodes.ok;
  },
};

async function allDrivers(client: GatewayClient): Promise<readonly DriverStatus[]> {
  const drivers: DriverStatus[] = [];
  let after: string | undefined;
  do {
    const page = await client.listDrivers({ limit: 200, ...(after === undefined ? {} : { after }) });
    drivers.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return drivers;
}

function describe(drivers: readonly DriverStatus[]): string[] {
  if (drivers.length === 0) return ["no drivers"];
  const rows = drivers.map((driver) => {
    const { name, kind, state, device, updatesPerSecond, restarts } = driver;
    return [name, kind, state, device ?? "", updatesPerSecond, restarts, troubleOf(driver) ?? ""];
  });
  return tableLines([["driver", "kind", "state", "device", "updates/s", "restarts", ""], ...rows]);
}
