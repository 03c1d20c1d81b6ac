// Deploys of a gateway, from all its pages, newest first.

import type { Deployment, GatewayClient } from "@flowfusion/client";

/** The gateway keeps the last 200. */
export async function allDeployments(client: GatewayClient): Promise<readonly Deployment[]> {
  const deployments: Deployment[] = [];
  let after: string | undefined;
  do {
    const page = await client.deployments({ limit: 200, ...(after === undefined ? {} : { after }) });
    deployments.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return deployments;
}

/** As much of an id as tells it from others for people. */
export const shortId = (id: string): string => id.slice(0, 8);
