import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FlowStatus } from "./agent/schemas.ts";
import { armFailpoint, disarmFailpoints, failpointCells } from "./failpoints.ts";
import { testArtefact } from "./testkit/artefact.ts";
import { TestDataPlane } from "./testkit/test-data-plane.ts";
import { startTestGateway, TEST_TOKEN, temporaryFolder } from "./testkit/test-gateway.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const create = { "if-none-match": "*" };
const match = (generation: number) => ({ "if-match": `"${generation}"` });
const artefactFile = (value: number) => join(dataDir, "artefacts", `${testArtefact(value).digest.slice(7)}.wasm`);

describe("a gateway that is started again", () => {
  test("runs what ran, at the same generation", async () => {
    let before: unknown;
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
      await peer.deploy("boiler", 2, match(1));
      await peer.deploy("kiln", 3, create);
      before = await (await peer.request("GET", "/v1/flows")).json();
    }
    await using peer = await startTestGateway({ dataDir });
    expect(await (await peer.request("GET", "/v1/flows")).json()).toEqual(before);
    expect(peer.dataPlane.calls.toSorted()).toEqual([
      `deploy boiler ${testArtefact(2).digest}`,
      `deploy kiln ${testArtefact(3).digest}`,
    ]);
  });

  test("lists a flow that does not start as broken, with the reason, and starts the others", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
      await peer.deploy("kiln", 2, create);
    }
    const dataPlane = new TestDataPlane();
    dataPlane.refusedDigests.add(testArtefact(1).digest);
    await using peer = await startTestGateway({ dataDir, dataPlane });
    const { items } = (await (await peer.request("GET", "/v1/flows")).json()) as { items: FlowStatus[] };
    expect(items.map(({ name, condition }) => [name, condition])).toEqual([
      ["boiler", "broken"],
      ["kiln", "running"],
    ]);
    expect(items[0]?.reason).toContain("node hot: value is out of range");
    const stats = await peer.request("GET", "/v1/flows/boiler/stats");
    expect([stats.status, await stats.json()]).toEqual([409, expect.objectContaining({ code: "FF_API_NOT_RUNNING" })]);

    expect((await peer.deploy("boiler", 3, match(1))).status).toBe(200);
    const status = (await (await peer.request("GET", "/v1/flows/boiler")).json()) as FlowStatus;
    expect([status.condition, status.reason]).toEqual(["running", undefined]);
  });

  test("says what a deploy of a flow that did not start was refused for, also where its data plane gives no counts", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
    }
    const dataPlane = new TestDataPlane();
    for (const value of [1, 2]) dataPlane.refusedDigests.add(testArtefact(value).digest);
    await using peer = await startTestGateway({ dataDir, dataPlane });
    const deploy = dataPlane.deploy.bind(dataPlane);
    const stats = dataPlane.stats.bind(dataPlane);
    dataPlane.deploy = async (...program) => {
      dataPlane.stats = () => Promise.reject(new Error("no counts"));
      return deploy(...program);
    };
    const response = await peer.deploy("boiler", 2, match(1));
    expect(await response.json()).toMatchObject({ code: "FF_FLOW_CONFIGURE" });
    dataPlane.stats = stats;
    expect(await (await peer.request("GET", "/v1/flows/boiler")).json()).toMatchObject({ condition: "broken" });
  });

  test("says that a deploy of a flow that did not start is recorded, also where the data plane ends behind it", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
    }
    const dataPlane = new TestDataPlane();
    dataPlane.refusedDigests.add(testArtefact(1).digest);
    await using peer = await startTestGateway({ dataDir, dataPlane });
    const deploy = dataPlane.deploy.bind(dataPlane);
    dataPlane.deploy = async (...program) => {
      const report = await deploy(...program);
      dataPlane.stats = async () => {
        dataPlane.failure.resolve(new Error("it died"));
        throw new Error("it died");
      };
      return report;
    };
    expect(await (await peer.deploy("boiler", 2, match(1))).json()).toMatchObject({
      code: "FF_DEPLOY_INTERRUPTED",
      detail: expect.stringContaining("generation 2 was recorded"),
    });
  });

  test("runs a flow of which the disk does not say what waits for its sinks, and deletes it", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
    }
    await mkdir(join(dataDir, "spool"));
    await writeFile(join(dataDir, "spool", "boiler"), "no folder");
    await using peer = await startTestGateway({ dataDir });
    expect(await (await peer.request("GET", "/v1/flows/boiler")).json()).toMatchObject({ condition: "running" });
    expect(peer.log.join("")).toMatch(/what waited on disk for sinks.*ENOTDIR|ENOTDIR.*what waited on disk for sinks/);
    expect((await peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) })).status).toBe(204);
    expect([...peer.dataPlane.programs.keys()]).toEqual([]);
  });

  test("never loads a damaged artefact, says so, and is healed by an upload", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
    }
    await truncate(artefactFile(1), 50);
    await using peer = await startTestGateway({ dataDir });
    expect(peer.dataPlane.calls).toEqual([]);
    const status = (await (await peer.request("GET", "/v1/flows/boiler")).json()) as FlowStatus;
    expect([status.condition, status.reason]).toEqual(["broken", expect.stringContaining("FF_STORE_CORRUPT")]);
    const download = await peer.request("GET", "/v1/flows/boiler/artefact");
    expect([download.status, await download.json()]).toEqual([
      500,
      expect.objectContaining({ code: "FF_STORE_CORRUPT" }),
    ]);
    expect((await peer.request("HEAD", `/v1/artefacts/${testArtefact(1).digest}`)).status).toBe(404);
    expect((await peer.upload(1)).status).toBe(201);
    expect((await peer.deploy("boiler", 1, match(1))).status).toBe(200);
  });

  test("keeps the token of the first start, and takes a new one in its place", async () => {
    const options = {
      dataDir,
      ingest: [],
      startDataPlane: async () => new TestDataPlane(),
      log: { level: "silent" },
    } as const;
    const { startGateway } = await import("./gateway.ts");
    const answer = async (url: string, token: string | undefined) =>
      (await fetch(`${url}/v1/flows`, { headers: { authorization: `Bearer ${token}` } })).status;
    const first = await startGateway(options);
    expect(first.token).toMatch(/^ff_.{43}$/);
    await first.close();
    const second = await startGateway(options);
    expect([second.token, await answer(second.url, first.token)]).toEqual([undefined, 200]);
    await second.close();
    const third = await startGateway({ ...options, token: TEST_TOKEN });
    expect([await answer(third.url, first.token), await answer(third.url, TEST_TOKEN)]).toEqual([401, 200]);
    await third.close();
    await expect(startGateway({ ...options, token: "short" })).rejects.toMatchObject({ code: "FF_GATEWAY_TOKEN" });
  });
});

describe("a version that cannot be recorded", () => {
  /** Makes the store fail as a full disk would, once a version above 1 is written. */
  function breakStore(): void {
    const database = new DatabaseSync(join(dataDir, "gateway.db"));
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON versions WHEN NEW.generation > 1 BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    );
    database.close();
  }

  test("is swapped back for the one before, and the answer says so", async () => {
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
    breakStore();
    await using peer = await startTestGateway({ dataDir });
    await peer.deploy("boiler", 1, create);
    const response = await peer.deploy("boiler", 2, match(1));
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: "FF_DEPLOY_COMMIT",
      step: "commit",
      detail: "boiler: the change could not be recorded (disk is full); generation 1 was put back",
    });
    const { digest } = testArtefact(1);
    expect(peer.dataPlane.calls.at(-1)).toBe(`deploy boiler ${digest}`);
    expect(await (await peer.request("GET", "/v1/flows/boiler")).json()).toMatchObject({
      generation: 1,
      artefact: digest,
    });
  });

  test("runs on where the one before does not start, which is told, and is deleted with the flow", async () => {
    {
      await using peer = await startTestGateway({ dataDir });
      await peer.deploy("boiler", 1, create);
    }
    const dataPlane = new TestDataPlane();
    dataPlane.refusedDigests.add(testArtefact(1).digest);
    const failpoints = failpointCells();
    await using peer = await startTestGateway({ dataDir, dataPlane, failpoints });
    const flow = async () => (await peer.request("GET", "/v1/flows/boiler")).json();
    expect(await flow()).toMatchObject({ condition: "broken" });
    armFailpoint(failpoints, "commit.inside", "ENOSPC");
    const response = await peer.deploy("boiler", 2, match(1));
    disarmFailpoints(failpoints);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining("could not be put back") });
    expect(await flow()).toMatchObject({ condition: "running" });
    expect((await peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) })).status).toBe(204);
    expect([...dataPlane.programs.keys()]).toEqual([]);
  });

  test("of a deletion lets the flow run on", async () => {
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
    breakStore();
    await using peer = await startTestGateway({ dataDir });
    await peer.deploy("boiler", 1, create);
    expect((await peer.request("DELETE", "/v1/flows/boiler", { headers: match(1) })).status).toBe(500);
    expect(await (await peer.request("GET", "/v1/flows/boiler")).json()).toMatchObject({ condition: "running" });
  });
});

describe("starting", () => {
  test("is refused while another gateway uses the data folder", async () => {
    await using _peer = await startTestGateway({ dataDir });
    await expect(startTestGateway({ dataDir })).rejects.toMatchObject({ code: "FF_STORE_LOCKED" });
  });

  test.each(["0.0.0.0", "::", "8.8.8.8"])("on %s is refused, and says why", async (host) => {
    const dataPlane = new TestDataPlane();
    const start = startTestGateway({ dataDir, dataPlane, http: { host, port: 0 } });
    await expect(start).rejects.toMatchObject({
      code: "FF_GATEWAY_LISTEN",
      message: expect.stringContaining("without TLS"),
    });
    expect(dataPlane.isClosed).toBe(true);
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
  });

  test("on a port that is taken is refused, and frees the data folder", async () => {
    await using peer = await startTestGateway();
    const port = Number(new URL(peer.gateway.url).port);
    const start = startTestGateway({ dataDir, http: { host: "127.0.0.1", port } });
    await expect(start).rejects.toMatchObject({
      code: "FF_GATEWAY_LISTEN",
      message: expect.stringContaining("EADDRINUSE"),
    });
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
  });

  test("frees the data folder when the data plane does not start", async () => {
    const startDataPlane = () => Promise.reject(new Error("no thread"));
    await expect(startTestGateway({ dataDir, startDataPlane })).rejects.toThrow("no thread");
    await (await startTestGateway({ dataDir }))[Symbol.asyncDispose]();
  });
});

describe("readiness", () => {
  test("is no longer given when the data plane does not answer, while health is", async () => {
    await using peer = await startTestGateway({ dataDir });
    peer.dataPlane.stats = () => Promise.reject(new Error("thread is gone"));
    const answer = await fetch(`${peer.gateway.url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, { status: "not ready" }]);
    expect((await fetch(`${peer.gateway.url}/healthz`)).status).toBe(200);
  });
});

describe("kill -9", () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill("SIGKILL"));

  async function startProcess(): Promise<string> {
    const script = new URL("./testkit/gateway-process.ts", import.meta.url).pathname;
    child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout!), "line")) as [string];
    return (JSON.parse(line) as { url: string }).url;
  }

  async function call(
    url: string,
    method: string,
    path: string,
    body?: RequestInit["body"],
    headers = {},
  ): Promise<Response> {
    const all = { authorization: `Bearer ${TEST_TOKEN}`, ...headers };
    return fetch(`${url}${path}`, { method, headers: all, ...(body === undefined ? {} : { body }) });
  }

  /** Deploys version after version until the process is gone; returns the last one that was acknowledged. */
  async function deployUntilKilled(url: string, first: number, killAfter: number): Promise<number> {
    let acknowledged = first;
    try {
      for (let generation = first; ; generation++) {
        const { wasm, digest } = testArtefact(generation + 1);
        await call(url, "PUT", `/v1/artefacts/${digest}`, wasm, { "content-type": "application/wasm" });
        const condition = generation === 0 ? create : match(generation);
        const headers = { "content-type": "application/json", ...condition };
        const deploy = call(url, "PUT", "/v1/flows/boiler", JSON.stringify({ artefact: digest }), headers);
        if (generation - first === killAfter) {
          setTimeout(() => child?.kill("SIGKILL"), Math.random() * 4);
        }
        if ((await deploy).ok) {
          acknowledged = generation + 1;
        }
      }
    } catch {
      return acknowledged;
    }
  }

  test("loses no acknowledged deploy and leaves no lock behind", async () => {
    let generation = 0;
    for (let round = 0; round < 3; round++) {
      const url = await startProcess();
      const exited = once(child!, "exit");
      const acknowledged = await deployUntilKilled(url, generation, 2 + round);
      await exited;
      await using peer = await startTestGateway({ dataDir });
      const status = (await (await peer.request("GET", "/v1/flows/boiler")).json()) as FlowStatus;
      // The one in flight may have been recorded without its answer getting out.
      expect([acknowledged, acknowledged + 1]).toContain(status.generation);
      expect(status).toMatchObject({ artefact: testArtefact(status.generation).digest, condition: "running" });
      generation = status.generation;
    }
  });
});

test("a gateway that ends answers what is under way, refuses what comes then, and waits for no connection that is kept", async () => {
  await using peer = await startTestGateway({ httpLimits: { stopMs: 60_000 } });
  const { dataPlane } = peer;
  const stats = dataPlane.stats.bind(dataPlane);
  const asked = Promise.withResolvers<void>();
  const goingOn = Promise.withResolvers<void>();
  dataPlane.stats = async (names) => {
    asked.resolve();
    await goingOn.promise;
    return stats(names);
  };
  const answer = peer.request("GET", "/v1/gateway");
  await asked.promise;
  const { hostname, port } = new URL(peer.gateway.url);
  // A connection that is kept, and not idle, since half of its request has come.
  const socket = connect(Number(port), hostname);
  socket.write("GET /v1/flows HTTP/1.1\r\nhost: gateway\r\n");
  await sleep(50);
  const closed = peer.gateway.close();
  await sleep(50);
  socket.write(`authorization: Bearer ${TEST_TOKEN}\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 503 .*FF_API_BUSY/s);
  goingOn.resolve();
  expect((await answer).status).toBe(200);
  await closed;
});

test("a comparison that is under way when the gateway ends is answered that it ends", async () => {
  await using peer = await startTestGateway();
  await peer.upload(1);
  let closed: Promise<void> | undefined;
  peer.dataPlane.recording = async () => {
    closed = peer.gateway.close();
    return new Uint8Array();
  };
  const body = JSON.stringify({ artefact: testArtefact(1).digest });
  const headers = { "content-type": "application/json" };
  const answer = await peer.request("POST", "/v1/flows/boiler/compare", { body, headers });
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: "FF_API_BUSY" }]);
  await closed;
});
