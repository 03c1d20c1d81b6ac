// A real NATS server with JetStream for a test, on a free loopback port, which can be killed and started again on the same
// one, with the same files.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually, freePort, standStill } from "@flowfusion/testkit";
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { type ConnectionOptions, connect } from "@nats-io/transport-node";

const installedAt = ["nats-server", "/usr/sbin/nats-server"];

export interface Stored {
  readonly subject: string;
  readonly payload: string;
  readonly id: string;
}

type Limits = Partial<Pick<StreamConfig, "max_msg_size" | "max_msgs" | "discard">>;

export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #access: ConnectionOptions;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, access: ConnectionOptions) {
    this.port = port;
    this.#folder = folder;
    this.#access = access;
  }

  /** `settings`: lines of its configuration beyond those that every test needs; `access`: how the test itself comes in. */
  static async start(settings: readonly string[] = [], access: ConnectionOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await mkdtemp(path.join(tmpdir(), "ff-nats-")), access);
    const config = [
      `listen: 127.0.0.1:${server.port}`,
      `jetstream { store_dir: ${JSON.stringify(server.#folder)} }`,
      ...settings,
    ];
    await writeFile(server.#configPath, `${config.join("\n")}\n`);
    await server.restart();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    this.#process = (await firstThatStarts(["-c", this.#configPath])) ?? missing();
    await eventually(() => this.#managing((manager) => manager.getAccountInfo()));
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const exit = once(this.#process!, "exit");
    this.#process!.kill("SIGKILL");
    await exit;
  }

  /** It stands still, and its connections with it, as a machine does that hangs. */
  halt(): Promise<void> {
    return standStill(this.#process!);
  }

  goOn(): void {
    this.#process!.kill("SIGCONT");
  }

  async addStream(name: string, subject: string, limits: Limits = {}): Promise<void> {
    const options = { storage: StorageType.File, discard: DiscardPolicy.Old, ...limits };
    await this.#managing((manager) => manager.streams.add({ name, subjects: [subject], ...options }));
  }

  async changeStream(name: string, limits: Limits): Promise<void> {
    await this.#managing((manager) => manager.streams.update(name, limits));
  }

  /** All that the stream holds, in order. */
  async stored(name: string): Promise<Stored[]> {
    return this.#managing(async (manager) => {
      const { state } = await manager.streams.info(name);
      const all: Stored[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
        const message = await manager.streams.getMessage(name, { seq });
        if (message)
          all.push({ subject: message.subject, payload: message.string(), id: message.header.get("Nats-Msg-Id") });
      }
      return all;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  get #configPath(): string {
    return path.join(this.#folder, "nats.conf");
  }

  async #managing<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const connection = await connect({ servers: `127.0.0.1:${this.port}`, reconnect: false, ...this.#access });
    try {
      return await work(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }
}

async function firstThatStarts(args: readonly string[]): Promise<ChildProcess | undefined> {
  for (const command of installedAt) {
    const child = spawn(command, args, { stdio: "ignore" });
    const failure = once(child, "error");
    const started = once(child, "spawn").then(() => true);
    if (await Promise.race([started, failure.then(() => false)])) return child;
  }
  return undefined;
}

function missing(): never {
  throw new Error("nats-server does not start: apt-get install nats-server");
}
