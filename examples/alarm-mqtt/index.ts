import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { bench, plant } from "./flow.ts";

const config = new pulumi.Config();
const options = {
  high: config.getNumber("high") ?? 90,
  broker: config.get("broker") ?? "mqtt://127.0.0.1:1883",
};

const flow = new ff.Flow("alarms", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },
  ...(config.getBoolean("bench") ? bench(options) : plant(options)),
});

export const digest = flow.digest;
