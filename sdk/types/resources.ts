// Compiled by types.test.ts, never run: each line that must not compile says so, and why.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const gateway = { endpoint: "http://127.0.0.1:7480", token: pulumi.secret("t") };
const password = pulumi.secret("p");
const url = "mqtts://broker:8883";

export const historian = new ff.Connection("historian", {
  ...{ gateway, kind: "mqtt", url, username: "press" },
  secrets: { password },
  tls: { ca: "pem" },
});
export const web = new ff.Connection("web", {
  ...{ gateway, kind: "http", url: "https://api" },
  secrets: { token: password, headers: { "x-key": password } },
});
const name: pulumi.Output<string> = historian.name;
export const sink = ff.mqtt({ connection: name, topic: "a" });

// @ts-expect-error a kind that no sink sends with
export const ftp = new ff.Connection("ftp", { gateway, kind: "ftp", url: "ftp://a" });
// @ts-expect-error no url
export const nowhere = new ff.Connection("nowhere", { gateway, kind: "nats" });
// @ts-expect-error no gateway
export const homeless = new ff.Connection("homeless", { kind: "mqtt", url });
// @ts-expect-error a password is among the secrets
export const told = new ff.Connection("told", { gateway, kind: "mqtt", url, password: "p" });
// @ts-expect-error MQTT has no headers
export const headers = new ff.Connection("headers", { gateway, kind: "mqtt", url, secrets: { headers: {} } });
// @ts-expect-error a misspelt property of tls
export const tls = new ff.Connection("tls", { gateway, kind: "mqtt", url, tls: { caa: "pem" } });

export const line = new ff.Driver("line", {
  ...{ gateway, kind: "modbus", enabled: false },
  config: {
    host: pulumi.output("10.0.0.2"),
    groups: [{ pollIntervalMs: 500, tags: [{ tag: "a", address: 0, type: "int16", scale: 0.1 }] }],
  },
});
const generation: pulumi.Output<number> = line.generation;

export { generation };

// @ts-expect-error a kind of driver that there is not
export const profinet = new ff.Driver("p", { gateway, kind: "profinet", config: {} });
// @ts-expect-error no configuration
export const bare = new ff.Driver("b", { gateway, kind: "modbus" });
// @ts-expect-error the configuration of another kind
export const mixed = new ff.Driver("m", { gateway, kind: "modbus", config: { tags: 20 } });
export const wrongType = new ff.Driver("w", {
  ...{ gateway, kind: "modbus" },
  // @ts-expect-error a type of register that there is not
  config: { host: "h", groups: [{ pollIntervalMs: 500, tags: [{ tag: "a", address: 0, type: "int8" }] }] },
});
// @ts-expect-error whether it runs is true or false
export const maybe = new ff.Driver("y", { gateway, kind: "simulator", config: { tags: 20 }, enabled: "yes" });
