// An address that drivers push to, with what becomes of messages that a flow has no room for:
//
//   tcp://HOST:PORT or ipc://PATH                     block: reading stops until there is room, so that drivers wait
//   tcp://HOST:PORT?overload=drop or ipc://PATH?…     drop: they are dropped for that flow and counted

import { parseAddress, TransportError } from "@flowfusion/transport";
import type { OverloadPolicy } from "./types.ts";

export interface InputAddress {
  /** As the transport takes it. */
  readonly address: string;
  readonly overload: OverloadPolicy;
}

/** Throws a TransportError (`FF_TRANSPORT_ADDRESS`) that says which part is wrong. */
export function parseInput(text: string): InputAddress {
  const [address = "", query] = text.split(/\?(.*)/s, 2);
  parseAddress(address);
  return { address, overload: query === undefined ? "block" : parsePolicy(text, query) };
}

function parsePolicy(text: string, query: string): OverloadPolicy {
  if (query === "overload=block") return "block";
  if (query === "overload=drop") return "drop";
  throw new TransportError(
    "FF_TRANSPORT_ADDRESS",
    text,
    `address ${JSON.stringify(text)}: ${JSON.stringify(query)} behind the "?", overload=block or overload=drop expected`,
  );
}
