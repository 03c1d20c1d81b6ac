// The gateway as its users run it: a process of its own, started by the command line on a data folder that outlives it.

export { eventually } from "@flowfusion/testkit";

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { GatewayClient } from "@flowfusion/client";
import { standStill } from "@flowfusion/testkit";

const root = path.dirname(path.dirname(import.meta.dirname));
const cli = path.join(root, "cli/dist/main.mjs");
const token = "system-test-token-0123456789abcdef0123456789abcdef";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `flowfusion` with these arguments to its end. */
export async function flowfusion(...args: readonly string[]): Promise<CliResult> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

export class GatewayProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly token = token;
  client!: GatewayClient;
  url!: string;
  /** Where drivers push to. */
  ingest!: string;
  readonly #command: readonly string[];
  #process!: ChildProcess;

  private constructor(dataDir: string, command: readonly string[]) {
    this.dataDir = dataDir;
    this.#command = command;
  }

  static start(...flags: readonly string[]): Promise<GatewayProcess> {
    return GatewayProcess.startFrom([process.execPath, cli], ...flags);
  }

  /** With the `flowfusion` that this command starts. */
  static async startFrom(command: readonly string[], ...flags: readonly string[]): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(await mkdtemp(path.join(tmpdir(), "ff-gateway-")), command);
    await gateway.start(...flags);
    return gateway;
  }

  /** Starts it, again after it was stopped or killed, on other ports. */
  async start(...flags: readonly string[]): Promise<void> {
    const args = ["gateway", "--json", "--data", this.dataDir, "--http", "127.0.0.1:0", "--token", token];
    const [program = "", ...before] = this.#command;
    const all = [...before, ...args, "--ingest", "tcp://127.0.0.1:0", "--health-gate", "0", ...flags];
    const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    const exit = once(child, "exit").then(([code]) => {
      throw new Error(`the gateway ended with exit code ${code}`);
    });
    const [line] = (await Promise.race([once(createInterface(child.stdout!), "line"), exit])) as [string];
    exit.catch(() => {});
    const ready = JSON.parse(line) as { url: string; ingest: string[] };
    this.url = ready.url;
    this.ingest = ready.ingest[0]!;
    this.client = new GatewayClient({ endpoint: this.url, token, retry: { attemptsMax: 1 } });
  }

  /** A plain request with the token, for what the client would not send. */
  request(
    method: string,
    route: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    return fetch(`${this.url}${route}`, { ...init, method, headers });
  }

  /** Lets it neither read nor write until it is thawed or killed. */
  freeze(): Promise<void> {
    return standStill(this.#process);
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  /** Ends it; gives its exit code, or the signal that it died of. */
  async end(signal: "SIGTERM" | "SIGHUP" | "SIGKILL"): Promise<number | string> {
    const exit = once(this.#process, "exit");
    this.#process.kill(signal);
    const [code, died] = (await exit) as [number | null, string | null];
    return code ?? died ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.end("SIGKILL");
    await rm(this.dataDir, { recursive: true });
  }
}

export interface SimulatorRun {
  /** Resolves when all is sent. */
  readonly summary: Promise<{ readonly sent: number; readonly dropped: number }>;
  /** Lets it send what it has made, and end. */
  stop(): void;
}

/** The simulator as a process of its own. */
export function startSimulator(...args: readonly string[]): SimulatorRun {
  const main = path.join(root, "drivers/simulator/main.ts");
  const child = spawn(process.execPath, [main, "--json", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const summary = once(child, "close").then(() => JSON.parse(stdout) as { sent: number; dropped: number });
  return { summary, stop: () => void child.kill("SIGTERM") };
}

export const simulator = (...args: readonly string[]): SimulatorRun["summary"] => startSimulator(...args).summary;
