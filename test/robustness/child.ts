// Starts and ends gateways for the robustness tests, and feeds them.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { GatewayClient } from "@flowfusion/client";
import type { Failpoint, FailpointAction } from "@flowfusion/engine";
import { encodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { dialPush, type PushSocket } from "@flowfusion/transport";
import type { ArmRequest, ChildMessage } from "./gateway-child.ts";

const sources = fileURLToPath(new URL("./gateway-child.ts", import.meta.url));
export const token = "robustness-token-0123456789abcdef";

export interface Armed {
  readonly point: Failpoint;
  readonly action: FailpointAction;
  readonly hits: number;
}

export class GatewayChild implements AsyncDisposable {
  readonly client: GatewayClient;
  readonly url: string;
  /** Resolves with the signal or exit code that it ended with. */
  readonly ended: Promise<string | number>;
  readonly #child: ChildProcess;
  readonly #push: PushSocket;

  private constructor(child: ChildProcess, url: string, ingest: string, ended: Promise<string | number>) {
    this.#child = child;
    this.url = url;
    this.ended = ended;
    this.client = new GatewayClient({ endpoint: url, token, retry: { attemptsMax: 1 } });
    this.#push = dialPush({ address: ingest });
  }

  /**
   * Starts it, from its sources or a bundle of them, and through a `tracer` where one is given; gives the reason as a text when
   * it refuses to start, or what it died of.
   */
  static async start(
    dataDir: string,
    armed?: Armed,
    script = sources,
    tracer: readonly string[] = [],
  ): Promise<GatewayChild | string> {
    const args = armed ? [dataDir, armed.point, armed.action, String(armed.hits)] : [dataDir];
    const [execPath, ...execArgv] = [...tracer, process.execPath, "--disable-warning=ExperimentalWarning"];
    const child = fork(script, args, {
      execPath: execPath!,
      execArgv,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    // What it logs is read so that it is never blocked, and kept to nobody: the API tells the same.
    child.stderr!.resume();
    const ended = once(child, "exit").then(([code, signal]) => (signal ?? code) as string | number);
    const first = once(child, "message").then(([message]) => message as ChildMessage);
    const outcome = await Promise.race([first, ended.then((how) => ({ failed: String(how) }))]);
    if ("failed" in outcome) return outcome.failed;
    if (!("ready" in outcome)) throw new Error("the gateway said something before it was ready");
    return new GatewayChild(child, outcome.ready.url, outcome.ready.ingest, ended);
  }

  /** Starts it, which must succeed. */
  static async startSound(dataDir: string, script = sources, tracer: readonly string[] = []): Promise<GatewayChild> {
    const started = await GatewayChild.start(dataDir, undefined, script, tracer);
    if (typeof started === "string") throw new Error(`the gateway does not start: ${started}`);
    return started;
  }

  async arm(arm: Armed | undefined): Promise<void> {
    const armed = once(this.#child, "message");
    this.#child.send({ arm } satisfies ArmRequest);
    await armed;
  }

  /** One reading of a tag. Its timestamp tells it from all others in what comes out. */
  feed(tag: string, timestampNs: bigint): void {
    this.#push.send(encodeTagUpdateBatch({ source: "test", updates: [{ tag, timestampNs, quality: 0, value: 1 }] }));
  }

  /** Readings of a tag as one batch; false when the gateway has no room for it yet. */
  feedAll(updates: readonly TagUpdate[]): boolean {
    return this.#push.send(encodeTagUpdateBatch({ source: "test", updates }));
  }

  request(method: string, path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<string | number> {
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    await this.#push.close();
  }
}
