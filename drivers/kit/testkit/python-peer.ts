// A device in a process of its own: a script over a Python library of its protocol. It prints {"port": N} when it listens,
// and answers each command, a line of JSON on its standard input, with a line.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { freePort, standStill } from "@flowfusion/testkit";
import { pythonPeersFolder } from "./python-packages.ts";

export class PythonPeer implements AsyncDisposable {
  readonly #script: string;
  readonly #args: readonly string[];
  #child!: ChildProcess;
  #lines!: Interface;
  #errors = "";
  #port: number;
  /** What it said when it listened. */
  #ready: Readonly<Record<string, unknown>> = {};

  private constructor(script: string, port: number, args: readonly string[]) {
    this.#script = script;
    this.#port = port;
    this.#args = args;
  }

  /** `args` follow the port. */
  static async start(script: string, ...args: readonly string[]): Promise<PythonPeer> {
    const peer = new PythonPeer(script, await freePort(), args);
    await peer.start();
    return peer;
  }

  get port(): number {
    return this.#port;
  }

  get ready(): Readonly<Record<string, unknown>> {
    return this.#ready;
  }

  /** Again after `kill`: on the same port. */
  async start(): Promise<void> {
    const packages = pythonPeersFolder();
    if (!existsSync(packages)) throw new Error(`no ${packages}: npm test puts it there`);
    this.#child = spawn("python3", [this.#script, String(this.#port), ...this.#args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" },
    });
    // The libraries tell much there of what a killed or lying peer does to them; it matters when the script ends.
    this.#errors = "";
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-4096);
    });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#ready = JSON.parse(await this.#line()) as Record<string, unknown>;
  }

  async command(command: object): Promise<void> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    await this.#line();
  }

  /** Neither answers nor ends connections. */
  freeze(): Promise<void> {
    return standStill(this.#child);
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #line(): Promise<string> {
    const answered = new AbortController();
    const exit = once(this.#child, "exit", { signal: answered.signal }).then(([code]) => {
      throw new Error(`${this.#script} ended with exit code ${code}: ${this.#errors}`);
    });
    exit.catch(() => {});
    const [line] = (await Promise.race([once(this.#lines, "line"), exit])) as [string];
    answered.abort();
    return line;
  }
}
