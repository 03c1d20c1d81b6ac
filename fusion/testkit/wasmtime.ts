// Flows in wasmtime: one Python process for all that a test asks, since starting one takes longer than most flows do.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { wasmtimeFolder, wasmtimeVersion } from "@flowfusion/nodekit-toolchains";
import type { FuelGrant } from "../host/fused-instance.ts";
import { comparableState, type Observation, type Scenario } from "./scenario.ts";

type Answer = { readonly seen: Observation[][] } | { readonly error: string };

export interface FuelledScenario {
  readonly fuel: FuelGrant;
  readonly parts: Scenario;
}

export interface WasmtimeOptions {
  /** `unoptimised` compiles a little faster. */
  readonly engine?: "default" | "unoptimised";
  /** `wasm` is what wasmtime's default engine has compiled ahead of time. */
  readonly isCompiled?: boolean;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const lengthBytes = 4;

export class Wasmtime {
  readonly #python: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: Waiting[] = [];
  #unread = Buffer.alloc(0);
  #said = "";

  constructor() {
    const pythonPath = [wasmtimeFolder(), process.env.PYTHONPATH ?? ""].join(delimiter);
    this.#python = spawn("python3", [join(import.meta.dirname, "wasmtime-host.py")], {
      env: { ...process.env, PYTHONPATH: pythonPath },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#python.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#python.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
    });
    // A process that ends while something is written to it; `close` tells why.
    this.#python.stdin.on("error", () => {});
    this.#python.on("error", (error) => this.#fail(error.message));
    this.#python.on("close", (code) => this.#fail(`it ended with exit code ${code}`));
  }

  /** What is seen of a module in each scenario, as `runScenario` gives it. */
  async run(
    wasm: Uint8Array,
    scenarios: readonly FuelledScenario[],
    options: WasmtimeOptions = {},
  ): Promise<Observation[][]> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ resolve, reject });
    this.#python.stdin.write(requestOf(wasm, scenarios, options));
    const answer = await promise;
    if ("error" in answer) throw new Error(`wasmtime: ${answer.error}`);
    return answer.seen.map((scenario) =>
      scenario.map((seen) => ("state" in seen ? { ...seen, state: comparableState(seen.state) } : seen)),
    );
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#python.once("close", () => resolve());
    if (this.#python.exitCode !== null) return;
    this.#python.stdin.end();
    await promise;
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= lengthBytes) {
      const end = lengthBytes + this.#unread.readUInt32LE(0);
      if (this.#unread.length < end) return;
      const text = this.#unread.toString("utf8", lengthBytes, end);
      this.#unread = this.#unread.subarray(end);
      this.#waiting.shift()?.resolve(JSON.parse(text) as Answer);
    }
  }

  #fail(why: string): void {
    const remedy = `node tools/run.ts setup installs wasmtime ${wasmtimeVersion}`;
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error(`wasmtime: ${why}; ${remedy}\n${this.#said.trimEnd()}`));
  }
}

function requestOf(
  wasm: Uint8Array,
  scenarios: readonly FuelledScenario[],
  { engine = "default", isCompiled = false }: WasmtimeOptions,
): Uint8Array {
  const blobs: Uint8Array[] = [];
  let at = 0;
  const place = (blob: Uint8Array): [number, number] => {
    blobs.push(blob);
    at += blob.length;
    return [at - blob.length, blob.length];
  };
  const header = {
    wasm: place(wasm),
    engine,
    isCompiled,
    scenarios: scenarios.map(({ fuel, parts }) => [
      [fuel.fuelPerMessage, fuel.fuelBurst],
      parts.map(({ frames, nowNs }) => [place(frames), String(nowNs)]),
    ]),
  };
  const json = Buffer.from(JSON.stringify(header));
  const heads = Buffer.alloc(2 * lengthBytes);
  heads.writeUInt32LE(lengthBytes + json.length + at, 0);
  heads.writeUInt32LE(json.length, lengthBytes);
  return Buffer.concat([heads, json, ...blobs]);
}
