// flowfusion driver put: declares a driver, or changes one.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverDeclaration, type DriverStatus, type GatewayClient, troubleOf } from "@flowfusion/client";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../../command.ts";
import { readJson } from "../../files.ts";
import { doesAnswer, existingDriver, gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { readSecrets } from "../../secret-options.ts";

const pollMs = 100;

const help = `Usage: flowfusion driver put NAME --kind KIND --config FILE [--secret NAME=FILE ...] [--disabled] [--wait-ms MS]
                             [--json]

Declares a driver and starts it; one of the same name is changed and started anew. The configuration is a JSON file;
docs/reference/drivers has what each kind takes. A secret is read from a file, so that it stands in no shell's history; one that
was set before and is not named stays, as long as the driver connects to the same place.

Options:
      --kind KIND       modbus, opcua, mqtt, replay, simulator
      --config FILE     the configuration
      --secret NAME=FILE  a secret; may be given several times
      --disabled        declare it and do not run it
      --wait-ms MS      wait so long for its device to answer; exit code 1 and what is wrong where it does not
${gatewayOptionsHelp}
      --json            print its status as one JSON document
  -h, --help            print this help
`;

export const driverPutCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      kind: { type: "string" },
      config: { type: "string" },
      secret: { type: "string", multiple: true, default: [] },
      disabled: { type: "boolean", default: false },
      "wait-ms": { type: "string", default: "0" },
      json: { type: "boolean", default: false },
    });
    const name = onePositional(positionals, "NAME");
    if (values.kind === undefined) throw new UsageError("--kind is missing");
    if (values.config === undefined) throw new UsageError("--config is missing");
    const declaration: DriverDeclaration = {
      kind: values.kind,
      config: (await readJson(values.config)) as DriverDeclaration["config"],
      secrets: await readSecrets(values.secret),
      enabled: !values.disabled,
    };
    const client = gatewayClient(values);
    const waitMs = parseCount("--wait-ms", values["wait-ms"]);
    const before = await client.getDriver(name);
    const put = await client.putDriver(name, declaration, { expected: before?.generation ?? "absent" });
    const say = (line: string) => void (values.json || process.stdout.write(`${line}\n`));
    say(`driver ${name} is at generation ${put.generation}`);
    const status = waitMs === 0 ? put : await waitForDevice(client, name, waitMs);
    if (values.json) process.stdout.write(`${JSON.stringify(status)}\n`);
    if (waitMs === 0) return exitCodes.ok;
    const { state, device } = status;
    const trouble = troubleOf(status);
    if (doesAnswer(status)) {
      say(`its device is ${device ?? "read to the end"}`);
      if (trouble !== undefined) process.stderr.write(`${trouble}\n`);
      return exitCodes.ok;
    }
    process.stderr.write(`its device does not answer, the driver is ${state}: ${trouble ?? "no error yet"}\n`);
    return exitCodes.failed;
  },
};

/** How the driver does when its device answers, when it fails, or when the time is over. */
async function waitForDevice(client: GatewayClient, name: string, waitMs: number): Promise<DriverStatus> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const status = await existingDriver(client, name);
    if (doesAnswer(status) || status.state === "failed" || performance.now() > untilMs) return status;
    await sleep(pollMs);
  }
}
