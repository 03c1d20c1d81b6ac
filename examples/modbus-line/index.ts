import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { oven } from "./device.ts";
import { line } from "./flow.ts";

const config = new pulumi.Config();
const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };

const driver = new ff.Driver("line4", {
  gateway,
  kind: "modbus",
  config: oven(config.require("device"), config.getNumber("port") ?? 502),
});

const flow = new ff.Flow(
  "line4",
  { gateway, ...line(config.getNumber("band") ?? 0.5, config.get("history") ?? "tcp://127.0.0.1:5599") },
  // So that a destroy ends the flow when nothing feeds it any more, and an up starts it when it is fed.
  { dependsOn: [driver] },
);

export const digest = flow.digest;
