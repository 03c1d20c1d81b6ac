import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { bench, plant } from "./flow.ts";

const config = new pulumi.Config();
const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };
const high = config.getNumber("high") ?? 90;

/** Where alarms go to, with what the gateway logs in with; a test bench tells nobody. */
function broker(): ff.Connection {
  const [username, password] = [config.get("username"), config.getSecret("password")];
  return new ff.Connection("broker", {
    gateway,
    kind: "mqtt",
    url: config.get("broker") ?? "mqtt://127.0.0.1:1883",
    ...(username !== undefined && { username }),
    ...(password !== undefined && { secrets: { password } }),
  });
}

const flow = new ff.Flow("alarms", {
  gateway,
  ...(config.getBoolean("bench") ? bench({ high }) : plant({ high, connection: broker().name })),
});

export const digest = flow.digest;
