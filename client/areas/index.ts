// What the areas of the API offer, in one object: what the clients of Node.js and of the browser have in common.

import type { Calls } from "../calls.ts";
import { accessCalls } from "./access.ts";
import { artefactsCalls } from "./artefacts.ts";
import { authoringCalls } from "./authoring.ts";
import { connectionsCalls } from "./connections.ts";
import { deadLettersCalls } from "./dead-letters.ts";
import { deploymentsCalls } from "./deployments.ts";
import { developmentCalls } from "./development.ts";
import { driversCalls } from "./drivers.ts";
import { flowsCalls } from "./flows.ts";
import { gatewayCalls } from "./gateway.ts";
import { liveCalls } from "./live.ts";
import { sessionCalls } from "./session.ts";

export const areas = (calls: Calls) => ({
  endpoint: calls.endpoint,
  ...gatewayCalls(calls),
  ...artefactsCalls(calls),
  ...authoringCalls(calls),
  ...liveCalls(calls),
  ...flowsCalls(calls),
  ...deploymentsCalls(calls),
  ...deadLettersCalls(calls),
  ...developmentCalls(calls),
  ...connectionsCalls(calls),
  ...driversCalls(calls),
  ...accessCalls(calls),
  ...sessionCalls(calls),
});
