// fetch for a gateway whose certificate no public authority signed: trust in a CA of one's own or in one certificate by its
// fingerprint, and a certificate to show. The fetch of Node.js has no way to say so. A pinned fingerprint is compared before a
// byte of the request is sent, as that has the token in it. For Node.js only; loaded when it is asked for.

import { Agent, request } from "node:https";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { Fetch, FetchInit } from "./transport.ts";

/** What a client trusts, and shows of itself. All in PEM but the fingerprint. */
export interface TlsTrust {
  /** Certificates of the authorities to trust in place of the public ones. */
  readonly ca?: string;
  /** sha256 of the gateway's certificate, 64 hexadecimal digits, colons allowed: trusted whoever signed it. */
  readonly fingerprint?: string;
  /** Shown to a gateway that asks for client certificates. */
  readonly cert?: string;
  readonly key?: string;
}

/** The certificate is another than the one that was pinned. */
export class FingerprintError extends Error {
  readonly code = "FINGERPRINT_MISMATCH";
}

export function secureFetch(trust: TlsTrust): Fetch {
  const agent = new PinningAgent(trust);
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { method, headers, body, signal } = init;
      const fail = (error: Error) => reject(signal.aborted ? signal.reason : error);
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
  readonly #trust: TlsTrust;

  constructor(trust: TlsTrust) {
    super({ keepAlive: true });
    this.#trust = trust;
  }

  override createConnection(
    options: ConnectionOptions,
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { ca, cert, key, fingerprint } = this.#trust;
    const socket = connect({
      ...options,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      rejectUnauthorized: fingerprint === undefined || ca !== undefined,
      minVersion: "TLSv1.2",
    });
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
