// What happens, as it happens. What is followed goes on until `signal` ends it.

import type { FlowName } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import type { LiveFlow, LiveUpdate } from "../live-types.ts";
import { flowPath } from "../requests.ts";

export function liveCalls(calls: Calls) {
  return {
    /** Rates of the gateway and of all flows, two updates a second. */
    followLive(call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<LiveUpdate> {
      return calls.events("/v1/live", call);
    },

    /** Rates of a flow's nodes and wires, and samples of what messages do on their way, four updates a second. */
    followFlow(name: FlowName, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<LiveFlow> {
      return calls.events(`${flowPath(name)}/live`, call);
    },
  };
}
