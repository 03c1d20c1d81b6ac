// A real MQTT broker, on a free port of loopback, which can be killed and started again on the same one.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";
import { standStill } from "./stand-still.ts";

/** Debian has it where only root looks. */
const searchPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

export interface MosquittoOptions {
  /** Lets in this user alone. */
  readonly user?: { readonly name: string; readonly password: string };
  /** With a certificate of its own, which signs itself, for `broker.test`; see `certificate`. */
  readonly tls?: boolean;
  /** Lines of its configuration beside those. */
  readonly settings?: readonly string[];
}

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

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const folder = await mkdtemp(path.join(tmpdir(), "ff-mosquitto-"));
    const broker = new Mosquitto(await freePort(), folder);
    await broker.#configure(options);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `mqtts://127.0.0.1:${this.port}`;
  }

  /** Of a broker that was started with `tls`. */
  certificate(): Promise<string> {
    return readFile(this.#in("certificate.pem"), "utf8");
  }

  /** Again after `kill`, on the same port; waits until all subscribers are there. */
  async start(): Promise<void> {
    const child = spawn("mosquitto", ["-c", this.#in("mosquitto.conf")], {
      stdio: "ignore",
      env: { ...process.env, PATH: searchPath },
    });
    const failed = once(child, "error").then(([error]) => {
      throw new Error(`mosquitto does not start, install it (apt-get install mosquitto): ${(error as Error).message}`);
    });
    failed.catch(() => {});
    this.#process = child;
    await Promise.race([eventually(() => answers(this.port)), failed]);
    for (const { client, topic, qos } of this.#subscribers) {
      await eventually(() => {
        if (!client.connected) throw new Error("a subscriber did not come back");
      });
      await client.subscribeAsync(topic, { qos });
    }
  }

  /** Lets it neither read nor write until it thaws or is killed; the system goes on accepting its connections. */
  freeze(): Promise<void> {
    return standStill(this.#process!);
  }

  thaw(): void {
    this.#process!.kill("SIGCONT");
  }

  /** As a power cut would; waits until its subscribers have read all that it gave them, and are on their way to the next one. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    await eventually(() => {
      if (this.#subscribers.some(({ client }) => client.connected)) throw new Error("a subscriber did not notice");
    });
  }

  /**
   * What arrives is added to the list, over restarts of the broker too. With QoS 0 the broker passes a message on
   * before it acknowledges it; else it keeps some back, and a killed broker forgets those.
   */
  async subscribe(topic = "#", qos: 0 | 2 = 2, options: IClientOptions = {}): Promise<Received[]> {
    const received: Received[] = [];
    // Subscribed again by itself, it would take a subscription for done that the broker has not answered yet.
    const client = await mqtt.connectAsync(options.ca ? this.tlsUrl : this.url, {
      reconnectPeriod: 50,
      resubscribe: false,
      ...options,
    });
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
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  #in(name: string): string {
    return path.join(this.#folder, name);
  }

  async #configure({ user, tls = false, settings = [] }: MosquittoOptions): Promise<void> {
    const passwords = this.#in("passwords");
    const [key, certificate] = [this.#in("key.pem"), this.#in("certificate.pem")];
    const env = { ...process.env, PATH: searchPath };
    if (user) {
      execFileSync("mosquitto_passwd", ["-b", "-c", passwords, user.name, user.password], { env, stdio: "ignore" });
    }
    if (tls) {
      const subject = ["-subj", "/CN=broker.test", "-addext", "subjectAltName=DNS:broker.test", "-days", "2"];
      const files = ["-keyout", key, "-out", certificate];
      execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject], {
        stdio: "ignore",
      });
    }
    // As root it would become another user, who cannot read what the test has made.
    const lines = [
      "user root",
      `listener ${this.port} 127.0.0.1`,
      "max_queued_messages 0",
      "log_type error",
      `allow_anonymous ${user === undefined}`,
      ...(user ? [`password_file ${passwords}`] : []),
      ...(tls ? [`certfile ${certificate}`, `keyfile ${key}`] : []),
      ...settings,
    ];
    await writeFile(this.#in("mosquitto.conf"), `${lines.join("\n")}\n`);
  }
}

async function answers(port: number): Promise<void> {
  const socket = connectTcp(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}
