// Stand-ins for Pulumi's own language hosts, for machines where the Pulumi CLI had to be built from source: the module
// proxy serves the CLI but not the hosts of Node.js and Python. They answer the few calls that `preview`, `up`, `refresh`,
// `import`, `destroy` and `package` make, with the defaults of the official ones, so that a project that runs here runs
// there as well. Policy packs run too, as the one kind of plugin that a user writes in a language.
//
// The CLI starts a host through bin/pulumi-language-<name> with the engine's address as the first positional argument, and
// reads the port from the first line of standard output.

import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
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

export type RunRequest = InstanceType<typeof languageTypes.RunRequest>;
export type PackageDependency = InstanceType<typeof pluginTypes.PackageDependency>;
type PluginCall = Parameters<ILanguageRuntimeServer["runPlugin"]>[0];
type RunResponse = InstanceType<typeof languageTypes.RunResponse>;

/** How a program is started. */
interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Language {
  /** As in `runtime:` of Pulumi.yaml. */
  readonly name: string;
  /** Throws an Error for the user when the program cannot be started. `options` are the runtime's, from Pulumi.yaml. */
  readonly program: (request: RunRequest, engineAddress: string, options: Record<string, unknown>) => Program;
  /** How a policy pack in a folder is started; absent where this stand-in runs none. */
  readonly policyPack?: (folder: string, engineAddress: string, options: Record<string, unknown>) => Program;
  /** The resource plugins that the project's packages ask for. */
  readonly requiredPackages: (programDirectory: string) => PackageDependency[];
}

export function serveLanguage(language: Language): void {
  const { positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, strict: false });
  let engineAddress = positionals[0] ?? "";
  const programs = new Set<ChildProcess>();
  const stopPrograms = (): void => {
    for (const program of programs) program.kill("SIGTERM");
  };

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
    getRequiredPackages(call, callback) {
      const packages = language.requiredPackages(call.request.getInfo()?.getProgramDirectory() ?? ".");
      callback(null, new languageTypes.GetRequiredPackagesResponse().setPackagesList(packages));
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
      // The repository's own set-up installs them; the official hosts run the project's package manager here.
      call.end();
    },
    generatePackage(call, callback) {
      generatePackage(language.name, call.request).then(
        () => callback(null, new languageTypes.GeneratePackageResponse()),
        (error: unknown) => callback({ code: grpc.status.INTERNAL, details: String(error) }),
      );
    },
    run(call, callback) {
      runProgram(language, call.request, engineAddress, programs).then(
        (response) => callback(null, response),
        (error: unknown) => callback({ code: grpc.status.INTERNAL, details: String(error) }),
      );
    },
    runPlugin(call) {
      runPolicyPack(language, call, programs);
    },
    cancel(_call, callback) {
      stopPrograms();
      callback(null, new emptyTypes.Empty());
    },
  } satisfies Partial<ILanguageRuntimeServer>;

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopPrograms();
      process.exit(1);
    });
  }
  endWithParent(stopPrograms);

  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  server.addService(languageGrpc.LanguageRuntimeService, host);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

async function runProgram(
  language: Language,
  request: RunRequest,
  engineAddress: string,
  programs: Set<ChildProcess>,
): Promise<RunResponse> {
  const response = new languageTypes.RunResponse();
  let found: Program;
  try {
    found = language.program(request, engineAddress, request.getInfo()?.getOptions()?.toJavaScript() ?? {});
  } catch (error) {
    return response.setError((error as Error).message);
  }
  const program = spawn(found.command, found.args, {
    stdio: "inherit",
    cwd: programDirectoryOf(request),
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...found.env,
    },
  });
  programs.add(program);
  const exitCode = await new Promise<number>((resolve, reject) => {
    program.once("error", reject);
    program.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => programs.delete(program));
  if (exitCode === exitCodeBail) return response.setBail(true);
  return exitCode === 0 ? response : response.setError(`the program ended with exit code ${exitCode}`);
}

/** The engine reads the port from what the pack prints first, and ends it by ending the call. */
function runPolicyPack(language: Language, call: PluginCall, programs: Set<ChildProcess>): void {
  const { request } = call;
  const fail = (details: string) => call.emit("error", { code: grpc.status.UNIMPLEMENTED, details });
  const info = request.getInfo();
  if (request.getKind() !== "analyzer" || language.policyPack === undefined || info === undefined)
    return void fail(`this host of ${language.name} runs no plugins of kind "${request.getKind()}"`);
  const folder = info.getProgramDirectory();
  let found: Program;
  try {
    found = language.policyPack(folder, request.getArgsList()[0] ?? "", info.getOptions()?.toJavaScript() ?? {});
  } catch (error) {
    return void fail((error as Error).message);
  }
  const given = Object.fromEntries(request.getEnvList().map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const env = { ...process.env, ...given, ...found.env };
  const pack = spawn(found.command, found.args, { stdio: ["ignore", "pipe", "pipe"], cwd: folder, env });
  programs.add(pack);
  const answer = () => new languageTypes.RunPluginResponse();
  pack.stdout.on("data", (bytes: Buffer) => call.write(answer().setStdout(bytes)));
  pack.stderr.on("data", (bytes: Buffer) => call.write(answer().setStderr(bytes)));
  pack.once("error", (error) => fail(error.message));
  pack.once("close", (code) => {
    programs.delete(pack);
    call.write(answer().setExitcode(code ?? 1));
    call.end();
  });
  call.once("cancelled", () => pack.kill("SIGTERM"));
}

export function programDirectoryOf(request: RunRequest): string {
  return request.getInfo()?.getProgramDirectory() ?? request.getPwd();
}

/** What each language's own runner takes: where the engine is, and what is run. */
export function runnerArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: programDirectoryOf(request),
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

/** pulumi-codegen stands beside this bundle and has the generators of the CLI's own modules. */
async function generatePackage(
  language: string,
  request: InstanceType<typeof languageTypes.GeneratePackageRequest>,
): Promise<void> {
  const codegen = join(dirname(process.argv[1] ?? "."), "pulumi-codegen");
  const args = [language, request.getDirectory(), request.getLoaderTarget(), ...(request.getLocal() ? ["-local"] : [])];
  const child = spawn(codegen, args, { stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(request.getSchema());
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode !== 0) throw new Error(said.trim());
}

/** When the CLI is killed nobody calls Cancel; a program that lives on would hold its terminal and its gateway. */
function endWithParent(stopPrograms: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    stopPrograms();
    process.exit(1);
  }, parentPollMs).unref();
}
