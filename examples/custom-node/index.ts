// A tank whose level sensor has spikes: a node of our own keeps them from the alarms.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { tank } from "./flow.ts";

const config = new pulumi.Config();

const flow = new ff.Flow("tank", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },
  ...tank(config.getNumber("limit") ?? 80),
});

export const digest = flow.digest;
