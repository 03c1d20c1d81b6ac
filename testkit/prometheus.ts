// A real Prometheus on loopback, with a configuration and rules of the test's.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [atS: number, value: string];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export class Prometheus implements AsyncDisposable {
  readonly #port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.#port = port;
    this.#folder = folder;
    this.#process = child;
  }

  /** `config` may name the files of `files`, which lie beside it. */
  static async start(config: string, files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const folder = await mkdtemp(path.join(tmpdir(), "ff-prometheus-"));
    for (const [name, text] of Object.entries({ ...files, "prometheus.yml": config })) {
      await writeFile(path.join(folder, name), text);
    }
    const port = await freePort();
    const places = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    const child = spawn("prometheus", [...places, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = Promise.race([once(child, "error"), once(child, "exit")]).then(([why]) => {
      throw new Error(`prometheus does not start, install it (apt-get install prometheus): ${why}`);
    });
    ended.catch(() => {});
    const prometheus = new Prometheus(port, folder, child);
    await Promise.race([eventually(() => prometheus.query("vector(1)")), ended]);
    return prometheus;
  }

  /** Throws what Prometheus says of an expression that is none. */
  async query(expr: string): Promise<readonly Series[]> {
    const { result } = await this.#ask<{ readonly result: readonly Series[] }>("query", { query: expr });
    return result;
  }

  /** The values that a label has in these series. */
  labelValues(label: string, series: string): Promise<readonly string[]> {
    return this.#ask(`label/${label}/values`, { "match[]": series });
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.#ask<{ readonly alerts: readonly Alert[] }>("alerts", {})).alerts;
  }

  async #ask<T>(what: string, query: Record<string, string>): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${what}?${new URLSearchParams(query)}`);
    const answer = (await response.json()) as { readonly data: T; readonly error?: string };
    if (answer.error !== undefined) throw new Error(`${JSON.stringify(query)}: ${answer.error}`);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await exit;
    }
    await rm(this.#folder, { recursive: true });
  }
}
