// What every call of the API has in common: retries where they are safe, and an answer that is what it should be.

import { GatewayError } from "./errors.ts";
import { eventsOf } from "./events.ts";
import { exchange, type HttpRequest, readBody } from "./http.ts";
import { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
import type { TlsTrust } from "./secure-fetch.ts";
import { createTransport, type Transport } from "./transport.ts";

export interface GatewayClientOptions {
  /** For example `http://127.0.0.1:7480`. */
  readonly endpoint: string;
  readonly token?: string;
  /** For an https endpoint whose certificate no public authority signed, and for client certificates. Node.js only. */
  readonly tls?: TlsTrust;
  /** For one try of one call, ms. 30 s when absent. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

type Call = Omit<HttpRequest, "timeoutMs" | "signal">;

/** What is followed ends by itself, or is ended; this is for a gateway that fell silent. */
const followMsMax = 24 * 60 * 60 * 1000;

export const jsonHeaders = { "content-type": "application/json" };

export class Calls {
  readonly endpoint: string;
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;

  constructor(options: GatewayClientOptions) {
    this.#transport = createTransport(options);
    this.endpoint = this.#transport.endpoint;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retry = { ...defaultRetryPolicy, ...options.retry };
  }

  /** The answer, or undefined when the gateway itself says that there is no such thing; every other failure throws. */
  async found<T>(request: Call, call: CallOptions): Promise<T | undefined> {
    try {
      return await this.json<T>(request, call, true);
    } catch (error) {
      if (error instanceof GatewayError && error.status === 404 && error.code === "FF_API_NOT_FOUND") {
        return undefined;
      }
      throw error;
    }
  }

  /** Sends and hands the answer to `read`; a connection that breaks inside the body is tried again like one before it. */
  async send<T>(
    request: Call,
    call: CallOptions,
    idempotent: boolean,
    read: (response: Response, request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    const full: HttpRequest = {
      ...request,
      timeoutMs: call.timeoutMs ?? this.#timeoutMs,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
    const policy = idempotent ? this.#retry : { ...this.#retry, attemptsMax: 1 };
    return withRetries(policy, call.signal, async () => read(await exchange(this.#transport, full), full));
  }

  async *events<T>(path: string, { signal }: Pick<CallOptions, "signal">): AsyncGenerator<T> {
    const headers = { accept: "text/event-stream" };
    const stopped = signal ?? new AbortController().signal;
    const request: HttpRequest = { method: "GET", path, headers, signal: stopped, timeoutMs: followMsMax };
    try {
      yield* eventsOf<T>(await exchange(this.#transport, request), this.endpoint);
    } catch (error) {
      if (!stopped.aborted) throw error;
    }
  }

  async bytes(request: Call, call: CallOptions): Promise<Uint8Array> {
    return this.send(request, call, true, (response, full) => readBody(response, this.endpoint, full));
  }

  async json<T>(request: Call, call: CallOptions, idempotent: boolean): Promise<T> {
    return this.send(request, call, idempotent, async (response, full) => {
      const name = `${full.method} ${full.path}`;
      if (!(response.headers.get("content-type") ?? "").startsWith("application/json")) {
        throw this.badAnswer(name, `content type ${response.headers.get("content-type")} in place of application/json`);
      }
      const text = new TextDecoder().decode(await readBody(response, this.endpoint, full));
      try {
        return JSON.parse(text) as T;
      } catch (error) {
        throw this.badAnswer(name, "the body is not JSON", error);
      }
    });
  }

  async has(path: string, call: CallOptions): Promise<boolean> {
    try {
      await this.send({ method: "HEAD", path }, call, true, discardBody);
      return true;
    } catch (error) {
      // A HEAD answer has no body, so no code: 404 is all that can be told.
      if (error instanceof GatewayError && error.status === 404) {
        return false;
      }
      throw error;
    }
  }

  badAnswer(name: string, what: string, cause?: unknown): GatewayError {
    return new GatewayError("FF_GATEWAY_ANSWER", `${name} at ${this.endpoint}: ${what}; check that it is a gateway`, {
      endpoint: this.endpoint,
      cause,
    });
  }
}

export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel();
}
