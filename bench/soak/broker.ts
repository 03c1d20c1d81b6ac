// A real MQTT broker that can go down and come back on its port.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const installed = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"].find((file) => existsSync(file)) ?? "mosquitto";
const startTriesMax = 100;
const startPauseMs = 50;

export class Broker implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.url = `mqtt://127.0.0.1:${port}`;
  }

  static async start(): Promise<Broker> {
    const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-soak-"));
    const port = await freePort();
    await writeFile(
      path.join(folder, "broker.conf"),
      `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_type error\n`,
    );
    const broker = new Broker(port, folder);
    await broker.start();
    return broker;
  }

  async start(): Promise<void> {
    const child = spawn(installed, ["-c", path.join(this.#folder, "broker.conf")], { stdio: "ignore" });
    const failed = once(child, "error").then(([error]) => {
      throw new Error(`mosquitto does not start, install it (apt-get install mosquitto): ${error.message}`);
    });
    failed.catch(() => {});
    this.#process = child;
    await Promise.race([this.#answers(), failed]);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    for (let tries = 0; tries < startTriesMax; tries++) {
      const socket = connect(this.#port, "127.0.0.1");
      const isUp = await Promise.race([
        once(socket, "connect").then(() => true),
        once(socket, "error").then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (isUp) return;
      await sleep(startPauseMs);
    }
    throw new Error(`the broker does not listen on port ${this.#port}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
