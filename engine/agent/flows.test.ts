import { type FlowFusionError, graphDocument } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, type TestGateway } from "../testkit/test-gateway.ts";
import type { Deployment, FlowPage, FlowStatus, Problem, VersionPage } from "./schemas.ts";

let peer: TestGateway;
beforeEach(async () => {
  peer = await startTestGateway();
});
afterEach(() => peer[Symbol.asyncDispose]());

const create = { "if-none-match": "*" };
const match = (generation: number) => ({ "if-match": `"${generation}"` });
const get = async <T>(path: string): Promise<T> => (await (await peer.request("GET", path)).json()) as T;
const post = (path: string, body: unknown, headers: Record<string, string>) =>
  peer.request("POST", path, {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

test("what is asked of one flow, of a page or of the gateway has the data plane count for no other flow", async () => {
  for (const name of ["boiler", "kiln", "pump"]) await peer.deploy(name, 1, create);
  const asked: unknown[] = [];
  const stats = peer.dataPlane.stats.bind(peer.dataPlane);
  peer.dataPlane.stats = (names) => {
    asked.push(names ?? "all");
    return stats(names);
  };
  const paths = ["/flows/kiln", "/flows/kiln/stats", "/flows?limit=2", "/stats?after=boiler&limit=1"];
  for (const path of [...paths, "/gateway", "/recorder"]) await get(`/v1${path}`);
  await peer.request("GET", "/readyz");
  expect(asked).toEqual([["kiln"], ["kiln"], ["boiler", "kiln"], ["kiln"], [], [], []]);
  asked.length = 0;
  await peer.deploy("pump", 2, match(1));
  expect(asked.flat()).toEqual(asked.map(() => "pump"));
});

test("what is asked of many flows has the data plane count for ten at a time, so that messages run in between", async () => {
  const names = Array.from({ length: 23 }, (_, index) => `flow-${String(index).padStart(2, "0")}`);
  for (const name of names) await peer.deploy(name, 1, create);
  const asked: number[] = [];
  const stats = peer.dataPlane.stats.bind(peer.dataPlane);
  peer.dataPlane.stats = (some) => {
    asked.push(some?.length ?? Number.POSITIVE_INFINITY);
    return stats(some);
  };
  const { items } = await get<FlowPage>("/v1/flows?limit=200");
  expect(items.map(({ name }) => name)).toEqual(names);
  const metrics = await (await peer.request("GET", "/metrics")).text();
  for (const name of names) expect(metrics).toContain(`flowfusion_flow_messages_in_total{flow="${name}"}`);
  // A scrape asks for what is of no flow as well.
  expect(asked).toEqual([10, 10, 3, 10, 10, 3, 0]);
});

test("a flow that is being deleted is told to be stopping, and is gone for who asked for it meanwhile", async () => {
  await peer.deploy("boiler", 1, create);
  const { dataPlane } = peer;
  const remove = dataPlane.remove.bind(dataPlane);
  const stopped = Promise.withResolvers<void>();
  const flushed = Promise.withResolvers<void>();
  dataPlane.remove = async (name) => {
    await remove(name);
    stopped.resolve();
    await flushed.promise;
  };
  const deleting = peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) });
  await stopped.promise;
  const stopping = {
    name: "boiler",
    condition: "stopping",
    reason: "it is being deleted; its sinks send what they hold",
  };
  expect(await get("/v1/flows/boiler")).toMatchObject(stopping);
  expect((await get<FlowPage>("/v1/flows")).items).toMatchObject([stopping]);
  expect(await get("/v1/flows/boiler/stats")).toMatchObject({
    ...{ code: "FF_API_NOT_RUNNING", detail: "flow boiler does not run: it is being deleted" },
  });
  // Asked for before it is gone, and told after.
  const stats = dataPlane.stats.bind(dataPlane);
  dataPlane.stats = async (names) => {
    const counted = await stats(names);
    flushed.resolve();
    expect((await deleting).status).toBe(204);
    return counted;
  };
  const paths = ["/v1/flows/boiler", "/v1/flows/boiler/stats", "/v1/flows"];
  const [one, counts, all] = await Promise.all(paths.map((path) => get<object>(path)));
  expect([one, counts, all]).toMatchObject([{ code: "FF_API_NOT_FOUND" }, { code: "FF_API_NOT_FOUND" }, { items: [] }]);
});

test("a dry run during a deploy is of the version that the deploy puts in place", async () => {
  await peer.upload(2);
  const held = peer.dataPlane.holdDeploy("before");
  const deploying = peer.deploy("boiler", 1, create);
  await held.reached;
  const trying = post("/v1/flows/boiler/dry-run", { artefact: testArtefact(2).digest }, {});
  await peer.request("GET", "/v1/flows");
  held.goOn();
  expect((await deploying).status).toBe(201);
  expect(await (await trying).json()).toMatchObject({ generation: 1 });
});

describe("a deploy", () => {
  test("runs the artefact and tells what runs, by whom and since when", async () => {
    const response = await peer.deploy("boiler", 1, create);
    expect([response.status, response.headers.get("etag")]).toEqual([201, '"1"']);
    const { digest, graph } = testArtefact(1);
    const expected = { name: "boiler", generation: 1, artefact: digest, condition: "running", deployedBy: "admin" };
    expect(await response.json()).toMatchObject({ ...expected, swap: { pauseMs: 1.5, state: { kept: ["hot"] } } });
    const status = await get<FlowStatus>("/v1/flows/boiler");
    expect(status).toMatchObject({ ...expected, graph: graphDocument(graph) });
    expect(status.swap).toBeUndefined();
    expect(new Date(status.deployedAt).toISOString()).toBe(status.deployedAt);
  });

  test.each([
    ["none", 202],
    ["swapped", 422],
    ["healthy", 422],
  ])("that is refused leaves the gateway as it was, whatever is waited for: %s", async (wait, status) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const response = await peer.request("PUT", `/v1/flows/boiler?wait=${wait}`, {
      body: JSON.stringify({ artefact: testArtefact(1).digest }),
      headers: { "content-type": "application/json", ...create },
    });
    expect(response.status).toBe(status);
    await eventually(async () => {
      const { items } = await get<{ items: readonly Deployment[] }>("/v1/deployments");
      expect(items.map(({ phase }) => phase)).toEqual(["failed"]);
    });
    await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  test("hands the data plane the metered module and the granted limits", async () => {
    await peer.deploy("boiler", 1, create);
    const program = [...peer.dataPlane.programs.values()][0]!;
    const exported = WebAssembly.Module.exports(program.metered as WebAssembly.Module);
    expect(exported.map(({ name }) => name)).toContain("ff_fuel");
    expect(program.limits.maxPagesPerMemory).toBe(256);
  });

  test("may ask for lower limits, and is refused higher ones with both numbers", async () => {
    await peer.upload(1);
    const deploy = (limits: object) =>
      peer.request("PUT", "/v1/flows/boiler", {
        body: JSON.stringify({ artefact: testArtefact(1).digest, options: { limits } }),
        headers: { "content-type": "application/json", ...create },
      });
    const refused = await deploy({ maxPagesPerMemory: 10_000 });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: "FF_DEPLOY_LIMITS",
      step: "meter",
      diagnostics: [{ path: "options.limits.maxPagesPerMemory", message: "10000 asked for, 256 granted" }],
    });
    expect((await deploy({ maxPagesPerMemory: 4 })).status).toBe(201);
    expect([...peer.dataPlane.programs.values()][0]?.limits.maxPagesPerMemory).toBe(4);
    expect((await get<FlowStatus>("/v1/flows/boiler")).options).toEqual({ limits: { maxPagesPerMemory: 4 } });
  });

  test("of an artefact that was not uploaded is refused in step read", async () => {
    const response = await peer.request("PUT", "/v1/flows/boiler", {
      body: JSON.stringify({ artefact: testArtefact(9).digest }),
      headers: { "content-type": "application/json", ...create },
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "FF_DEPLOY_ARTEFACT_UNKNOWN", step: "read" });
  });

  test("that a node refuses names step and node and changes nothing", async () => {
    await peer.deploy("boiler", 1, create);
    const before = await get<FlowStatus>("/v1/flows/boiler");
    peer.dataPlane.refusedDigests.add(testArtefact(2).digest);
    const response = await peer.deploy("boiler", 2, match(1));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "FF_FLOW_CONFIGURE",
      step: "swap",
      detail: "node hot: value is out of range",
      diagnostics: [{ path: "nodes.hot" }],
    });
    expect(await get<FlowStatus>("/v1/flows/boiler")).toEqual(before);
    expect((await get<VersionPage>("/v1/flows/boiler/versions")).items).toHaveLength(1);
  });

  test("that meets a defect is answered without the defect's text, which the log has", async () => {
    peer.dataPlane.failNext = new TypeError("secret internals") as FlowFusionError;
    const response = await peer.deploy("boiler", 1, create);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("secret internals");
    const { requestId } = JSON.parse(text) as Problem;
    expect(peer.log.filter((line) => line.includes("secret internals") && line.includes(requestId))).toHaveLength(1);
  });
});

describe("conditional writes", () => {
  test.each([
    ["PUT", {}, 428, "FF_API_PRECONDITION_REQUIRED"],
    ["PUT", create, 412, "FF_API_PRECONDITION_FAILED"],
    ["PUT", match(2), 412, "FF_API_PRECONDITION_FAILED"],
    ["PUT", { "if-match": 'W/"1"' }, 400, "FF_API_REQUEST_INVALID"],
    ["ROLLBACK", {}, 428, "FF_API_PRECONDITION_REQUIRED"],
    ["ROLLBACK", match(2), 412, "FF_API_PRECONDITION_FAILED"],
    ["DELETE", {}, 428, "FF_API_PRECONDITION_REQUIRED"],
    ["DELETE", match(7), 412, "FF_API_PRECONDITION_FAILED"],
    ["DELETE", create, 412, "FF_API_PRECONDITION_FAILED"],
  ])("%s with %j on a flow at generation 1 gets %i", async (method, headers: Record<string, string>, status, code) => {
    await peer.deploy("boiler", 1, create);
    const calls = [...peer.dataPlane.calls];
    const response =
      method === "PUT"
        ? await peer.deploy("boiler", 2, headers)
        : method === "ROLLBACK"
          ? await post("/v1/flows/boiler/rollback", {}, headers)
          : await peer.request("DELETE", "/v1/flows/boiler", { headers });
    const problem = (await response.json()) as Problem;
    expect([response.status, problem.code]).toEqual([status, code]);
    if (status === 412) {
      expect(problem.current).toMatchObject({ generation: 1, deployedBy: "admin", deployedAt: expect.any(String) });
      expect(problem.detail).toContain("generation 1, deployed ");
    }
    expect(peer.dataPlane.calls).toEqual(calls);
  });

  test("with If-Match on a flow that does not exist get 412, and a roll-back or delete 404", async () => {
    const deploy = await peer.deploy("boiler", 1, match(1));
    expect(deploy.status).toBe(412);
    expect(((await deploy.json()) as Problem).current).toBeUndefined();
    expect((await post("/v1/flows/boiler/rollback", {}, match(1))).status).toBe(404);
    expect((await peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) })).status).toBe(404);
  });

  test("by 50 at the same time have one winner in each round, and never two at once in the data plane", async () => {
    await peer.deploy("boiler", 0, create);
    for (let generation = 1; generation <= 4; generation++) {
      const value = generation * 100;
      const attempts = Array.from({ length: 50 }, (_, index) =>
        peer.deploy("boiler", value + index, match(generation)),
      );
      const responses = await Promise.all(attempts);
      const winners = responses.flatMap(({ status }, index) => (status === 200 ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(responses.filter(({ status }) => status === 412)).toHaveLength(49);
      const status = await get<FlowStatus>("/v1/flows/boiler");
      expect(status.generation).toBe(generation + 1);
      expect(status.artefact).toBe(testArtefact(value + winners[0]!).digest);
      expect([...peer.dataPlane.programs.values()][0]?.digest).toBe(status.artefact);
    }
    expect(peer.dataPlane.runningMost).toBe(1);
  });
});

describe("rolling back", () => {
  beforeEach(async () => {
    await peer.deploy("boiler", 1, create);
    await peer.deploy("boiler", 2, match(1));
    await peer.deploy("boiler", 3, match(2));
  });

  test("deploys the version before as a new generation", async () => {
    const response = await post("/v1/flows/boiler/rollback", {}, match(3));
    expect([response.status, response.headers.get("etag")]).toEqual([200, '"4"']);
    expect(await response.json()).toMatchObject({ generation: 4, artefact: testArtefact(2).digest });
    const { items } = await get<VersionPage>("/v1/flows/boiler/versions?limit=1");
    expect(items[0]).toMatchObject({ generation: 4, action: "rollback", rolledBackTo: 2 });
  });

  test("goes back further each time, and not to what was rolled back", async () => {
    const rollBack = async (generation: number) => {
      const response = await post("/v1/flows/boiler/rollback", {}, match(generation));
      return (await response.json()) as FlowStatus & Problem;
    };
    expect(await rollBack(3)).toMatchObject({ generation: 4, artefact: testArtefact(2).digest });
    expect(await rollBack(4)).toMatchObject({ generation: 5, artefact: testArtefact(1).digest });
    expect(await rollBack(5)).toMatchObject({
      code: "FF_DEPLOY_NO_VERSION",
      detail: "flow boiler has no version before generation 1, which it went back to as generation 5",
    });
    await peer.deploy("boiler", 4, match(5));
    expect(await rollBack(6)).toMatchObject({ generation: 7, artefact: testArtefact(1).digest });
    expect(await rollBack(7)).toMatchObject({ code: "FF_DEPLOY_NO_VERSION" });
  });

  test("deploys the version that is named", async () => {
    const response = await post("/v1/flows/boiler/rollback", { generation: 1 }, match(3));
    expect(await response.json()).toMatchObject({ generation: 4, artefact: testArtefact(1).digest });
  });

  test.each([
    [{ generation: 9 }, 404, "FF_DEPLOY_NO_VERSION", "flow boiler has no generation 9; it runs as generation 3"],
    [{ generation: 0 }, 400, "FF_API_REQUEST_INVALID", "body.generation: must be >= 1"],
    [{ to: 1 }, 400, "FF_API_REQUEST_INVALID", "body.to: unknown field"],
  ])("to %j is refused", async (body, ...told) => {
    const response = await post("/v1/flows/boiler/rollback", body, match(3));
    const { code, detail } = (await response.json()) as Problem;
    expect([response.status, code, detail]).toEqual(told);
  });

  test("a flow that was deployed once says that there is no earlier version, not that the name is wrong", async () => {
    await peer.deploy("kiln", 1, create);
    const response = await post("/v1/flows/kiln/rollback", {}, match(1));
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({
        code: "FF_DEPLOY_NO_VERSION",
        detail: "flow kiln has no version before generation 1",
      }),
    ]);
  });
});

describe("deleting", () => {
  test("stops the flow, keeps its versions, and counts on when the name is used again", async () => {
    await peer.deploy("boiler", 1, create);
    const response = await peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(peer.dataPlane.programs.size).toBe(0);
    expect((await peer.request("GET", "/v1/flows/boiler")).status).toBe(404);
    const { items } = await get<VersionPage>("/v1/flows/boiler/versions");
    expect(items.map(({ generation, action }) => [generation, action])).toEqual([
      [2, "delete"],
      [1, "deploy"],
    ]);
    const again = await peer.deploy("boiler", 1, create);
    expect([again.status, again.headers.get("etag")]).toEqual([201, '"3"']);
  });
});

describe("lists", () => {
  test("of flows come in pages that join to the whole, by name", async () => {
    const names = Array.from({ length: 7 }, (_, index) => `flow-${index}`);
    for (const name of names.toReversed()) {
      await peer.deploy(name, 1, create);
    }
    const seen: string[] = [];
    let page = await get<FlowPage>("/v1/flows?limit=3");
    for (; page.next !== undefined; page = await get<FlowPage>(`/v1/flows?limit=3&after=${page.next}`)) {
      expect(page.items).toHaveLength(3);
      seen.push(...page.items.map(({ name }) => name));
    }
    seen.push(...page.items.map(({ name }) => name));
    expect(seen).toEqual(names);
  });

  test("of versions come in pages, newest first", async () => {
    await peer.deploy("boiler", 1, create);
    for (let generation = 1; generation < 5; generation++) {
      await peer.deploy("boiler", generation + 1, match(generation));
    }
    const first = await get<VersionPage>("/v1/flows/boiler/versions?limit=3");
    expect([first.items.map(({ generation }) => generation), first.next]).toEqual([[5, 4, 3], "3"]);
    const second = await get<VersionPage>("/v1/flows/boiler/versions?limit=3&after=3");
    expect([second.items.map(({ generation }) => generation), second.next]).toEqual([[2, 1], undefined]);
    expect((await peer.request("GET", "/v1/flows/boiler/versions?after=x")).status).toBe(400);
    expect((await peer.request("GET", "/v1/flows/kiln/versions")).status).toBe(404);
  });
});

describe("what a flow consists of", () => {
  test("can be downloaded as it was uploaded", async () => {
    await peer.deploy("boiler", 1, create);
    const { wasm, digest } = testArtefact(1);
    for (const path of ["/v1/flows/boiler/artefact", `/v1/artefacts/${digest}`]) {
      const response = await peer.request("GET", path);
      expect(response.headers.get("content-type")).toBe("application/wasm");
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(wasm);
    }
  });

  test("is stored once: 201 the first time, 200 after", async () => {
    expect((await peer.upload(1)).status).toBe(201);
    const again = await peer.upload(1);
    expect([again.status, await again.json()]).toEqual([
      200,
      { digest: testArtefact(1).digest, sizeBytes: testArtefact(1).wasm.length, graphDigest: expect.any(String) },
    ]);
    expect((await peer.request("HEAD", `/v1/artefacts/${testArtefact(1).digest}`)).status).toBe(200);
  });

  test("is counted in its stats", async () => {
    await peer.deploy("boiler", 1, create);
    expect(await get("/v1/flows/boiler/stats")).toMatchObject({ name: "boiler", messagesIn: 100, messagesOut: 7 });
  });
});
