import { expect, test } from "vitest";
import schema from "../schema.json" with { type: "json" };
import manifest from "./package.json" with { type: "json" };
import { sdkVersion } from "./version.ts";

test("the SDK asks for the plugin that the schema describes, in its version", () => {
  expect(manifest.pulumi).toEqual({ resource: true, name: schema.name, version: schema.version });
  expect(sdkVersion).toBe(schema.version);
});
