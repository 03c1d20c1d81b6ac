// The typed client of a gateway's control API under Node.js, used by the provider and the command line: a token with each
// request.

import { areas } from "./areas/index.ts";
import { type CallDefaults, Calls } from "./calls.ts";
import type { TlsTrust } from "./secure-fetch.ts";
import { createTransport } from "./token-transport.ts";

export interface GatewayClientOptions extends CallDefaults {
  /** For example `http://127.0.0.1:7480`. */
  readonly endpoint: string;
  readonly token?: string;
  /** For an https endpoint whose certificate no public authority signed, and for client certificates. */
  readonly tls?: TlsTrust;
}

export type GatewayClient = Readonly<ReturnType<typeof areas>>;

export const GatewayClient = class {
  constructor(options: GatewayClientOptions) {
    Object.assign(this, areas(new Calls(createTransport(options), options)));
  }
} as new (
  options: GatewayClientOptions,
) => GatewayClient;
