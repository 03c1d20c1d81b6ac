// The gateway's connections: an endpoint with credentials under a name, so that a flow names it and holds no secret.
// Secrets are sealed in the store, opened only for the data plane, and never shown.

import { type CanonicalGraph, type Diagnostic, FlowFusionError, type FlowName } from "@flowfusion/graph";
import type { OutboundGuard } from "../security/outbound.ts";
import { type KeyRing, openSecret, sealSecret } from "../security/secrets.ts";
import type { Endpoints } from "../sinks/endpoint.ts";
import type { ConnectionRow } from "../store/connection-table.ts";
import type { CurrentRow } from "../store/flow-table.ts";
import type { Store } from "../store/store.ts";
import { type ConnectionSecrets, type ConnectionSettings, endpointWith, problemsOf } from "./settings.ts";

const flowsAtOnce = 100;

export interface ConnectionChange {
  readonly name: string;
  readonly settings: ConnectionSettings;
  /** Absent: those of before stay. */
  readonly secrets?: ConnectionSecrets;
}

/** Secrets by name, each sealed. Headers are one, as JSON. */
type Sealed = Readonly<Partial<Record<keyof ConnectionSecrets, string>>>;

export class Connections {
  readonly #store: Store;
  readonly #keys: KeyRing;
  readonly #outbound: OutboundGuard | undefined;

  constructor(store: Store, keys: KeyRing, outbound: OutboundGuard | undefined) {
    this.#store = store;
    this.#keys = keys;
    this.#outbound = outbound;
  }

  get(name: string): ConnectionRow | undefined {
    return this.#store.connections.get(name);
  }

  list(after: string, limit: number): readonly ConnectionRow[] {
    return this.#store.connections.list(after, limit);
  }

  /** Checks and records it. Throws FF_CONNECTION_*, and then nothing has changed. */
  put({ name, settings, secrets }: ConnectionChange, before: ConnectionRow | undefined, by: string): ConnectionRow {
    const clear = secrets ?? this.#keptSecrets(name, settings, before);
    const problems = problemsOf(settings, clear, this.#outbound);
    if (problems.length > 0) {
      const summary = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
      throw new FlowFusionError("FF_CONNECTION_INVALID", `connection ${name}: ${summary}`, { diagnostics: problems });
    }
    const texts = { settings: JSON.stringify(settings), secrets: JSON.stringify(this.#seal(name, clear)) };
    this.#store.connections.put({ name, at: new Date().toISOString(), by, ...texts }, before?.generation);
    return this.get(name)!;
  }

  /** Throws FF_CONNECTION_IN_USE while a flow names it, in its current version or in one of those `keptReady`. */
  remove(before: ConnectionRow, keptReady: readonly CurrentRow[], by: string): void {
    const users = this.usersOf(before.name).map(String);
    for (const row of keptReady) {
      const { flow, generation } = row;
      if (!users.includes(flow) && this.isNamedBy(row, before.name))
        users.push(`${flow} (its generation ${generation}, kept ready until the trial of the one after it is over)`);
    }
    if (users.length > 0) {
      const shown = users.slice(0, 10).join(", ");
      throw new FlowFusionError(
        "FF_CONNECTION_IN_USE",
        `connection ${before.name}: ${users.length === 1 ? "1 flow sends" : `${users.length} flows send`} with it: ${shown}${users.length > 10 ? ", …" : ""}`,
      );
    }
    this.#store.connections.remove(before.name, before.generation, new Date().toISOString(), by);
  }

  /** The flows whose current version names it. */
  usersOf(name: string): readonly FlowName[] {
    const users: FlowName[] = [];
    let after = "";
    for (;;) {
      const rows = this.#store.flows.list(after, flowsAtOnce);
      for (const row of rows) if (this.isNamedBy(row, name)) users.push(row.flow);
      if (rows.length < flowsAtOnce) return users;
      after = rows.at(-1)!.flow;
    }
  }

  isNamedBy({ artefact }: CurrentRow, name: string): boolean {
    const graph = this.#store.artefact(artefact)?.graph;
    return graph !== undefined && this.#namedIn(graph, name).some(({ connection }) => connection === name);
  }

  /** What the sinks of a stored graph send with. Throws FF_DEPLOY_CONNECTION when one is missing or of another kind. */
  endpointsOf(graph: Uint8Array): Endpoints {
    const endpoints: Record<string, Endpoints[string]> = {};
    const diagnostics: Diagnostic[] = [];
    for (const { connection, kind, path } of this.#namedIn(graph, connectionProperty)) {
      const row = this.get(connection);
      const settings = row && settingsOf(row);
      if (row && settings && settings.kind === kind) {
        endpoints[connection] = endpointWith(settings, this.#open(row));
      } else {
        const message = settings
          ? `connection ${connection} is of kind ${settings.kind}, ${kind} needed`
          : `no connection ${connection} on this gateway`;
        diagnostics.push({ code: "FF_DEPLOY_CONNECTION", path, message });
      }
    }
    if (diagnostics.length > 0) {
      const summary = diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
      throw new FlowFusionError("FF_DEPLOY_CONNECTION", summary, { diagnostics });
    }
    return endpoints;
  }

  /** A graph names no connection when its bytes do not hold this text; decoding it takes a hundred times as long. */
  #namedIn(graph: Uint8Array, text: string): ReturnType<typeof namedIn> {
    const bytes = Buffer.from(graph.buffer, graph.byteOffset, graph.byteLength);
    return bytes.includes(text) ? namedIn(this.#store.graphs.read(graph)) : [];
  }

  /** Secrets stay only with the endpoint that they were given for: who may change a URL must not learn them that way. */
  #keptSecrets(name: string, settings: ConnectionSettings, before: ConnectionRow | undefined): ConnectionSecrets {
    if (!before || before.secrets === "{}") return {};
    const { kind, url, tls } = settingsOf(before);
    const isSamePlace =
      kind === settings.kind &&
      url === settings.url &&
      tls?.serverName === settings.tls?.serverName &&
      tls?.ca === settings.tls?.ca;
    if (!isSamePlace) {
      throw new FlowFusionError(
        "FF_CONNECTION_SECRETS",
        `connection ${name}: where it leads to changes, so its secrets do not stay; give all of them again, or {} for none`,
      );
    }
    return this.#open(before);
  }

  #seal(name: string, { headers, ...texts }: ConnectionSecrets): Sealed {
    const all = { ...texts, ...(headers && { headers: JSON.stringify(headers) }) };
    return Object.fromEntries(
      Object.entries(all).map(([field, clear]) => [field, sealSecret(this.#keys, ownerOf(name, field), clear)]),
    );
  }

  #open({ name, secrets }: ConnectionRow): ConnectionSecrets {
    const sealed = JSON.parse(secrets) as Sealed;
    const { headers, ...texts } = Object.fromEntries(
      Object.entries(sealed).map(([field, text]) => [field, openSecret(this.#keys, ownerOf(name, field), text)]),
    );
    return { ...texts, ...(headers !== undefined && { headers: JSON.parse(headers) as Record<string, string> }) };
  }
}

export const settingsOf = ({ settings }: ConnectionRow): ConnectionSettings =>
  JSON.parse(settings) as ConnectionSettings;

/** Names of the secrets that it has. */
export const secretNamesOf = ({ secrets }: ConnectionRow): readonly string[] =>
  Object.keys(JSON.parse(secrets) as Sealed).sort();

const ownerOf = (name: string, field: string): string => `connection/${name}/${field}`;

/** By which a sink names one. */
const connectionProperty = "connection";

/** The connections that the sinks of a graph name. */
function namedIn({ nodes }: CanonicalGraph) {
  return nodes.flatMap(({ id, delivers, props: { [connectionProperty]: connection } }) =>
    delivers && typeof connection === "string"
      ? [{ connection, kind: delivers.to, path: `nodes.${id}.props.${connectionProperty}` }]
      : [],
  );
}
