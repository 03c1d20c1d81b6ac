// Where a sink sends to, and how it shows who it is. A node gives a plain URL, without credentials, or names a connection
// of the gateway, which has what the graph must not hold.

import { isIP, type LookupFunction } from "node:net";
import type { CanonicalNode } from "@flowfusion/graph";
import { endpointOf as hostAndPortOf, type OutboundGuard } from "../security/outbound.ts";

/** A connection as the data plane gets it, opened. */
export interface Endpoint {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** For http: sent as bearer token. For nats: the token. */
  readonly token?: string;
  /** For http: more headers, such as an API key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsOptions;
}

/** PEM texts; without them the public authorities are trusted. */
export interface TlsOptions {
  /** Certificate authorities to trust in place of the public ones. */
  readonly ca?: string;
  /** The client's certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, where that is not the URL's host. */
  readonly serverName?: string;
}

export type Endpoints = Readonly<Record<string, Endpoint>>;

/** An endpoint that may be connected to. */
export interface CheckedEndpoint extends Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isEncrypted: boolean;
  /** The addresses of a host, each allowed. */
  readonly lookup?: LookupFunction;
}

const encryptedProtocols = new Set(["mqtts:", "https:", "tls:"]);
const defaultPorts: Readonly<Record<string, number>> = {
  "mqtt:": 1883,
  "mqtts:": 8883,
  "http:": 80,
  "https:": 443,
  "nats:": 4222,
  "tls:": 4222,
};

/** The endpoint of a sink node. `property` holds its plain URL. Throws when there is none that may be used. */
export function endpointOf(
  props: CanonicalNode["props"],
  property: string,
  endpoints: Endpoints,
  outbound?: OutboundGuard,
): CheckedEndpoint {
  const { connection } = props;
  if (typeof connection !== "string") return checked({ url: plainUrl(property, String(props[property])) }, outbound);
  const endpoint = endpoints[connection];
  if (endpoint === undefined) throw new Error(`connection ${JSON.stringify(connection)} is not on this gateway`);
  return checked(endpoint, outbound);
}

function plainUrl(property: string, text: string): string {
  const url = URL.parse(text);
  if (!url) throw new Error(`${property} ${JSON.stringify(text)} is not a URL; write PROTOCOL://HOST:PORT`);
  if (url.username !== "" || url.password !== "") {
    throw new Error(`${property} holds a user or password; put them into a connection of the gateway and name that`);
  }
  return text;
}

function checked(endpoint: Endpoint, outbound: OutboundGuard | undefined): CheckedEndpoint {
  const { protocol } = new URL(endpoint.url);
  const { host, port } = hostAndPortOf(endpoint.url, defaultPorts[protocol]);
  outbound?.check(host, port);
  return {
    ...endpoint,
    host,
    port,
    isEncrypted: encryptedProtocols.has(protocol),
    ...(outbound && { lookup: outbound.lookup(port) }),
  };
}

/** The options of `tls.connect` for a server of that name. */
export function tlsOptionsOf(host: string, tls: TlsOptions | undefined) {
  const { ca, cert, key, serverName = isIP(host) === 0 ? host : undefined } = tls ?? {};
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
