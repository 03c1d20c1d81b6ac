// What the gateway is, what it got last, and all that it remembers.

import type { RecorderStats } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import type { GatewayInfo, RecordingQuery } from "../types.ts";

export function gatewayCalls(calls: Calls) {
  return {
    async gateway(call: CallOptions = {}): Promise<GatewayInfo> {
      return calls.json({ method: "GET", path: "/v1/gateway" }, call, true);
    },

    async recorder(call: CallOptions = {}): Promise<RecorderStats> {
      return calls.json({ method: "GET", path: "/v1/recorder" }, call, true);
    },

    /** Tag updates that came in last, as a recording that `flowfusion simulate` reads. */
    async recording(query: RecordingQuery = {}, call: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
      const parameters = new URLSearchParams((query.tags ?? []).map((tag): [string, string] => ["tag", tag]));
      if (query.updates !== undefined) parameters.set("updates", String(query.updates));
      if (query.flow !== undefined) parameters.set("flow", query.flow);
      return calls.bytes({ method: "GET", path: `/v1/recorder/recording?${parameters}` }, call);
    },

    /** All that the gateway remembers, for `flowfusion gateway restore`; takes an admin. Check it with its checksum. */
    async backup(call: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
      return calls.bytes({ method: "GET", path: "/v1/backup" }, call);
    },
  };
}
