// flowfusion gateway: a whole gateway in the foreground, until it is told to stop.

import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import {
  checkSettings,
  examineConfig,
  type Gateway,
  type GatewayOptions,
  type LogLevel,
  readToken,
  startGateway,
  workersMax,
} from "@flowfusion/engine";
import { Diagnostics } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type Command, exitCodes, noPositionals, parseCount, readArguments, UsageError } from "../../command.ts";
import { whenOutputFails } from "../../output.ts";
import { keepCompiledCode } from "./compiled-code.ts";
import { breadthNote, openable, type Reach } from "./openable.ts";

/** The built console; the gateway knows where it is from here alone. */
const consoleDir = path.join(import.meta.dirname, "../../../console/dist");
/** After the gateway has closed, for what is on its way to standard output. */
const lingerMs = 1_000;
const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as LogLevel[];

const help = `Usage: flowfusion gateway [--config FILE] [--data FOLDER] [--http HOST:PORT] [--ingest ADDRESS ...] [--workers COUNT] [--token TOKEN] [--json]
       flowfusion gateway token | audit | backup | restore   (see flowfusion gateway token --help)

Runs a gateway in the foreground, until Ctrl-C. Prints where it listens and, where it drew one, the token that its API asks for.
With TLS, SIGHUP makes it read its certificate and key again; without, it ends in order at that.

Options:
      --config FILE     a JSON file with these and more settings; what is given here counts before what is in it
      --check           read the settings and the files that they name, say what is wrong with them, and end
      --data FOLDER     where flows and their history are kept (default: a temporary folder, removed at the end)
      --http HOST:PORT  where the control API listens (default: 127.0.0.1:7480); beyond loopback only with TLS
      --tls-cert FILE   the API's certificate, PEM, with those that lead to its root
      --tls-key FILE    its key, PEM
      --tls-client-ca FILE
                        ask every client for a certificate that one of these authorities signed, PEM
      --ingest ADDRESS  where drivers push tag updates to, tcp://HOST:PORT or ipc://PATH; may be given several times
                        (default: tcp://127.0.0.1:7481); with ?overload=drop behind it, what a flow has no room for is
                        dropped for that flow and counted, else its driver waits
      --workers COUNT   threads that run flows, 1 to ${workersMax} (default: 1); with more than one, another reads what comes in
      --token TOKEN     the first admin's token (default: FLOWFUSION_TOKEN, else one is drawn at the first start)
      --token-file FILE the same, from a file
      --publisher FILE  run only releases that this Ed25519 public key signed, PEM; may be given several times
      --health-gate MS  how long a new version of a flow is on trial, compared with the one before, unless the flow says
                        otherwise; 0 for not at all (default: 10000)
      --outbound RULE   where sinks may connect to: any (but loopback, link-local and the like), loopback, a host, *.domain or
                        addresses such as 10.1.0.0/16, each with :port if wanted; may be given several times (default: anywhere)
      --log LEVEL       ${logLevels.join(", ")} (default: warn)
      --json            print one JSON line when the gateway is ready, or was checked, instead of text
  -h, --help            print this help
`;

const options = {
  config: { type: "string" },
  check: { type: "boolean", default: false },
  data: { type: "string" },
  http: { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "tls-client-ca": { type: "string" },
  ingest: { type: "string", multiple: true },
  workers: { type: "string" },
  token: { type: "string" },
  "token-file": { type: "string" },
  publisher: { type: "string", multiple: true },
  "health-gate": { type: "string" },
  outbound: { type: "string", multiple: true },
  log: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>["values"];

export const runCommand: Command = {
  help,
  async run(args) {
    // Whoever read the output, such as the collector of a log, may be gone: flows run on all the same, and end in order.
    whenOutputFails(() => undefined);
    const { values, positionals } = readArguments(args, options);
    noPositionals(positionals);
    if (values.data === "") throw new UsageError("--data: a folder expected");
    const { settings, problems } = await settingsOf(values);
    if (values.check) {
      await checkSettings(settings, problems);
      process.stdout.write(values.json ? '{"isValid":true}\n' : "The settings are in order.\n");
      return exitCodes.ok;
    }
    problems.throwIfAny("FF_CONFIG_INVALID", values.config ?? "");
    await using resources = new AsyncDisposableStack();
    // All is closed by then; a name that the system still looks up would hold up the end for as long as nobody answers.
    resources.defer(() => void setTimeout(() => process.exit(), lingerMs).unref());
    const dataDir = settings.dataDir ?? (await temporaryFolder(resources));
    const gateway = resources.adopt(
      await startGateway({ ...settings, dataDir, consoleDir, builtInNodes: builtinCatalog, collectsGarbage: true }),
      (running) => running.close(),
    );
    if (settings.tls !== undefined) process.on("SIGHUP", () => void reload(gateway));
    const ready = {
      url: gateway.url,
      console: gateway.consoleUrl,
      // One that was given is known, and what a service prints is kept in a journal.
      token: settings.token === undefined ? gateway.token : undefined,
      ingest: gateway.addresses,
      dataDir,
    };
    const notes = {
      reach: { hostName: hostname(), certificate: gateway.certificate },
      isTemporary: settings.dataDir === undefined,
      isTokenGiven: settings.token !== undefined,
    };
    process.stdout.write(values.json ? `${JSON.stringify(ready)}\n` : banner(ready, notes));
    // It may be ended by force.
    setImmediate(keepCompiledCode);
    const failure = await Promise.race([untilStopped(settings.tls !== undefined), gateway.failed]);
    if (failure) throw new Error(`${failure.message}; the gateway ends, so that a supervisor can start it anew`);
    if (!values.json) process.stdout.write("Stopping: flushing sinks.\n");
    return exitCodes.ok;
  },
};

interface Settings {
  readonly settings: Omit<GatewayOptions, "dataDir"> & { readonly dataDir?: string };
  /** Of the file. */
  readonly problems: Diagnostics;
}

/** What the file says, below it the defaults, above it the options. */
async function settingsOf(values: Values): Promise<Settings> {
  const { options: file, problems } =
    values.config === undefined ? { options: {}, problems: new Diagnostics() } : await examineConfig(values.config);
  const token =
    values.token ?? (await tokenOfFile(values["token-file"])) ?? (process.env.FLOWFUSION_TOKEN || undefined);
  const settings: Settings["settings"] = {
    http: { host: "127.0.0.1", port: 7480 },
    ingest: ["tcp://127.0.0.1:7481"],
    log: { level: "warn" },
    ...file,
    ...tlsOf(values),
    ...(values.data !== undefined && { dataDir: values.data }),
    ...(values.http !== undefined && { http: parseHttp(values.http) }),
    ...(values.ingest !== undefined && { ingest: values.ingest }),
    ...(values.workers !== undefined && { workers: parseWorkers(values.workers) }),
    ...(token !== undefined && { token }),
    ...(values.publisher !== undefined && { publisherKeyFiles: values.publisher }),
    ...(values["health-gate"] !== undefined && {
      healthGateMs: parseCount("--health-gate", values["health-gate"]),
    }),
    ...(values.outbound !== undefined && { outbound: values.outbound }),
    ...(values.log !== undefined && { log: { level: parseLevel(values.log) } }),
  };
  return { settings, problems };
}

/** A renewed certificate; one that is no good leaves the one before in use. */
async function reload(gateway: Gateway): Promise<void> {
  try {
    await gateway.reloadTls();
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    process.stderr.write(`flowfusion gateway: ${why}; the certificate before stays in use\n`);
  }
}

async function tokenOfFile(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readToken(file);
}

function tlsOf(values: Values): Pick<GatewayOptions, "tls"> {
  const { "tls-cert": certFile, "tls-key": keyFile, "tls-client-ca": clientCaFile } = values;
  if (certFile === undefined && keyFile === undefined && clientCaFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) throw new UsageError("--tls-cert and --tls-key go together");
  return { tls: { certFile, keyFile, clientCaFile } };
}

async function temporaryFolder(resources: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-gateway-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Ready {
  readonly url: string;
  readonly console: string | undefined;
  readonly token: string | undefined;
  readonly ingest: readonly string[];
  readonly dataDir: string;
}

interface Notes {
  readonly reach: Reach;
  readonly isTemporary: boolean;
  readonly isTokenGiven: boolean;
}

function banner({ url, console, token, ingest, dataDir }: Ready, { reach, isTemporary, isTokenGiven }: Notes): string {
  const forDrivers = ingest.map((address) => `${openable(address, reach)}${breadthNote(address)}`);
  return [
    "Flow Fusion gateway is running.",
    `  console      ${console === undefined ? "not built: npm run build" : openable(console, reach)}`,
    `  control API  ${openable(url, reach)}${breadthNote(url)}`,
    `  token        ${token ?? (isTokenGiven ? "as given" : "as at the first start")}`,
    `  drivers      push to ${forDrivers.join(" or ") || "nowhere: no --ingest was given"}`,
    `  data         ${dataDir}${isTemporary ? " (removed at the end; keep it with --data)" : ""}`,
    ...(token === undefined ? [] : ["The token may do all; make others with flowfusion gateway token create."]),
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

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (!/^\d{1,2}$/.test(text) || workers < 1 || workers > workersMax)
    throw new UsageError(`--workers ${text}: a number from 1 to ${workersMax} expected`);
  return workers;
}

function parseLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (!level) throw new UsageError(`--log ${text}: one of ${logLevels.join(", ")} expected`);
  return level;
}

/** Resolves at the first signal to end, which the end of a terminal is one of but where it renews certificates. A second ends at once. */
function untilStopped(hasTls: boolean): Promise<void> {
  const signals = ["SIGINT", "SIGTERM", ...(hasTls ? [] : ["SIGHUP"])];
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
}
