// What became of deploys.

import type { CallOptions, Calls } from "../calls.ts";
import { queryString } from "../requests.ts";
import type { Deployment, DeploymentEvent, Page, PageQuery } from "../types.ts";

export function deploymentsCalls(calls: Calls) {
  return {
    /** The last deploys, newest first. */
    async deployments(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<Deployment>> {
      return calls.json({ method: "GET", path: `/v1/deployments${queryString(query)}` }, call, true);
    },

    async deployment(id: string, call: CallOptions = {}): Promise<Deployment> {
      return calls.json({ method: "GET", path: `/v1/deployments/${encodeURIComponent(id)}` }, call, true);
    },

    /** What happens to a deploy, from its beginning to its end, as it happens. */
    followDeployment(id: string, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<DeploymentEvent> {
      return calls.events(`/v1/deployments/${encodeURIComponent(id)}/events`, call);
    },
  };
}
