// A stand-in for Pulumi's own Node.js language host, for machines where the Pulumi CLI had to be built from source:
// the module proxy serves the CLI but not that host. It answers the few calls that `preview`, `up`, `refresh`, `import`
// and `destroy` make, with the defaults of the official one, so that a project that runs here runs there as well.
//
// The CLI starts it through bin/pulumi-language-nodejs with the engine's address as the first positional argument, and
// reads the port from the first line of standard output.

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageTypes from "@pulumi/pulumi/proto/language_pb.js";
import pluginTypes from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyTypes from "google-protobuf/google/protobuf/empty_pb.js";
import { pulumiCliVersion } from "./version.ts";

/** The program has logged its own error; the CLI shall stop without a second message. */
const exitCodeBail = 32;
const parentPollMs = 500;

type RunRequest = InstanceType<typeof languageTypes.RunRequest>;
type RunResponse = InstanceType<typeof languageTypes.RunResponse>;

const { positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, strict: false });
let engineAddress = positionals[0] ?? "";
const programs = new Set<ChildProcess>();

const host = {
  handshake(call, callback) {
    engineAddress = call.request.getEngineAddress() || engineAddress;
    callback(null, new languageTypes.LanguageHandshakeResponse());
  },
  getPluginInfo(_call, callback) {
    callback(null, new pluginTypes.PluginInfo().setVersion(pulumiCliVersion));
  },
  getRequiredPlugins(_call, callback) {
    callback(null, new languageTypes.GetRequiredPluginsResponse());
  },
  getRequiredPackages(_call, callback) {
    callback(null, new languageTypes.GetRequiredPackagesResponse());
  },
  getProgramDependencies(_call, callback) {
    callback(null, new languageTypes.GetProgramDependenciesResponse());
  },
  runtimeOptionsPrompts(_call, callback) {
    callback(null, new languageTypes.RuntimeOptionsResponse());
  },
  about(_call, callback) {
    callback(null, new languageTypes.AboutResponse().setExecutable(process.execPath).setVersion(process.version));
  },
  installDependencies(call) {
    // The repository's own set-up installs them; the official host runs the project's package manager here.
    call.end();
  },
  run(call, callback) {
    runProgram(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback({ code: grpc.status.INTERNAL, details: String(error) }),
    );
  },
  cancel(_call, callback) {
    stopPrograms();
    callback(null, new emptyTypes.Empty());
  },
} satisfies Partial<ILanguageRuntimeServer>;

async function runProgram(request: RunRequest): Promise<RunResponse> {
  const info = request.getInfo();
  const programDirectory = info?.getProgramDirectory() ?? request.getPwd();
  const runner = findRunner(programDirectory);
  if (runner === undefined) {
    return new languageTypes.RunResponse().setError(
      `@pulumi/pulumi is not installed for ${programDirectory}; run \`npm install\` there`,
    );
  }
  const options = info?.getOptions()?.toJavaScript() ?? {};
  const program = spawn(process.execPath, [...nodeArguments(options), runner, ...runnerArguments(request)], {
    stdio: "inherit",
    cwd: programDirectory,
    env: { ...process.env, ...programEnvironment(request, options) },
  });
  programs.add(program);
  const exitCode = await new Promise<number>((resolve, reject) => {
    program.once("error", reject);
    program.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => programs.delete(program));

  const response = new languageTypes.RunResponse();
  if (exitCode === exitCodeBail) return response.setBail(true);
  return exitCode === 0 ? response : response.setError(`the program ended with exit code ${exitCode}`);
}

function findRunner(programDirectory: string): string | undefined {
  try {
    return createRequire(join(programDirectory, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    return undefined;
  }
}

function runnerArguments(request: RunRequest): string[] {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: info?.getProgramDirectory() ?? request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(flags).filter(([, value]) => value !== "");
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
}

function nodeArguments(options: Record<string, unknown>): string[] {
  const text = options.nodeargs;
  return typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : [];
}

/** `typescript` is true unless the project says otherwise, as with the official host: then ts-node compiles the program. */
function programEnvironment(request: RunRequest, options: Record<string, unknown>): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
  };
}

function stopPrograms(): void {
  for (const program of programs) program.kill("SIGTERM");
}

/** When the CLI is killed nobody calls Cancel; a program that lives on would hold its terminal and its gateway. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    stopPrograms();
    process.exit(1);
  }, parentPollMs).unref();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopPrograms();
    process.exit(1);
  });
}
endWithParent();

const server = new grpc.Server();
server.addService(languageGrpc.LanguageRuntimeService, host);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
