// fetch for a gateway whose certificate no public authority signed: trust in a CA of one's own or in one certificate by its
// fingerprint, and a certificate to show. The fetch of Node.js has no way to say so. A pinned fingerprint is compared before a
// byte of the request is sent, as that has the token in it. For Node.js only; loaded when it is asked for.

import { X509Certificate } from "node:crypto";
import { Agent, request } from "node:https";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { FlowFusionError } from "@flowfusion/graph";
import type { Fetch, FetchInit } from "./transport.ts";

/** What a client trusts, and shows of itself. All in PEM but the fingerprint. */
export interface TlsTrust {
  /** Certificates of the authorities to trust in place of the public ones. */
  readonly ca?: string;
  /** sha256 of the gateway's certificate, 64 hexadecimal digits, colons between two of them allowed: trusted whoever signed it. */
  readonly fingerprint?: string;
  /** Shown to a gateway that asks for client certificates. */
  readonly cert?: string;
  readonly key?: string;
}

/** The certificate is another than the one that was pinned. */
export class FingerprintError extends Error {
  readonly code = "FINGERPRINT_MISMATCH";
}

/** The connection ended before the first answer on it, and a certificate was shown. */
class CertificateNotTaken extends Error {
  readonly code = "CERTIFICATE_NOT_TAKEN";
}

/** Throws FF_GATEWAY_TRUST for certificates and keys that are none, or do not belong together. */
export function secureFetch(trust: TlsTrust): Fetch {
  const agent = new PinningAgent(trust);
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { method, headers, body, signal } = init;
      const fail = (error: NodeJS.ErrnoException) => {
        const isCut = error.code === "ECONNRESET" && trust.cert !== undefined && !outgoing.reusedSocket;
        reject(signal.aborted ? signal.reason : isCut ? new CertificateNotTaken() : error);
      };
      const outgoing = request(url, { agent, method, headers: { ...headers, ...lengthOf(body) }, signal });
      outgoing.on("error", fail);
      outgoing.on("response", (incoming) => {
        const status = incoming.statusCode ?? 0;
        const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
        if (!hasBody) incoming.resume();
        const stream = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null;
        resolve(new Response(stream, { status, headers: headersOf(incoming.rawHeaders) }));
      });
      outgoing.end(body);
    });
}

class PinningAgent extends Agent {
  readonly #context: SecureContext;
  readonly #fingerprint: string | undefined;
  readonly #hasAuthority: boolean;

  constructor(trust: TlsTrust) {
    super({ keepAlive: true });
    this.#context = contextOf(trust);
    this.#fingerprint = trust.fingerprint;
    this.#hasAuthority = trust.ca !== undefined;
  }

  override createConnection(
    options: ConnectionOptions,
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const fingerprint = this.#fingerprint;
    const rejectUnauthorized = fingerprint === undefined || this.#hasAuthority;
    const socket = connect({ ...options, secureContext: this.#context, rejectUnauthorized });
    const fail = (error: Error) => callback(error);
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      const found = fingerprint === undefined ? undefined : mismatch(socket, fingerprint);
      if (found === undefined) {
        callback(null, socket);
      } else {
        socket.destroy();
        callback(new FingerprintError(`its certificate has the fingerprint ${found}, ${fingerprint} is expected`));
      }
    });
  }
}

function contextOf({ ca, cert, key }: TlsTrust): SecureContext {
  if (ca !== undefined && !isCertificate(ca))
    throw unusable("what was given as the authority is no certificate in PEM");
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      minVersion: "TLSv1.2",
    });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw unusable(`the client certificate and its key: ${unusableFor[code] ?? message}`, error);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

const unusableFor: { readonly [code: string]: string } = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the key is that of another certificate",
  ERR_OSSL_PEM_NO_START_LINE: "one of them is not in PEM",
  ERR_MISSING_PASSPHRASE: "the key asks for a passphrase; give one without",
};

const unusable = (message: string, cause?: unknown) => new FlowFusionError("FF_GATEWAY_TRUST", message, { cause });

/** The fingerprint of the peer's certificate when it is another one. */
function mismatch(socket: TLSSocket, expected: string): string | undefined {
  const found = socket.getPeerCertificate().fingerprint256;
  return plain(found) === plain(expected) ? undefined : found;
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}

function lengthOf(body: FetchInit["body"]): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    headers.append(raw[at]!, raw[at + 1]!);
  }
  return headers;
}
