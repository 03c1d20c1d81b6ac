import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";
import { line } from "./flow.ts";

const config = new pulumi.Config();

const flow = new ff.Flow("line4", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },
  ...line(config.getNumber("band") ?? 0.5, config.get("history") ?? "tcp://127.0.0.1:5599"),
});

export const digest = flow.digest;
