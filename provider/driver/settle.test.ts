import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type DriverStatus, GatewayClient } from "@flowfusion/client";
import { freePort } from "@flowfusion/testkit";
import { afterEach, expect, test } from "vitest";
import type { Operation } from "../resource.ts";
import { untilSettled } from "./settle.ts";

const starting = { name: "line", generation: 1, state: "starting" } as unknown as DriverStatus;

let gateway: Server;
afterEach(() => gateway.close());

/** A gateway whose driver never comes to run. */
async function gatewayThat(answers: (times: number) => void) {
  let times = 0;
  const port = await freePort();
  gateway = createServer((_request, response) => {
    times += 1;
    response.writeHead(200, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(starting));
    answers(times);
  }).listen(port, "127.0.0.1");
  await once(gateway, "listening");
  const endpoint = `http://127.0.0.1:${port}`;
  return new GatewayClient({ endpoint, token: "t", retry: { attemptsMax: 1 } });
}

function operationOf(signal: AbortSignal) {
  const warnings: string[] = [];
  const quiet = () => {};
  const operation: Operation = {
    ...{ urn: "urn", signal, report: quiet, tell: quiet },
    warn: (text) => warnings.push(text),
  };
  return { operation, warnings };
}

test("an up that is stopped while a driver starts keeps the driver, and says what is not known", async () => {
  const stop = new AbortController();
  const client = await gatewayThat(() => stop.abort());
  const { operation, warnings } = operationOf(stop.signal);
  expect(await untilSettled(client, "line", starting, operation)).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("Stopped while the driver starts")]);
});

test("a gateway that goes while a driver starts is a problem of the driver, which is in place", async () => {
  const client = await gatewayThat(() => gateway.close());
  const { operation } = operationOf(new AbortController().signal);
  expect(await untilSettled(client, "line", starting, operation)).toEqual([
    expect.stringMatching(/^The driver was put in place, and whether it runs is not known: GET /),
  ]);
});
