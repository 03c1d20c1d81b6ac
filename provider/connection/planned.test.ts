import { expect, test } from "vitest";
import { secret, unknownValue, type WireObject } from "../wire/values.ts";
import { PlannedConnections } from "./planned.ts";

const gateway = { endpoint: "https://plant:7480", token: secret("a-token") };
const connection = (more: WireObject = {}): WireObject => ({ gateway, name: "historian", kind: "mqtt", ...more });

test("a connection that the program makes is known by gateway, name and kind", () => {
  const planned = new PlannedConnections();
  expect(planned.has("https://plant:7480", "historian", "mqtt")).toBe(false);
  planned.add(connection());
  expect(planned.has("https://plant:7480/", "historian", "mqtt")).toBe(true);
  expect(planned.has("https://plant:7480", "historian", "http")).toBe(false);
  expect(planned.has("https://plant:7480", "historian2", "mqtt")).toBe(false);
  expect(planned.has("https://other:7480", "historian", "mqtt")).toBe(false);
});

test("the kind that it has after the up counts", () => {
  const planned = new PlannedConnections();
  planned.add(connection());
  planned.add(connection({ kind: "http" }));
  expect(planned.has("https://plant:7480", "historian", "mqtt")).toBe(false);
  expect(planned.has("https://plant:7480", "historian", "http")).toBe(true);
});

test.each([
  ["a gateway", { gateway: unknownValue }],
  ["a name", { name: unknownValue }],
  ["a kind", { kind: unknownValue }],
])("with %s that is not known yet it stands for nothing", (_what, more) => {
  const planned = new PlannedConnections();
  planned.add(connection(more));
  expect(planned.has("https://plant:7480", "historian", "mqtt")).toBe(false);
});
