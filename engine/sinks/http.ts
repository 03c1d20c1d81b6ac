// Posts messages in batches. Answers 2xx are taken. An answer that finds fault with the batch itself, such as 400 or 413, means
// that it will never be taken: it is dropped and counted. All others are about the server, the login or the address, and so is
// no answer: the batch waits and is tried again, after the time in Retry-After where there is one.
// Delivery is at least once: a batch whose answer was lost is posted again, with the same Idempotency-Key, so that a
// server which keeps the keys can tell.

import type http from "node:http";
import type https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { CanonicalNode } from "@flowfusion/graph";
import { createEncoding, type EncodingName } from "./encoding.ts";
import { type CheckedEndpoint, tlsOptionsOf } from "./endpoint.ts";
import { type Origin, readMessages, type Sink, type Taken } from "./sink.ts";

const retryAfterMsMax = 60_000;
const idleMs = 30_000;

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number;
}

export function createHttpSink(props: CanonicalNode["props"], endpoint: CheckedEndpoint, source: string): Sink {
  return new HttpSink(props, endpoint, source);
}

class HttpSink implements Sink {
  readonly #url: URL;
  readonly #encoding;
  readonly #maxBatch: number;
  readonly #timeoutMs: number;
  readonly #options: https.RequestOptions;
  readonly #http: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #closing = new AbortController();

  constructor(props: CanonicalNode["props"], endpoint: CheckedEndpoint, source: string) {
    this.#url = new URL(endpoint.url);
    this.#encoding = createEncoding(props.encoding as EncodingName, source);
    this.#maxBatch = Number(props.maxBatch);
    this.#timeoutMs = Number(props.timeoutMs);
    const agentOptions = { keepAlive: true, maxSockets: 1, timeout: idleMs };
    // Not imported: an import of node:http reads all that it exports, which loads the client behind `WebSocket`, 12 MB.
    this.#http = process.getBuiltinModule(endpoint.isEncrypted ? "node:https" : "node:http");
    this.#agent = new this.#http.Agent(agentOptions);
    this.#options = {
      method: String(props.method),
      headers: { "content-type": this.#encoding.contentType, ...headersOf(endpoint) },
      agent: this.#agent,
      ...(endpoint.lookup && { lookup: endpoint.lookup }),
      ...(endpoint.isEncrypted && tlsOptionsOf(endpoint.host, endpoint.tls)),
    };
  }

  async send(frames: Uint8Array, origin: Origin): Promise<Taken> {
    const { messages, bytes, malformed } = readMessages(frames, this.#maxBatch);
    if (messages.length === 0) return { bytes, dropped: { malformed } };
    const key = `${origin.epoch}-${origin.ordinal}-${messages.length + malformed}`;
    const { status, retryAfterMs } = await this.#post(this.#encoding.batch(messages), key);
    if (status >= 200 && status < 300) return { bytes, dropped: { malformed } };
    if (isOfBatch(status)) return { bytes, dropped: { malformed, [`http_${status}`]: messages.length } };
    await this.#pause(retryAfterMs);
    throw new Error(`${this.#url.origin}${this.#url.pathname} answered ${status}`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#agent.destroy();
  }

  #post(body: string | Buffer, key: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const sending = this.#http.request(this.#url, {
      ...this.#options,
      headers: { ...this.#options.headers, "content-length": Buffer.byteLength(body), "idempotency-key": key },
      signal: AbortSignal.any([this.#closing.signal, timeout]),
    });
    sending.on("error", (error) => {
      reject(timeout.aborted ? new Error(`no answer within ${this.#timeoutMs} ms`, { cause: error }) : error);
    });
    sending.on("response", (response) => {
      const seconds = Number(response.headers["retry-after"] ?? 0);
      const retryAfterMs = seconds > 0 ? Math.min(seconds * 1_000, retryAfterMsMax) : 0;
      // What it says beyond its status is of no use here; read, it leaves the connection open for the next batch.
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode ?? 0, retryAfterMs }));
      response.on("error", reject);
    });
    sending.end(body);
    return promise;
  }

  /** Until then, or until the sink is closed. */
  async #pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

function headersOf({ token, username, password, headers }: CheckedEndpoint): Record<string, string> {
  const basic = Buffer.from(`${username}:${password ?? ""}`).toString("base64");
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(username !== undefined && { authorization: `Basic ${basic}` }),
    ...headers,
  };
}

/** 4xx that somebody mends elsewhere: login, rights, address, a proxy's login, too slow, too early, too many. */
const mendedElsewhere: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 425, 429]);

const isOfBatch = (status: number): boolean => status >= 400 && status < 500 && !mendedElsewhere.has(status);
