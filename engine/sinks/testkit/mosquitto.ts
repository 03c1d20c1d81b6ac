// A real MQTT broker for a test, on a free loopback port, which can be killed and started again on the same one.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { expect } from "vitest";
import { eventually } from "./queues.ts";

const installedAt = ["mosquitto", "/usr/sbin/mosquitto"];

export interface Received {
  readonly topic: string;
  readonly payload: { readonly topic: string; readonly timestamp: string; readonly value: unknown };
  readonly qos: number;
  readonly retain: boolean;
}

export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #subscribers: { readonly client: MqttClient; readonly topic: string; readonly qos: 0 | 2 }[] = [];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** `settings`: lines of its configuration beyond those that every test needs. */
  static async start(settings: readonly string[] = ["allow_anonymous true"]): Promise<Mosquitto> {
    const folder = await mkdtemp(path.join(tmpdir(), "ff-mosquitto-"));
    const broker = new Mosquitto(await freePort(), folder);
    // As root it would become another user, who cannot read what the test has made.
    const config = [
      "user root",
      `listener ${broker.port} 127.0.0.1`,
      "max_queued_messages 0",
      "log_type error",
      ...settings,
    ];
    await writeFile(path.join(folder, "mosquitto.conf"), `${config.join("\n")}\n`);
    await broker.restart();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `mqtts://127.0.0.1:${this.port}`;
  }

  /** Starts it, again where it was killed, and waits until all subscribers are there. */
  async restart(): Promise<void> {
    const args = ["-c", path.join(this.#folder, "mosquitto.conf")];
    this.#process = (await firstThatStarts(args)) ?? missing();
    await eventually(() => answers(this.port));
    for (const { client, topic, qos } of this.#subscribers) {
      await eventually(() => expect(client.connected).toBe(true));
      await client.subscribeAsync(topic, { qos });
    }
  }

  /** Lets it neither read nor write until it is killed. */
  freeze(): void {
    this.#process!.kill("SIGSTOP");
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const exit = once(this.#process!, "exit");
    this.#process!.kill("SIGKILL");
    await exit;
  }

  /**
   * What arrives is added to the list, over restarts of the broker too. With QoS 0 the broker passes a message on
   * before it acknowledges it; else it keeps some back, and a killed broker forgets those.
   */
  async subscribe(topic = "#", qos: 0 | 2 = 2, options: IClientOptions = {}): Promise<Received[]> {
    const received: Received[] = [];
    const client = await mqtt.connectAsync(options.ca ? this.tlsUrl : this.url, { reconnectPeriod: 50, ...options });
    this.#subscribers.push({ client, topic, qos });
    client.on("error", () => {});
    client.on("message", (topic, payload, { qos, retain }) => {
      received.push({ topic, payload: JSON.parse(payload.toString()) as Received["payload"], qos, retain });
    });
    await client.subscribeAsync(topic, { qos });
    return received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#subscribers.map(({ client }) => client.endAsync(true)));
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}

async function firstThatStarts(args: readonly string[]): Promise<ChildProcess | undefined> {
  for (const command of installedAt) {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    const failure = once(child, "error");
    const started = once(child, "spawn").then(() => true);
    if (await Promise.race([started, failure.then(() => false)])) return child;
  }
  return undefined;
}

function missing(): never {
  throw new Error("mosquitto does not start: apt-get install mosquitto");
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<void> {
  const socket = connectTcp(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}
