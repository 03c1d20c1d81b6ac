import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FlowStatus } from "@flowfusion/client";
import type { Digest } from "@flowfusion/graph";
import { afterEach, describe, expect, test } from "vitest";
import type { WireObject } from "../wire/values.ts";
import { ModuleShelf } from "./modules.ts";
import type { FlowOperation } from "./operation.ts";
import { deleteFlow, readFlow } from "./resource.ts";
import { patience } from "./target.ts";

const urn = "urn:pulumi:dev::plant::flowfusion:index:Flow::boiler";
const [ours, other] = ["sha256:1", "sha256:0"] as [Digest, Digest];
const nodes = { temps: { type: "tag_input", props: { tags: ["a"] } } };

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

/** A gateway that answers so; gives what a stack holds of the first version of its flow. */
async function stateOn(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<WireObject> {
  const server = cleanup.use(createServer(answer).listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const inputs = { name: "boiler", gateway: { endpoint, token: "token" }, nodes, wires: {} };
  return { ...inputs, generation: 1, digest: ours, sizeBytes: 1 };
}

/** What a gateway answers that runs this. */
const running =
  (flow: Partial<FlowStatus>, deleted: unknown[] = []) =>
  (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("connection", "close");
    if (request.method !== "DELETE") {
      const graph = { nodes, wires: {} };
      const whole = { name: "boiler", generation: 1, artefact: ours, graph, options: {}, ...flow };
      return response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ condition: "running", deployedVia: "pulumi", ...whole }));
    }
    deleted.push(request.headers["if-match"]);
    return response.writeHead(204).end();
  };

function operation(): FlowOperation {
  const silent = () => {};
  return {
    ...{ urn, signal: new AbortController().signal, takenOver: new Set<string>() },
    ...{ report: silent, tell: silent, warn: silent },
    ...{ shelf: new ModuleShelf(), connections: new Map() as never },
  };
}

describe("a delete", () => {
  test("asks a gateway that does not answer as often as every other operation does", async () => {
    let asked = 0;
    const state = await stateOn((request) => {
      asked++;
      request.socket.destroy();
    });
    await expect(deleteFlow(state, operation())).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
    expect(asked).toBe(patience.attemptsMax);
  });

  const putBack = { generation: 3, artefact: other, deployedVia: "gateway" as const };
  const managed = { via: "pulumi", generation: 2, artefact: ours, at: "", by: "ann", resource: urn } as const;

  test("takes away what the gateway put back by itself in the place of the stack's version", async () => {
    const deleted: unknown[] = [];
    const state = await stateOn(running({ ...putBack, managed }, deleted));
    await deleteFlow({ ...state, generation: 2 }, operation());
    expect(deleted).toEqual(['"3"']);
  });

  test.each([
    ["in the place of another resource's version", { ...putBack, managed: { ...managed, resource: `${urn}-2` } }],
    ["in the place of a version that somebody else put in between", { ...putBack, generation: 4, managed }],
    ["by hand", { ...putBack, deployedVia: "console" as const, managed }],
  ])("leaves alone what was put back %s, and says so", async (_, live) => {
    const deleted: unknown[] = [];
    const state = await stateOn(running(live, deleted));
    await expect(deleteFlow({ ...state, generation: 2 }, operation())).rejects.toMatchObject({
      code: "FF_PROVIDER_FLOW_CHANGED",
    });
    expect(deleted).toEqual([]);
  });
});

test.each([
  ["is marked while it is on trial", { trialUntil: "2026-01-31T12:00:10Z" }, [/on trial until 2026-01-31T12:00:10Z/]],
  ["is not once its trial is over", {}, []],
])("a version that a refresh reads %s", async (_, live, problems) => {
  const { generation, digest, sizeBytes, ...inputs } = await stateOn(running(live));
  const known = { inputs, state: { ...inputs, generation: generation!, digest: digest!, sizeBytes: sizeBytes! } };
  const read = await readFlow("boiler", known, operation());
  expect(read?.problems).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});
