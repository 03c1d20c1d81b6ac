// The OpenAPI document, judged by a validator that knows nothing of us.

import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { startTestGateway } from "../testkit/test-gateway.ts";

test("the OpenAPI document is valid, and served to those who hold a token", async () => {
  await using peer = await startTestGateway();
  const document = (await (await peer.request("GET", "/v1/openapi.json")).json()) as { openapi: string };
  const validator = new Validator();
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");

  const broken = { ...document, paths: { "/v1/flows": { get: { responses: "none" } } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});
