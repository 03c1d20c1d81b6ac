// The typed client of a gateway's control API, used by the provider, the command line and the console: what the areas of
// the API offer, in one object.

import { accessCalls } from "./areas/access.ts";
import { artefactsCalls } from "./areas/artefacts.ts";
import { connectionsCalls } from "./areas/connections.ts";
import { deadLettersCalls } from "./areas/dead-letters.ts";
import { deploymentsCalls } from "./areas/deployments.ts";
import { developmentCalls } from "./areas/development.ts";
import { driversCalls } from "./areas/drivers.ts";
import { flowsCalls } from "./areas/flows.ts";
import { gatewayCalls } from "./areas/gateway.ts";
import { Calls, type GatewayClientOptions } from "./calls.ts";

const areas = (calls: Calls) => ({
  endpoint: calls.endpoint,
  ...gatewayCalls(calls),
  ...artefactsCalls(calls),
  ...flowsCalls(calls),
  ...deploymentsCalls(calls),
  ...deadLettersCalls(calls),
  ...developmentCalls(calls),
  ...connectionsCalls(calls),
  ...driversCalls(calls),
  ...accessCalls(calls),
});

export type GatewayClient = Readonly<ReturnType<typeof areas>>;

export const GatewayClient = class {
  constructor(options: GatewayClientOptions) {
    Object.assign(this, areas(new Calls(options)));
  }
} as new (
  options: GatewayClientOptions,
) => GatewayClient;
