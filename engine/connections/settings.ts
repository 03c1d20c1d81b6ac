// What a connection consists of, and whether it holds together.

import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Diagnostic, ErrorCode } from "@flowfusion/graph";
import { endpointOf, type OutboundGuard } from "../security/outbound.ts";
import type { Endpoint, TlsOptions } from "../sinks/endpoint.ts";

type ConnectionKind = "mqtt" | "http" | "nats";

/** What may be shown. */
export interface ConnectionSettings {
  readonly kind: ConnectionKind;
  readonly url: string;
  readonly username?: string;
  readonly tls?: Omit<TlsOptions, "key">;
}

/** Write-only. */
export interface ConnectionSecrets {
  readonly password?: string;
  readonly token?: string;
  /** Key of the client certificate, PEM. */
  readonly key?: string;
  /** More headers of http requests. */
  readonly headers?: Readonly<Record<string, string>>;
}

const protocols: Readonly<Record<ConnectionKind, readonly string[]>> = {
  mqtt: ["mqtt:", "mqtts:"],
  http: ["http:", "https:"],
  nats: ["nats:", "tls:"],
};
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that the sink makes itself. */
const ownHeaders = new Set([
  "content-type",
  "content-length",
  "host",
  "idempotency-key",
  "transfer-encoding",
  "connection",
]);
/** Visible characters of Latin-1 and spaces: what a header may hold. */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

export function endpointWith({ kind: _, tls, ...settings }: ConnectionSettings, secrets: ConnectionSecrets): Endpoint {
  const { key, ...others } = secrets;
  return {
    ...settings,
    ...others,
    ...((tls || key !== undefined) && { tls: { ...tls, ...(key !== undefined && { key }) } }),
  };
}

/** All that is wrong with it. Names no secret's content. */
export function problemsOf(
  settings: ConnectionSettings,
  secrets: ConnectionSecrets,
  outbound: OutboundGuard | undefined,
): readonly Diagnostic[] {
  return [
    ...urlProblems(settings, outbound),
    ...loginProblems(settings, secrets),
    ...tlsProblems(settings, secrets),
    ...headerProblems(settings, secrets),
  ];
}

const problem = (path: string, message: string, code: ErrorCode = "FF_CONNECTION_INVALID"): Diagnostic => ({
  code,
  path,
  message,
});

function urlProblems({ kind, url }: ConnectionSettings, outbound: OutboundGuard | undefined): Diagnostic[] {
  const parsed = URL.parse(url);
  const allowed = protocols[kind];
  if (parsed === null || !allowed.includes(parsed.protocol) || parsed.hostname === "") {
    return [problem("body.url", `${allowed.map((protocol) => `${protocol}//HOST:PORT`).join(" or ")} expected`)];
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return [problem("body.url", "it holds a user or password; give username, and the password among the secrets")];
  }
  try {
    const { host, port } = endpointOf(url, kind === "mqtt" ? 1883 : 4222);
    outbound?.check(host, port);
    return [];
  } catch (error) {
    return [problem("body.url", (error as Error).message, "FF_OUTBOUND_REFUSED")];
  }
}

function loginProblems({ kind, username }: ConnectionSettings, { password, token }: ConnectionSecrets): Diagnostic[] {
  const problems: Diagnostic[] = [];
  if (password !== undefined && username === undefined)
    problems.push(problem("body.username", "missing beside a password"));
  if (token !== undefined && kind === "mqtt")
    problems.push(problem("body.secrets.token", "mqtt knows none; give a password"));
  if (token !== undefined && username !== undefined) {
    problems.push(problem("body.secrets.token", "has no place beside a username"));
  }
  return problems;
}

function tlsProblems({ url, tls }: ConnectionSettings, { key }: ConnectionSecrets): Diagnostic[] {
  if (tls === undefined && key === undefined) return [];
  if (!/^(mqtts|https|tls):/.test(url)) return [problem("body.tls", "has no place beside a URL without TLS")];
  if ((tls?.cert === undefined) !== (key === undefined)) {
    return [
      problem(key === undefined ? "body.secrets.key" : "body.tls.cert", "a certificate and its key belong together"),
    ];
  }
  if (tls?.ca !== undefined && !areCertificates(tls.ca)) return [problem("body.tls.ca", "not usable as PEM")];
  try {
    createSecureContext({ ca: tls?.ca, cert: tls?.cert, key });
    return [];
  } catch (error) {
    // OpenSSL's reason, such as "key values mismatch" or "no start line"; it quotes nothing of what it read.
    return [problem("body.tls", `not usable as PEM: ${(error as { reason?: string }).reason ?? "malformed"}`)];
  }
}

/** OpenSSL passes over what is no certificate. */
function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}

function headerProblems({ kind }: ConnectionSettings, { headers }: ConnectionSecrets): Diagnostic[] {
  if (headers === undefined) return [];
  if (kind !== "http") return [problem("body.secrets.headers", `${kind} knows none`)];
  return Object.entries(headers).flatMap(([name, value]) => {
    const path = `body.secrets.headers.${name}`;
    if (!headerName.test(name)) return [problem(path, "is no name of a header")];
    if (ownHeaders.has(name.toLowerCase())) return [problem(path, "is made by the sink")];
    return headerText.test(value) ? [] : [problem(path, "holds characters that a header cannot carry")];
  });
}
