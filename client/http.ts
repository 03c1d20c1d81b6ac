// One HTTP exchange with a gateway: credentials, deadline, abort, and every way to fail turned into a GatewayError.
// Redirects are not followed: the credentials belong to the endpoint that the user named.

import { FlowFusionError, unknownSignerCodes } from "@flowfusion/graph";
import { GatewayError, refusal } from "./errors.ts";
import type { Transport } from "./transport.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Begins with a slash. */
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** Sends and returns the answer when its status is 2xx; throws a GatewayError for all else. */
export async function exchange(transport: Transport, request: HttpRequest): Promise<Response> {
  const { endpoint } = transport;
  request.signal?.throwIfAborted();
  const name = `${request.method} ${request.path}`;
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  let response: Response;
  try {
    response = await transport.fetch(`${endpoint}${request.path}`, {
      method: request.method,
      headers: {
        accept: "application/json",
        ...transport.credentials(request.method),
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
export async function readBody(
  response: Response,
  endpoint: string,
  request: HttpRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw unreachable(endpoint, `${request.method} ${request.path}`, request, error);
  }
}

/** What a failure below HTTP comes to; the reason of the abort where the caller wanted it so. */
export function unreachable(endpoint: string, name: string, request: HttpRequest, error: unknown): unknown {
  if (request.signal?.aborted) {
    return request.signal.reason;
  }
  if (error instanceof FlowFusionError) return error;
  const code = codeOf(rootOf(error));
  const doubt = untrusted[code];
  if (doubt !== undefined) {
    return new GatewayError(
      "FF_GATEWAY_UNTRUSTED",
      `${name} at ${endpoint}: ${doubt(rootOf(error))}; nothing was sent`,
      {
        endpoint,
        cause: error,
      },
    );
  }
  const isWrite = request.method !== "GET" && request.method !== "HEAD";
  const isShutOut = clientCertificate[code] !== undefined;
  const why = reason(error, request.timeoutMs);
  const mayWantTls = why === cut && endpoint.startsWith("http:");
  const isInDoubt = isWrite && !isShutOut && !notConnected.has(code);
  return new GatewayError(
    isShutOut ? "FF_GATEWAY_CLIENT_CERTIFICATE" : "FF_GATEWAY_UNREACHABLE",
    `${name} at ${endpoint}: ${why}${mayWantTls ? "; where it has TLS, try https" : ""}` +
      `${isInDoubt ? "; the write may or may not have taken effect" : ""}`,
    { endpoint, cause: error },
  );
}

function reason(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${timeoutMs} ms`;
  }
  const cause = rootOf(error);
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  const code = codeOf(cause);
  return wordings[code] ?? clientCertificate[code] ?? (cause.message || code || cause.name);
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const unknownSigner = () => "its certificate is signed by nobody that is trusted here";
/** A peer that is not who it should be, before anything was sent. */
const untrusted: { readonly [code: string]: (error: unknown) => string } = {
  ...Object.fromEntries(unknownSignerCodes.map((code) => [code, unknownSigner])),
  CERT_HAS_EXPIRED: () => "its certificate has expired",
  CERT_NOT_YET_VALID: () => "its certificate is not valid yet; check the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: (error) => otherNames(error as AltNameError),
  FINGERPRINT_MISMATCH: (error) => (error as Error).message,
};

interface AltNameError extends Error {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function otherNames({ host, cert, message }: AltNameError): string {
  const names = cert?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, "");
  return names === undefined ? message : `its certificate is for ${names}, and not for ${host}`;
}

/** A peer that the gateway does not let in; it has heard nothing of the request. */
const clientCertificate: { readonly [code: string]: string } = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the gateway asks for a client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the gateway does not trust the client certificate",
};

/** Where there is no connection, nothing was sent. */
const notConnected: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);

const cut = "the connection was cut before the answer";
const wordings: { readonly [code: string]: string } = {
  CERTIFICATE_NOT_TAKEN: "the connection was cut, as a gateway does that does not trust the client certificate",
  HPE_INVALID_CONSTANT: "it does not speak HTTP; try another port, or https",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS; try http",
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: cut,
  UND_ERR_SOCKET: cut,
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "no way leads to the host",
  ENETUNREACH: "no way leads to the network",
};
