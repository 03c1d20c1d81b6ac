import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { driverTypes, driverTypesPath, schemaWithDrivers } from "./drivers.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string): Promise<string> => readFile(join(root, file), "utf8");
test("the SDK's types of drivers' configurations are up to date with the kinds", async () => {
  expect(await read(driverTypesPath), "run `node tools/sdk/drivers.ts`").toBe(driverTypes());
});

test("the package schema's types of drivers' configurations are up to date with the kinds", async () => {
  const schema = JSON.parse(await read("schema.json"));
  expect(schemaWithDrivers(schema), "run `node tools/sdk/drivers.ts`").toEqual(schema);
});
