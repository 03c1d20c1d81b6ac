// A gateway as a plant would run it: by the command line, from a configuration file, with TLS and pinned publishers. All
// certificates and keys are made by openssl.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { GatewayClient } from "@flowfusion/client";
import { selfSigned } from "@flowfusion/testkit";
import { type CliResult, flowfusion } from "../system/gateway-process.ts";

const cli = path.join(path.dirname(path.dirname(import.meta.dirname)), "cli/dist/main.mjs");

export class SecuredGateway implements AsyncDisposable {
  readonly folder: string;
  readonly token = `planted-token-${crypto.randomUUID()}`;
  url = "";
  /** Where drivers push to. */
  ingest = "";
  /** All that the gateway printed. */
  output = "";
  #stop: (() => Promise<void>) | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(config: object = {}): Promise<SecuredGateway> {
    const gateway = new SecuredGateway(await mkdtemp(path.join(tmpdir(), "ff-secured-")));
    await selfSigned(gateway.folder, "gateway");
    gateway.#makePublisherKey();
    await writeFile(gateway.file("token"), `${gateway.token}\n`);
    await writeFile(gateway.file("gateway.json"), JSON.stringify({ ...gateway.#config(), ...config }));
    await gateway.start();
    return gateway;
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  async start(): Promise<void> {
    const args = [cli, "gateway", "--json", "--config", this.file("gateway.json")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
    // All that it printed has come by then, which it has not always when the process is gone.
    const exit = once(child, "close");
    const early = exit.then(([code]) => {
      throw new Error(`the gateway ended with exit code ${code}: ${this.output}`);
    });
    const line = await Promise.race([readyLine(child.stdout), early]);
    early.catch(() => {});
    const ready = JSON.parse(line) as { url: string; ingest: string[] };
    this.url = ready.url.replace("0.0.0.0", "127.0.0.1");
    this.ingest = ready.ingest[0]!;
    this.#stop = async () => {
      child.kill("SIGTERM");
      await exit;
    };
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  async client(token = this.token): Promise<GatewayClient> {
    const ca = await readFile(this.file("gateway.pem"), "utf8");
    return new GatewayClient({ endpoint: this.url, token, tls: { ca }, retry: { attemptsMax: 1 } });
  }

  /** `flowfusion` with what it needs to reach this gateway. */
  cli(...args: readonly string[]): Promise<CliResult> {
    const reach = ["--gateway", this.url, "--ca", this.file("gateway.pem")];
    const token = args.includes("--token") ? [] : ["--token", this.token];
    return flowfusion(...args, ...reach, ...token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  #config(): object {
    return {
      dataDir: "data",
      http: { host: "0.0.0.0", port: 0 },
      tls: { certFile: "gateway.pem", keyFile: "gateway.key" },
      ingest: ["tcp://127.0.0.1:0"],
      tokenFile: "token",
      publisherKeyFiles: ["publisher.pub"],
      log: "trace",
    };
  }

  #makePublisherKey(): void {
    const run = (...args: string[]) => execFileSync("openssl", args, { cwd: this.folder, stdio: "pipe" });
    run("genpkey", "-algorithm", "ed25519", "-out", "publisher.key");
    run("pkey", "-in", "publisher.key", "-pubout", "-out", "publisher.pub");
  }
}

/** Among the lines of the log the one that says where the gateway listens. */
function readyLine(stdout: Readable): Promise<string> {
  return new Promise((resolve) => {
    createInterface(stdout).on("line", (line) => {
      if (line.startsWith('{"url":')) resolve(line);
    });
  });
}
