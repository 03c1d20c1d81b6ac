import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { deleteFlow } from "./resource.ts";
import { patience } from "./target.ts";

test("a delete asks a gateway that does not answer as often as every other operation does", async () => {
  let asked = 0;
  await using server = createServer((request) => {
    asked++;
    request.socket.destroy();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state = { name: "boiler", gateway: { endpoint, token: "token" }, nodes: {}, wires: [], generation: 1 };
  const silent = () => {};
  const operation = {
    ...{ urn: "urn", signal: new AbortController().signal, takenOver: new Set<string>() },
    ...{ report: silent, tell: silent, warn: silent },
  };
  await expect(deleteFlow(state, operation)).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
  expect(asked).toBe(patience.attemptsMax);
});
