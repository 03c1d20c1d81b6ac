// Where sinks send to, and with which credentials.

import type { CallOptions, Calls } from "../calls.ts";
import type { ConnectionChanged, ConnectionInfo, ConnectionRequest } from "../connection-types.ts";
import { connectionPath, type ExpectedGeneration, jsonHeaders, precondition, queryString } from "../requests.ts";
import type { Page, PageQuery } from "../types.ts";

export function connectionsCalls(calls: Calls) {
  return {
    /** All of them; there are never many. */
    async listConnections(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<ConnectionInfo>> {
      return calls.json({ method: "GET", path: `/v1/connections${queryString(query)}` }, call, true);
    },

    /** The connection, or undefined when the gateway itself says that it has none of this name. */
    async getConnection(name: string, call: CallOptions = {}): Promise<ConnectionInfo | undefined> {
      return calls.found<ConnectionInfo>({ method: "GET", path: connectionPath(name) }, call);
    },

    /** Makes or changes a connection; the flows that name it go on with the change. */
    async putConnection(
      name: string,
      request: ConnectionRequest & { readonly expected: ExpectedGeneration },
      call: CallOptions = {},
    ): Promise<ConnectionChanged> {
      const { expected, ...body } = request;
      const headers = { ...jsonHeaders, ...precondition(expected) };
      return calls.json(
        { method: "PUT", path: connectionPath(name), headers, body: JSON.stringify(body) },
        call,
        false,
      );
    },

    async deleteConnection(
      name: string,
      request: { readonly expected: number },
      call: CallOptions = {},
    ): Promise<void> {
      await calls.delete(connectionPath(name), call, precondition(request.expected));
    },
  };
}
