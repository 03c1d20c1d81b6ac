// Processes that the demo starts: a JSON line from them, their end, and that they never outlive it.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #stdout: AsyncIterator<string>;
  #stderr = "";

  constructor(name: string, script: string, args: readonly string[]) {
    this.name = name;
    this.process = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = new Promise((resolve) => this.process.once("exit", () => resolve()));
    this.#stdout = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
    this.process.stderr!.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4096);
    });
  }

  /** The next line of standard output, as JSON. */
  async json<T>(): Promise<T> {
    const { value, done } = await this.#stdout.next();
    if (done) throw new Error(`the ${this.name} ended without a word:\n${this.#stderr}`);
    return JSON.parse(value) as T;
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGTERM");
    await this.#exited;
  }

  /** Lets the child go on when this process ends. */
  leave(): void {
    this.process.unref();
    this.process.stdout!.destroy();
    this.process.stderr!.destroy();
  }
}
