import { expect, test } from "vitest";
import { type ConnectionForm, requestOf } from "./connection-form.ts";

const form: ConnectionForm = {
  ...{ kind: "mqtt", url: "mqtts://broker.example:8883", username: "line-4", ca: "", cert: "", serverName: "" },
  ...{ secrets: { password: "secret", token: "" }, keepsSecrets: false },
};

test("what is left empty is not said", () => {
  expect(requestOf(form)).toEqual({
    ...{ kind: "mqtt", url: "mqtts://broker.example:8883", username: "line-4", secrets: { password: "secret" } },
  });
  expect(requestOf({ ...form, ca: "PEM", username: "" })).toEqual({
    ...{ kind: "mqtt", url: "mqtts://broker.example:8883", tls: { ca: "PEM" }, secrets: { password: "secret" } },
  });
});

test("secrets that are kept are not sent, and none at all are sent as none", () => {
  expect(requestOf({ ...form, keepsSecrets: true })).not.toHaveProperty("secrets");
  expect(requestOf({ ...form, secrets: {} })).toHaveProperty("secrets", {});
});

test("what another kind asked for is left out", () => {
  const http = requestOf({ ...form, kind: "http", secrets: { password: "a", token: "b", other: "c" } });
  expect(http).toEqual({ kind: "http", url: form.url, username: "line-4", secrets: { password: "a", token: "b" } });
});
