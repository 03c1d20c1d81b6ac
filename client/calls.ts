// One call to a gateway: sent, tried again where that is harmless, its answer read and checked.
// Reads and uploads are tried again when nobody answers; writes to flows are not, because their answer may have been
// lost after they took effect, and If-Match makes the caller look before it repeats.

import { GatewayError } from "./errors.ts";
import { eventsOf } from "./events.ts";
import { exchange, type HttpRequest, readBody, unreachable } from "./http.ts";
import { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
import type { Transport } from "./transport.ts";

export interface CallDefaults {
  /** For one try of one call, ms. 30 s when absent. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** What calls, so that people are told what a version was deployed with. */
  readonly tool?: "pulumi" | "console" | "cli";
  /** The id that the gateway must have; it is asked before the first call, and where it is another one nothing is sent. */
  readonly identity?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

type Request = Omit<HttpRequest, "timeoutMs" | "signal">;

/** What is followed ends by itself, or is ended; this is for a gateway that fell silent. */
const followMsMax = 24 * 60 * 60 * 1000;

export class Calls {
  readonly endpoint: string;
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;
  readonly #tool: { readonly [header: string]: string };
  readonly #identity: string | undefined;
  #isKnown = false;

  constructor(transport: Transport, { timeoutMs = 30_000, retry, tool, identity }: CallDefaults) {
    this.#transport = transport;
    this.endpoint = transport.endpoint;
    this.#timeoutMs = timeoutMs;
    this.#retry = { ...defaultRetryPolicy, ...retry };
    this.#tool = tool === undefined ? {} : { "x-flowfusion-tool": tool };
    this.#identity = identity;
  }

  async json<T>(request: Request, call: CallOptions, idempotent: boolean): Promise<T> {
    return this.#send(request, call, idempotent, (response, full) => this.#document<T>(response, full));
  }

  /** The answer, or undefined when the gateway itself says that there is no such thing; every other failure throws. */
  async found<T>(request: Request, call: CallOptions): Promise<T | undefined> {
    try {
      return await this.json<T>(request, call, true);
    } catch (error) {
      if (error instanceof GatewayError && error.status === 404 && error.code === "FF_API_NOT_FOUND") {
        return undefined;
      }
      throw error;
    }
  }

  async bytes(request: Request, call: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#send(request, call, true, (response, full) => readBody(response, this.endpoint, full));
  }

  /** Whether the gateway answers with a success to HEAD. */
  async has(path: string, call: CallOptions): Promise<boolean> {
    try {
      await this.#send({ method: "HEAD", path }, call, true, discardBody);
      return true;
    } catch (error) {
      // A HEAD answer has no body, so no code: 404 is all that can be told.
      if (error instanceof GatewayError && error.status === 404) {
        return false;
      }
      throw error;
    }
  }

  /** A call whose success is its whole answer. It is not repeated. */
  async delete(path: string, call: CallOptions, headers: { readonly [name: string]: string } = {}): Promise<void> {
    await this.#send({ method: "DELETE", path, headers }, call, false, discardBody);
  }

  /** A stream of server-sent events, until it ends or `signal` ends it; the answer to a POST where something is posted. */
  async *events<T>(
    path: string,
    { signal }: Pick<CallOptions, "signal">,
    posted?: Pick<HttpRequest, "headers" | "body">,
  ): AsyncGenerator<T> {
    const headers = { ...posted?.headers, accept: "text/event-stream" };
    const stopped = signal ?? new AbortController().signal;
    const common = { path, signal: stopped, timeoutMs: followMsMax };
    const request: HttpRequest = posted
      ? { ...common, ...posted, method: "POST", headers }
      : { ...common, method: "GET", headers };
    await this.#demandIdentity({ signal: stopped });
    try {
      yield* eventsOf<T>(await exchange(this.#transport, request), this.endpoint);
    } catch (error) {
      if (stopped.aborted) return;
      throw error instanceof GatewayError
        ? error
        : unreachable(this.endpoint, `${request.method} ${path}`, request, error);
    }
  }

  badAnswer(name: string, what: string, cause?: unknown): GatewayError {
    return new GatewayError("FF_GATEWAY_ANSWER", `${name} at ${this.endpoint}: ${what}; check that it is a gateway`, {
      endpoint: this.endpoint,
      cause,
    });
  }

  async #document<T>(response: Response, request: HttpRequest): Promise<T> {
    const name = `${request.method} ${request.path}`;
    const type = response.headers.get("content-type");
    if (!(type ?? "").startsWith("application/json")) {
      throw this.badAnswer(name, `content type ${type} in place of application/json`);
    }
    const text = new TextDecoder().decode(await readBody(response, this.endpoint, request));
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw this.badAnswer(name, "the body is not JSON", error);
    }
  }

  /**
   * Throws FF_GATEWAY_OTHER where another gateway answers than the one that is meant. Calls that begin at the same time each
   * ask: none is sent on the word of another that has no answer yet.
   */
  async #demandIdentity(call: CallOptions): Promise<void> {
    if (this.#identity === undefined || this.#isKnown) return;
    const asked = { method: "GET", path: "/v1/gateway" } as const;
    const { id } = await this.#exchange(asked, call, true, (response, full) =>
      this.#document<{ readonly id: string }>(response, full),
    );
    if (id !== this.#identity) {
      throw new GatewayError(
        "FF_GATEWAY_OTHER",
        `${this.endpoint} is the gateway ${id}, ${this.#identity} is expected; nothing was sent`,
        { endpoint: this.endpoint },
      );
    }
    this.#isKnown = true;
  }

  async #send<T>(
    request: Request,
    call: CallOptions,
    idempotent: boolean,
    read: (response: Response, request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    await this.#demandIdentity(call);
    return this.#exchange(request, call, idempotent, read);
  }

  /** Sends and hands the answer to `read`; a connection that breaks inside the body is tried again like one before it. */
  async #exchange<T>(
    request: Request,
    call: CallOptions,
    idempotent: boolean,
    read: (response: Response, request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    const full: HttpRequest = {
      ...request,
      headers: { ...request.headers, ...this.#tool },
      timeoutMs: call.timeoutMs ?? this.#timeoutMs,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
    const policy = idempotent ? this.#retry : { ...this.#retry, attemptsMax: 1 };
    return withRetries(policy, call.signal, async () => read(await exchange(this.#transport, full), full));
  }
}

async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel();
}
