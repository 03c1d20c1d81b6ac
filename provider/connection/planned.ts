// The connections that this run of the program makes or changes. A preview changes nothing on the gateway, which therefore
// knows them not yet, or as they were.

import { knownText, readAccess } from "../access.ts";
import { unwrap, type WireObject } from "../wire/values.ts";

export class PlannedConnections {
  readonly #kinds = new Map<string, string>();

  /** Takes note of a connection's inputs, as far as they are known. */
  add(inputs: WireObject): void {
    const { endpoint } = readAccess(inputs.gateway);
    const [name, kind] = [knownText(unwrap(inputs.name)), knownText(unwrap(inputs.kind))];
    if (endpoint !== undefined && name !== undefined && kind !== undefined)
      this.#kinds.set(keyOf(endpoint, name), kind);
  }

  /** Whether the gateway will have a connection of this name and kind after the up. */
  has(endpoint: string, name: string, kind: string): boolean {
    return this.#kinds.get(keyOf(endpoint, name)) === kind;
  }
}

const keyOf = (endpoint: string, name: string): string => `${endpoint.replace(/\/+$/, "")} ${name}`;
