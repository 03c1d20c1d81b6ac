// One HTTP exchange with a gateway: token, deadline, abort, and every way to fail turned into a GatewayError.
// Redirects are not followed: the token belongs to the endpoint that the user named.

import { FlowFusionError } from "@flowfusion/graph";
import { GatewayError, refusal } from "./errors.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Begins with a slash. */
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** Checks the endpoint once, so that a typing error is not reported as a gateway that is down. */
export function parseEndpoint(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new FlowFusionError(
      "FF_GATEWAY_ENDPOINT",
      `${JSON.stringify(endpoint)} is not an http or https URL; give for example http://127.0.0.1:7480`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new FlowFusionError(
      "FF_GATEWAY_ENDPOINT",
      `the endpoint ${url.origin} must be an origin and path alone, without user, query or fragment; give the token apart`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Sends and returns the answer when its status is 2xx; throws a GatewayError for all else. */
export async function exchange(endpoint: string, token: string | undefined, request: HttpRequest): Promise<Response> {
  request.signal?.throwIfAborted();
  const name = `${request.method} ${request.path}`;
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  let response: Response;
  try {
    response = await fetch(`${endpoint}${request.path}`, {
      method: request.method,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...request.headers,
      },
      redirect: "manual",
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  } catch (error) {
    throw unreachable(endpoint, name, request, error);
  }
  if (!response.ok) {
    throw await refusal(response, endpoint, name);
  }
  return response;
}

/** Reads the body of a good answer; a connection that breaks on the way counts as unreachable. */
export async function readBody(response: Response, endpoint: string, request: HttpRequest): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw unreachable(endpoint, `${request.method} ${request.path}`, request, error);
  }
}

function unreachable(endpoint: string, name: string, request: HttpRequest, error: unknown): unknown {
  if (request.signal?.aborted) {
    return request.signal.reason;
  }
  const isWrite = request.method !== "GET" && request.method !== "HEAD";
  return new GatewayError(
    "FF_GATEWAY_UNREACHABLE",
    `${name} at ${endpoint}: ${reason(error, request.timeoutMs)}. Check that the gateway runs, that the endpoint is right, ` +
      `and that no proxy or firewall stands between${isWrite ? "; the write may or may not have taken effect" : ""}`,
    { endpoint, cause: error },
  );
}

function reason(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${timeoutMs} ms`;
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  const code = "code" in cause ? String(cause.code) : "";
  return wordings[code] ?? (cause.message || code || cause.name);
}

const wordings: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the connection was cut before the answer",
  UND_ERR_SOCKET: "the connection was cut before the answer",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "no way leads to the host",
  ENETUNREACH: "no way leads to the network",
};
