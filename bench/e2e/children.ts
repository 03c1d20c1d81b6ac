// The processes of the end-to-end benchmark: a gateway as a user starts it, and peers at both of its ends. A process of
// its own for each, so that memory and processor time of the gateway are the gateway's alone.

import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.join(import.meta.dirname, "..", "..");
/** Runs the bundle where there is one, as users have it, else the sources. */
const launcher = path.join(root, "cli", "bin", "flowfusion.mjs");
const bundle = path.join(root, "cli", "dist", "main.mjs");
const simulator = path.join(root, "drivers", "simulator", "main.ts");
const ticksPerSecond = 100;

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Where tag updates are pushed to. */
  readonly ingest: string;
  /** Whether the bundle runs, as users have it, or the sources. */
  readonly isBundle: boolean;
  /** Resident memory, MB of 10^6 bytes. */
  rssMb(): number;
  /** Processor time so far, all threads. */
  cpuMs(): number;
  /** The same to a microsecond, and the part of the thread that answers the API. */
  threadsCpuMs(): ThreadsCpu;
}

export interface ThreadsCpu {
  readonly all: number;
  readonly control: number;
}

/** So that a gateway that is started again on its folder can be asked. */
const token = "bench-token-0123456789abcdef0123456789";

export interface GatewayFlags {
  readonly ingest?: string;
  readonly workers?: number;
  readonly healthGateMs?: number;
}

export async function startGatewayProcess(dataDir: string, flags: GatewayFlags = {}): Promise<GatewayProcess> {
  const { ingest = "tcp://127.0.0.1:0", workers = 1, healthGateMs = 0 } = flags;
  const isBundle = existsSync(bundle);
  const args = [
    "--json",
    "--data",
    dataDir,
    "--http",
    "127.0.0.1:0",
    "--ingest",
    ingest,
    "--workers",
    String(workers),
    "--health-gate",
    String(healthGateMs),
  ];
  const child = spawn(process.execPath, [launcher, "gateway", ...args], {
    env: { ...process.env, FLOWFUSION_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = JSON.parse(await firstLine(child, "the gateway")) as { url: string; ingest: [string] };
  return {
    url: ready.url,
    token,
    ingest: ready.ingest[0],
    isBundle,
    rssMb: () => (Number(/^VmRSS:\s+(\d+) kB/m.exec(procFile(child, "status"))![1]) * 1024) / 1e6,
    cpuMs: () => {
      // Fields 14 and 15, counted behind the name in parentheses, which may hold spaces.
      const fields = procFile(child, "stat").split(") ")[1]!.split(" ");
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
    },
    threadsCpuMs() {
      // The first field is what the thread ran on a processor, ns.
      const ranMs = (thread: number) => Number(procFile(child, `task/${thread}/schedstat`).split(" ")[0]) / 1e6;
      const threads = readdirSync(`/proc/${child.pid}/task`).map(Number);
      return { all: threads.reduce((sum, thread) => sum + ranMs(thread), 0), control: ranMs(child.pid!) };
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

export interface SimulatorProcess {
  /** Once it has ended. */
  readonly summary: Promise<{ readonly sent: number; readonly dropped: number }>;
  /** Lets it send what is made, and end. */
  stop(): void;
}

/** Runs the plant simulator, with options of its command line. */
export function startSimulator(push: string, options: { readonly [name: string]: number }): SimulatorProcess {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [simulator, "--push", push, ...given, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const summary = firstLine(child, "the simulator").then(
    (line) => JSON.parse(line) as { sent: number; dropped: number },
  );
  return { summary, stop: () => void child.kill("SIGINT") };
}

/** Runs it to its end; gives its summary. */
export async function runSimulator(
  push: string,
  rate: number,
  durationMs: number,
  batch?: number,
): Promise<{ readonly sent: number }> {
  return startSimulator(push, { rate, "duration-ms": durationMs, ...(batch !== undefined && { batch }) }).summary;
}

/** A script of this folder with a message channel. */
export interface Peer extends AsyncDisposable {
  readonly child: ChildProcess;
  ask<Answer>(message: unknown): Promise<Answer>;
}

export async function startPeer(script: "sender.ts" | "reader.ts", args: readonly string[]): Promise<Peer> {
  const child = fork(path.join(import.meta.dirname, script), [...args], { execArgv: [] });
  return {
    child,
    async ask<Answer>(message: unknown) {
      child.send(message as object);
      const [answer] = await once(child, "message");
      return answer as Answer;
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

async function firstLine(child: ChildProcess, who: string): Promise<string> {
  const line = once(createInterface(child.stdout!), "line") as Promise<[string]>;
  const exit = once(child, "exit").then(([code]) => {
    throw new Error(`${who} ended with code ${code} before it said anything`);
  });
  const [text] = await Promise.race([line, exit]);
  return text;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

const procFile = (child: ChildProcess, name: string): string => readFileSync(`/proc/${child.pid}/${name}`, "utf8");
