// flowfusion gateway: a whole gateway in the foreground, until it is told to stop.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type LogLevel, startGateway } from "@flowfusion/engine";
import { type Command, exitCodes, noPositionals, parseCount, readArguments, UsageError } from "../command.ts";

const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as LogLevel[];

const help = `Usage: flowfusion gateway [--data FOLDER] [--http HOST:PORT] [--ingest ADDRESS ...] [--token TOKEN] [--health-gate MS] [--log LEVEL] [--json]

Runs a gateway in the foreground, until Ctrl-C. Prints where it listens and the token that its API asks for.

Options:
      --data FOLDER     where flows and their history are kept (default: a temporary folder, removed at the end)
      --http HOST:PORT  where the control API listens (default: 127.0.0.1:7480)
      --ingest ADDRESS  where drivers push tag updates to, tcp://HOST:PORT or ipc://PATH; may be given several times
                        (default: tcp://127.0.0.1:7481)
      --token TOKEN     the token that the API asks for (default: FLOWFUSION_TOKEN, else one is drawn)
      --health-gate MS  how long a new version of a flow is on trial, compared with the one before, unless the flow says
                        otherwise; 0 for not at all (default: 10000)
      --log LEVEL       ${logLevels.join(", ")} (default: warn)
      --json            print one JSON line when the gateway is ready, instead of text
  -h, --help            print this help
`;

export const gatewayCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      data: { type: "string" },
      http: { type: "string", default: "127.0.0.1:7480" },
      ingest: { type: "string", multiple: true, default: ["tcp://127.0.0.1:7481"] },
      token: { type: "string" },
      "health-gate": { type: "string", default: "10000" },
      log: { type: "string", default: "warn" },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const token = values.token ?? process.env.FLOWFUSION_TOKEN;
    await using resources = new AsyncDisposableStack();
    const dataDir = values.data ?? (await temporaryFolder(resources));
    const gateway = resources.adopt(
      await startGateway({
        dataDir,
        http: parseHttp(values.http),
        ingest: values.ingest,
        ...(token !== undefined && { token }),
        healthGateMs: parseCount("--health-gate", values["health-gate"]),
        log: { level: parseLevel(values.log) },
      }),
      (running) => running.close(),
    );
    const ready = { url: gateway.url, token: gateway.token, ingest: gateway.addresses, dataDir };
    process.stdout.write(values.json ? `${JSON.stringify(ready)}\n` : banner(ready, values.data === undefined));
    const failure = await Promise.race([untilStopped(), gateway.failed]);
    if (failure) throw new Error(`${failure.message}; the gateway ends, so that a supervisor can start it anew`);
    if (!values.json) process.stdout.write("Stopping: flushing sinks.\n");
    return exitCodes.ok;
  },
};

async function temporaryFolder(resources: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-gateway-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function banner(
  {
    url,
    token,
    ingest,
    dataDir,
  }: { url: string; token: string | undefined; ingest: readonly string[]; dataDir: string },
  isTemporary: boolean,
): string {
  return [
    "Flow Fusion gateway is running.",
    `  control API  ${url}`,
    `  token        ${token ?? "as at the first start"}`,
    `  drivers      push to ${ingest.join(" or ") || "nowhere: no --ingest was given"}`,
    `  data         ${dataDir}${isTemporary ? " (removed at the end; keep it with --data)" : ""}`,
    "Stop it with Ctrl-C.",
    "",
  ].join("\n");
}

function parseHttp(text: string): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) throw new UsageError(`--http ${text}: HOST:PORT expected, for example 127.0.0.1:7480`);
  return { host: (parts[1] ?? parts[2])!, port };
}

function parseLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (!level) throw new UsageError(`--log ${text}: one of ${logLevels.join(", ")} expected`);
  return level;
}

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
