// Where the control API may listen: anywhere with TLS, without it on loopback only. A token that crosses a network in
// clear is no protection, so this is refused, not warned of. Tokens there are always: without one no API starts.

import { lookup } from "node:dns/promises";
import { BlockList } from "node:net";
import { FlowFusionError } from "@flowfusion/graph";
import type { App } from "./app.ts";

export interface HttpAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Throws FF_GATEWAY_LISTEN where the API may not listen. */
export async function demandAllowed({ host }: HttpAddress, hasTls: boolean): Promise<void> {
  const addresses = await addressesOf(host);
  if (!hasTls) demandLoopback(host, addresses);
}

/** Listens and returns the URL. */
export async function listen(app: App, { host, port }: HttpAddress, hasTls: boolean): Promise<string> {
  await demandAllowed({ host, port }, hasTls);
  try {
    await app.listen({ host, port });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowFusionError("FF_GATEWAY_LISTEN", `cannot listen on ${host} port ${port}: ${why}`, { cause: error });
  }
  const bound = app.server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  return `${hasTls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${boundPort}`;
}

type Addresses = readonly { readonly address: string; readonly family: number }[];

async function addressesOf(host: string): Promise<Addresses> {
  try {
    return await lookup(host, { all: true });
  } catch (error) {
    throw new FlowFusionError("FF_GATEWAY_LISTEN", `the host ${host} is not known; use 127.0.0.1`, { cause: error });
  }
}

function demandLoopback(host: string, addresses: Addresses): void {
  const beyond = addresses.filter(({ address, family }) => !loopback.check(address, family === 6 ? "ipv6" : "ipv4"));
  if (addresses.length === 0 || beyond.length > 0) {
    const named = beyond.map(({ address }) => address).join(", ");
    throw new FlowFusionError(
      "FF_GATEWAY_LISTEN",
      `${host} (${named}) is not loopback, and without TLS the token would cross the network in clear; ` +
        `give a certificate and its key, or use 127.0.0.1`,
    );
  }
}
