// How requests of Node.js reach one gateway: its endpoint, the token, and what its certificate has to be.

import { FlowFusionError } from "@flowfusion/graph";
import type { TlsTrust } from "./secure-fetch.ts";
import type { Fetch, Transport } from "./transport.ts";

export interface TransportOptions {
  readonly endpoint: string;
  readonly token?: string | undefined;
  readonly tls?: TlsTrust | undefined;
}

/**
 * Throws FF_GATEWAY_ENDPOINT, FF_GATEWAY_TRUST or FF_API_UNAUTHORIZED for what cannot be right, so that it is not reported as a
 * gateway that is down.
 */
export function createTransport({ endpoint: given, token, tls }: TransportOptions): Transport {
  const endpoint = parseEndpoint(given);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${parseToken(token)}` };
  const credentials: Transport["credentials"] = () => authorization;
  if (tls === undefined || Object.values(tls).every((field) => field === undefined)) {
    return { endpoint, credentials, fetch: (url, init) => fetch(url, init) };
  }
  if (!endpoint.startsWith("https:")) {
    throw invalid(`${endpoint} is not https, so what was given to trust its certificate would be of no use`);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw unusable("for a client certificate both the certificate and its key are needed; one is given");
  }
  const trust = tls.fingerprint === undefined ? tls : { ...tls, fingerprint: bareFingerprint(tls.fingerprint) };
  let secured: Promise<Fetch> | undefined;
  return {
    endpoint,
    credentials,
    fetch: async (url, init) => {
      secured ??= import("./secure-fetch.ts").then(({ secureFetch }) => secureFetch(trust));
      return (await secured)(url, init);
    },
  };
}

function parseEndpoint(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(`${JSON.stringify(endpoint)} is not an http or https URL`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid(
      `the endpoint ${url.origin} must be an origin and path alone, without user, query or fragment; give the token apart`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Blanks around it come from files and clipboards. What a header cannot carry must be told without telling the token. */
function parseToken(token: string): string {
  const bare = token.trim();
  if (/^[\x21-\x7e]+$/.test(bare)) return bare;
  throw new FlowFusionError(
    "FF_API_UNAUTHORIZED",
    "the token holds a blank, a line break or another character that no token has; give it alone, as the gateway printed it",
  );
}

/** Without what openssl prints in front of it. */
function bareFingerprint(text: string): string {
  const bare = text.trim().replace(/^sha-?256 fingerprint=/i, "");
  if (/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(bare)) return bare;
  throw unusable("the fingerprint is not 64 hexadecimal digits, as the sha256 of a certificate has");
}

const unusable = (message: string) => new FlowFusionError("FF_GATEWAY_TRUST", message);

function invalid(message: string): FlowFusionError {
  return new FlowFusionError("FF_GATEWAY_ENDPOINT", message);
}
