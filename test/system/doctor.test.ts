// flowfusion doctor against a real gateway: well, without a token, and away.

import { afterAll, beforeAll, expect, test } from "vitest";
import { flowfusion, GatewayProcess } from "./gateway-process.ts";

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await GatewayProcess.start();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test("a gateway that is well gives exit code 0, and no colours where there is no terminal", async () => {
  const { code, stdout } = await flowfusion("doctor", "--gateway", gateway.url, "--token", gateway.token);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✓ gateway +http:/m);
  expect(stdout).toMatch(/^✓ drivers' address +tcp:/m);
  expect(stdout).toMatch(/^✓ flows +0 run$/m);
  expect(stdout).not.toContain("\x1b");
});

test.each([
  ["a wrong token", () => ["--gateway", gateway.url, "--token", "wrong-token-0123456789"], "FLOWFUSION_TOKEN"],
  ["a gateway that is away", () => ["--gateway", "http://127.0.0.1:1", "--token", "t"], "flowfusion gateway"],
])("%s gives exit code 1 and says what to do", async (_, args, remedy) => {
  const { code, stdout } = await flowfusion("doctor", "--json", ...args());
  const { isWell, findings } = JSON.parse(stdout);
  expect([code, isWell, findings.at(-1)]).toEqual([
    1,
    false,
    expect.objectContaining({ what: "gateway", verdict: "failure", remedy: expect.stringContaining(remedy) }),
  ]);
});

test("without a token it checks the machine, and says how to give one", async () => {
  const { code, stdout } = await flowfusion("doctor", "--gateway", gateway.url);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^. Node\.js +\d/m);
  expect(stdout).toMatch(/^✗ gateway +not asked: no token\n +→ give --token, or set FLOWFUSION_TOKEN/m);
});

test("without a gateway it checks the machine alone", async () => {
  const { code, stdout } = await flowfusion("doctor", "--local");
  expect([code, stdout.includes("gateway  ")]).toEqual([0, false]);
});
