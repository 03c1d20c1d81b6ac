import { expect, test } from "vitest";
import { matchRoute, type Route } from "./routes.ts";

const route = (name: Route["name"], pattern: string): Route => ({
  name,
  pattern,
  load: () => Promise.reject(new Error()),
});
const among = [route("flows", "/flows"), route("flow", "/flows/:name"), route("audit", "/audit")];

test.each([
  ["/flows", "flows", {}],
  ["/flows/", "flows", {}],
  ["/flows/boiler", "flow", { name: "boiler" }],
  ["/flows/a%2Fb", "flow", { name: "a/b" }],
  ["/", "not-found", {}],
  ["/flows/boiler/more", "not-found", {}],
  ["/flows/%E0%A4%A", "not-found", {}],
  ["/__proto__", "not-found", {}],
])("the path %s is of the page %s", (path, name, parameters) => {
  const match = matchRoute(path, among);
  expect([match.route.name, match.parameters]).toEqual([name, parameters]);
});
