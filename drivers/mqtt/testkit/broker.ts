// mosquitto as a process, with or without a password and TLS.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@flowfusion/driver-kit/testkit";

const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

export interface BrokerOptions {
  /** Lets in this user alone. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly tls?: boolean;
}

export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "ff-broker-"));
  #process!: ChildProcess;

  private constructor(port: number, { user, tls = false }: BrokerOptions) {
    this.port = port;
    this.url = `${tls ? "mqtts" : "mqtt"}://127.0.0.1:${port}`;
    const lines = [`listener ${port} 127.0.0.1`, "log_type none", `allow_anonymous ${user === undefined}`];
    if (user !== undefined) {
      const file = join(this.#folder, "passwords");
      execFileSync("mosquitto_passwd", ["-b", "-c", file, user.name, user.password], {
        env: { PATH: path },
        stdio: "ignore",
      });
      lines.push(`password_file ${file}`);
    }
    if (tls) {
      const [key, certificate] = [join(this.#folder, "key.pem"), this.#certificatePath];
      const subject = ["-subj", "/CN=broker.test", "-addext", "subjectAltName=DNS:broker.test", "-days", "2"];
      const request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
        ...subject,
      ];
      execFileSync("openssl", request, { stdio: "ignore" });
      lines.push(`certfile ${certificate}`, `keyfile ${key}`);
    }
    // It gives its rights up when it is root's, and then could not read these.
    writeFileSync(join(this.#folder, "mosquitto.conf"), `${[...lines, "user root"].join("\n")}\n`);
  }

  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const broker = new Broker(await freePort(), options);
    await broker.start();
    return broker;
  }

  /** For a broker with TLS: its own, which signs itself. */
  get certificate(): string {
    return readFileSync(this.#certificatePath, "utf8");
  }

  get #certificatePath(): string {
    return join(this.#folder, "certificate.pem");
  }

  /** Again after `kill`: on the same port. */
  async start(): Promise<void> {
    const env = { ...process.env, PATH: path };
    this.#process = spawn("mosquitto", ["-c", join(this.#folder, "mosquitto.conf")], { stdio: "ignore", env });
    await eventually(async () => {
      const socket = connect(this.port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
    });
  }

  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
