// Addresses as nng spells them: tcp://HOST:PORT and ipc://PATH.

import { TransportError } from "./errors.ts";

export type Address =
  | { readonly scheme: "tcp"; readonly host: string; readonly port: number }
  | { readonly scheme: "ipc"; readonly path: string };

export type Scheme = Address["scheme"];

/** What sockaddr_un holds on Linux, less its final zero. */
const ipcPathBytesMax = 107;
const portMax = 65535;

/** Throws a TransportError (`FF_TRANSPORT_ADDRESS`) that says which part is wrong. */
export function parseAddress(text: string): Address {
  if (text.startsWith("tcp://")) return parseTcp(text);
  if (text.startsWith("ipc://")) return parseIpc(text);
  throw invalid(text, "expected tcp://HOST:PORT or ipc://PATH");
}

export function formatAddress(address: Address): string {
  if (address.scheme === "ipc") return `ipc://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}

function parseTcp(text: string): Address {
  const parts = /^tcp:\/\/(?:\[([^\]/]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text);
  if (parts === null) throw invalid(text, "expected tcp://HOST:PORT, an IPv6 host in [brackets]");
  const port = Number(parts[3]);
  if (port > portMax) throw invalid(text, `port ${port}, at most ${portMax} allowed`);
  const host = parts[1] ?? parts[2] ?? "";
  return { scheme: "tcp", host: host === "*" ? "0.0.0.0" : host, port };
}

function parseIpc(text: string): Address {
  const path = text.slice("ipc://".length);
  const bytes = Buffer.byteLength(path);
  if (bytes === 0) throw invalid(text, "the path is empty, expected ipc://PATH");
  if (path.includes("\0")) throw invalid(text, "the path contains a zero byte");
  if (bytes > ipcPathBytesMax) throw invalid(text, `path of ${bytes} bytes, ${ipcPathBytesMax} allowed`);
  return { scheme: "ipc", path };
}

function invalid(text: string, why: string): TransportError {
  return new TransportError("FF_TRANSPORT_ADDRESS", text, `address ${JSON.stringify(text)}: ${why}`);
}
