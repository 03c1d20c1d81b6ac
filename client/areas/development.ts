// Flows that run node by node, to be looked into.

import type { FlowName } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import { developmentPath, flowPath, jsonHeaders, queryString } from "../requests.ts";
import type { Development, Page, PageQuery, TraceStep } from "../types.ts";

export function developmentCalls(calls: Calls) {
  return {
    /** Whether the flow runs node by node. */
    async development(name: FlowName, call: CallOptions = {}): Promise<Development> {
      return calls.json({ method: "GET", path: developmentPath(name) }, call, true);
    },

    /** Runs the flow node by node, `forMs` long. Throws `FF_DEVELOPMENT_MODULES` when modules are to be uploaded first. */
    async startDevelopment(
      name: FlowName,
      request: { readonly forMs?: number } = {},
      call: CallOptions = {},
    ): Promise<Development> {
      const body = JSON.stringify(request);
      return calls.json({ method: "PUT", path: developmentPath(name), headers: jsonHeaders, body }, call, true);
    },

    async endDevelopment(name: FlowName, call: CallOptions = {}): Promise<Development> {
      return calls.json({ method: "DELETE", path: developmentPath(name) }, call, true);
    },

    /** What happened at each node in development mode, oldest first. */
    async trace(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<TraceStep>> {
      return calls.json({ method: "GET", path: `${flowPath(name)}/trace${queryString(query)}` }, call, true);
    },

    /** The steps behind the one of id `after`, as they happen. Goes on until `signal` ends it, or the flow is deleted. */
    followTrace(name: FlowName, after = 0, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<TraceStep> {
      return calls.events(`${flowPath(name)}/trace/events?after=${after}`, call);
    },
  };
}
