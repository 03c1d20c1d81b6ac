// Changes of connections over the API: one at a time for each name, checked against the generation that the author saw,
// and followed by the flows that send with it.

import { FlowFusionError } from "@flowfusion/graph";
import type { FastifyBaseLogger } from "fastify";
import { type Connections, secretNamesOf, settingsOf } from "../connections/connections.ts";
import type { ConnectionRow } from "../store/connection-table.ts";
import type { ConnectionBody, ConnectionChanged, ConnectionInfo, ConnectionPage } from "./connection-schemas.ts";
import { Declared } from "./declared.ts";
import type { Precondition } from "./etag.ts";
import type { FlowManager } from "./flow-manager.ts";

export class ConnectionManager {
  readonly #connections: Connections;
  readonly #flows: FlowManager;
  readonly #log: FastifyBaseLogger;
  readonly #declared: Declared<ConnectionRow>;

  constructor(connections: Connections, flows: FlowManager, log: FastifyBaseLogger) {
    this.#connections = connections;
    this.#declared = new Declared("connection", connections);
    this.#flows = flows;
    this.#log = log;
  }

  get(name: string): ConnectionInfo {
    return describe(this.#declared.get(name));
  }

  /** As `get`; undefined when there is none. */
  find(name: string): ConnectionInfo | undefined {
    const row = this.#declared.find(name);
    return row && describe(row);
  }

  list(after: string, limit: number): ConnectionPage {
    return this.#declared.page(after, limit, describe);
  }

  async put(name: string, precondition: Precondition, body: ConnectionBody, by: string): Promise<ConnectionChanged> {
    return this.#declared.put(name, precondition, async (before) => {
      const { secrets, ...settings } = body;
      const row = this.#connections.put({ name, settings, ...(secrets && { secrets }) }, before, by);
      this.#log.info({ connection: name, generation: row.generation, by }, "connection changed");
      return { ...describe(row), ...(await this.#reconnect(name)) };
    });
  }

  async remove(name: string, precondition: Precondition, by: string): Promise<void> {
    return this.#declared.change(name, precondition, async (before) => {
      this.#connections.remove(before, this.#flows.keptReady, by);
      this.#log.info({ connection: name, generation: before.generation, by }, "connection deleted");
    });
  }

  async #reconnect(name: string): Promise<Pick<ConnectionChanged, "reconnected" | "failed">> {
    const reconnected: ConnectionChanged["reconnected"][number][] = [];
    const failed: ConnectionChanged["failed"][number][] = [];
    const keptReady = this.#flows.keptReady.filter((row) => this.#connections.isNamedBy(row, name));
    const flows = new Set([...this.#connections.usersOf(name), ...keptReady.map(({ flow }) => flow)]);
    for (const flow of flows) {
      try {
        if (await this.#flows.reconnect(flow, name)) reconnected.push(flow);
      } catch (error) {
        // Its next start runs them with what is recorded.
        if (this.#flows.isEndOfGateway(error)) break;
        this.#log.error({ err: error, flow, connection: name }, "flow does not take the changed connection");
        failed.push({
          flow,
          reason: error instanceof FlowFusionError ? `${error.code}: ${error.message}` : String(error),
        });
      }
    }
    return { reconnected, failed };
  }
}

function describe(row: ConnectionRow): ConnectionInfo {
  const { name, generation, at, by } = row;
  return { name, generation, ...settingsOf(row), secrets: secretNamesOf(row), changedAt: at, changedBy: by };
}
