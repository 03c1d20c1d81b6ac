// Connections over the API: what is shown and what is not, conditions, and what becomes of the flows that name them.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FlowFusionError, parseFlowName } from "@flowfusion/graph";
import { eventually, TestAuthority } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrialOutcome } from "../dataplane/types.ts";
import { sinkArtefact } from "../testkit/artefact.ts";
import { startTestGateway, type TestGateway, temporaryFolder } from "../testkit/test-gateway.ts";
import type { ConnectionChanged, ConnectionInfo } from "./connection-schemas.ts";

let peer: TestGateway;

beforeEach(async () => {
  peer = await startTestGateway();
});

afterEach(() => peer[Symbol.asyncDispose]());

const broker = { kind: "mqtt", url: "mqtt://historian.example:1883" };
const toCreate = { "if-none-match": "*" };

const put = (name: string, body: object, condition: Record<string, string>, gateway = peer) =>
  gateway.request("PUT", `/v1/connections/${name}`, {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...condition },
  });
const get = async (name: string) =>
  (await (await peer.request("GET", `/v1/connections/${name}`)).json()) as ConnectionInfo;
const remove = (name: string, generation: number) =>
  peer.request("DELETE", `/v1/connections/${name}`, { headers: { "if-match": `"${generation}"` } });
const problemOf = async (response: Response) => {
  const { code, detail } = (await response.json()) as { code: string; detail: string };
  return { status: response.status, code, detail };
};

/** Deploys a flow whose mqtt sink names the connection. */
async function deploy(flow: string, connection: string, gateway = peer, condition: Record<string, string> = toCreate) {
  const { wasm, digest } = sinkArtefact("mqtt", { connection });
  const headers = { "content-type": "application/wasm" };
  await gateway.request("PUT", `/v1/artefacts/${digest}`, { body: wasm, headers });
  return gateway.request("PUT", `/v1/flows/${flow}`, {
    body: JSON.stringify({ artefact: digest }),
    headers: { "content-type": "application/json", ...condition },
  });
}

describe("a connection", () => {
  test("is made, shown without its secrets, changed, and deleted", async () => {
    const secrets = { password: "open sesame" };
    const made = await put("historian", { ...broker, username: "press", secrets }, toCreate);
    expect({ status: made.status, etag: made.headers.get("etag") }).toEqual({ status: 201, etag: '"1"' });
    expect(await made.json()).toMatchObject({
      name: "historian",
      generation: 1,
      secrets: ["password"],
      reconnected: [],
    });
    expect(await get("historian")).toMatchObject({ ...broker, username: "press", secrets: ["password"] });
    const changed = await put("historian", { ...broker, username: "other" }, { "if-match": '"1"' });
    expect(await changed.json()).toMatchObject({ generation: 2, username: "other", secrets: ["password"] });
    expect((await remove("historian", 2)).status).toBe(204);
    expect((await peer.request("GET", "/v1/connections/historian")).status).toBe(404);
  });

  test("has a generation that never comes again, also after it was deleted", async () => {
    await put("historian", broker, toCreate);
    await remove("historian", 1);
    const again = await put("historian", broker, toCreate);
    expect(again.headers.get("etag")).toBe('"3"');
  });

  test.each([
    ["without a condition", {}, 428],
    ["when it exists already", toCreate, 412],
    ["of another generation", { "if-match": '"7"' }, 412],
  ])("is not written %s", async (_, condition, status) => {
    await put("historian", broker, toCreate);
    expect((await put("historian", { ...broker, username: "x" }, condition)).status).toBe(status);
    expect(await get("historian")).not.toHaveProperty("username");
  });

  test("has one winner among those who write it at once", async () => {
    await put("historian", broker, toCreate);
    const writes = Array.from({ length: 8 }, (_, index) =>
      put("historian", { ...broker, username: `u${index}` }, { "if-match": '"1"' }),
    );
    const statuses = (await Promise.all(writes)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array<number>(7).fill(412)]);
  });

  test("is listed by name, in pages", async () => {
    for (const name of ["c", "a", "b"]) await put(name, broker, toCreate);
    const page = async (query: string) =>
      (await (await peer.request("GET", `/v1/connections?${query}`)).json()) as {
        items: ConnectionInfo[];
        next?: string;
      };
    const first = await page("limit=2");
    const second = await page(`limit=2&after=${first.next}`);
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(second.next).toBeUndefined();
  });

  test("keeps its secrets only where it leads to the same place", async () => {
    await put("historian", { ...broker, username: "press", secrets: { password: "open sesame" } }, toCreate);
    const elsewhere = { ...broker, url: "mqtt://attacker.example:1883", username: "press" };
    const refused = await put("historian", elsewhere, { "if-match": '"1"' });
    expect(await problemOf(refused)).toMatchObject({ status: 422, code: "FF_CONNECTION_SECRETS" });
    const given = await put("historian", { ...elsewhere, secrets: {} }, { "if-match": '"1"' });
    expect(await given.json()).toMatchObject({ generation: 2, secrets: [] });
  });

  test.each<[string, object, string]>([
    [
      "a URL of another protocol",
      { kind: "mqtt", url: "http://host" },
      "body.url: mqtt://HOST:PORT or mqtts://HOST:PORT expected",
    ],
    ["no URL", { kind: "http", url: "host:80" }, "body.url: http://HOST:PORT or https://HOST:PORT expected"],
    ["credentials in the URL", { kind: "nats", url: "nats://a:b@host" }, "body.url: it holds a user or password"],
    [
      "a password without a user",
      { ...broker, secrets: { password: "x" } },
      "body.username: missing beside a password",
    ],
    ["a token for mqtt", { ...broker, secrets: { token: "x" } }, "body.secrets.token: mqtt knows none"],
    ["TLS without a URL of TLS", { ...broker, tls: { ca: "x" } }, "body.tls: has no place beside a URL without TLS"],
    [
      "a certificate that is none",
      { kind: "mqtt", url: "mqtts://host", tls: { ca: "x" } },
      "body.tls.ca: not usable as PEM",
    ],
    [
      "a certificate without its key",
      { kind: "mqtt", url: "mqtts://host", tls: { cert: "x" } },
      "body.secrets.key: a certificate and its key belong together",
    ],
    ["headers for mqtt", { ...broker, secrets: { headers: { a: "b" } } }, "body.secrets.headers: mqtt knows none"],
    [
      "a header that the sink makes",
      { kind: "http", url: "http://host", secrets: { headers: { Host: "b" } } },
      "body.secrets.headers.Host: is made by the sink",
    ],
    [
      "a header with a line break",
      { kind: "http", url: "http://host", secrets: { headers: { a: "b\r\nc: d" } } },
      "holds characters that a header cannot carry",
    ],
  ])("is refused with %s", async (_, body, why) => {
    const { status, code, detail } = await problemOf(await put("bad", body, toCreate));
    expect({ status, code }).toEqual({ status: 422, code: "FF_CONNECTION_INVALID" });
    expect(detail).toContain(why);
    expect((await peer.request("GET", "/v1/connections/bad")).status).toBe(404);
  });

  test("of a kind that there is not is told once, with the kinds that there are", async () => {
    const { status, code, detail } = await problemOf(await put("bad", { ...broker, kind: "mqttt" }, toCreate));
    expect({ status, code, detail }).toEqual({
      status: 400,
      code: "FF_API_REQUEST_INVALID",
      detail: 'body.kind: one of "mqtt", "http", "nats" expected',
    });
  });

  test("takes a client certificate with its key, and refuses the key of another", async () => {
    await using authority = await TestAuthority.create();
    const [one, other] = [await authority.sign("one"), await authority.sign("other")];
    const tls = { ca: authority.cert, cert: one.cert };
    const body = { kind: "mqtt", url: "mqtts://historian.example", tls };
    const refused = await problemOf(await put("historian", { ...body, secrets: { key: other.key } }, toCreate));
    expect(refused.detail).toContain("key values mismatch");
    const made = await put("historian", { ...body, secrets: { key: one.key } }, toCreate);
    expect(await made.json()).toMatchObject({ tls, secrets: ["key"] });
  });

  test("is refused where the gateway may not connect to", async () => {
    await using guarded = await startTestGateway({ outbound: ["*.plant.example"] });
    const refused = await put("meta", { kind: "http", url: "http://169.254.169.254/latest" }, toCreate, guarded);
    expect(await problemOf(refused)).toMatchObject({ status: 422, code: "FF_CONNECTION_INVALID" });
    expect((await put("ok", { kind: "http", url: "http://a.plant.example/" }, toCreate, guarded)).status).toBe(201);
  });
});

describe("a flow that names a connection", () => {
  const flow = parseFlowName("boiler");

  test("is not deployed while it is missing or of another kind, and the answer says where", async () => {
    const missing = await problemOf(await deploy("boiler", "historian"));
    expect(missing).toMatchObject({ status: 422, code: "FF_DEPLOY_CONNECTION" });
    expect(missing.detail).toContain("nodes.out.props.connection: no connection historian on this gateway");
    await put("historian", { kind: "http", url: "http://historian.example" }, toCreate);
    const wrong = await problemOf(await deploy("boiler", "historian"));
    expect(wrong.detail).toContain("connection historian is of kind http, mqtt needed");
    expect(peer.dataPlane.programs.size).toBe(0);
  });

  test("runs with its endpoint and secrets, and goes on with each change", async () => {
    await put("historian", { ...broker, username: "press", secrets: { password: "one" } }, toCreate);
    expect((await deploy("boiler", "historian")).status).toBe(201);
    const endpoint = () => peer.dataPlane.programs.get(flow)?.endpoints?.historian;
    expect(endpoint()).toEqual({ url: broker.url, username: "press", password: "one" });
    const body = { ...broker, username: "press", secrets: { password: "two" } };
    const changed = (await (await put("historian", body, { "if-match": '"1"' })).json()) as ConnectionChanged;
    expect(changed).toMatchObject({ reconnected: ["boiler"], failed: [] });
    expect(endpoint()).toMatchObject({ password: "two" });
  });

  test("that does not take a change is named, with the reason, and goes on as it was", async () => {
    await put("historian", broker, toCreate);
    await deploy("boiler", "historian");
    peer.dataPlane.failNext = new FlowFusionError("FF_DEPLOY_SINK", "nodes.out: no");
    const response = await put("historian", { ...broker, username: "x" }, { "if-match": '"1"' });
    expect(await response.json()).toMatchObject({
      reconnected: [],
      failed: [{ flow: "boiler", reason: "FF_DEPLOY_SINK: nodes.out: no" }],
    });
  });

  test("that the gateway's end keeps from a change is not called one that goes on as it was: it runs with the change at the next start", async () => {
    await put("historian", broker, toCreate);
    await deploy("boiler", "historian");
    await deploy("kiln", "historian");
    const held = peer.dataPlane.holdDeploy("before");
    const changing = put("historian", { ...broker, username: "x" }, { "if-match": '"1"' });
    await held.reached;
    const closed = peer.gateway.close();
    await sleep(50);
    held.goOn();
    expect(await (await changing).json()).toMatchObject({ generation: 2, reconnected: ["boiler"], failed: [] });
    await closed;
  });

  test("keeps it from being deleted", async () => {
    await put("historian", broker, toCreate);
    await deploy("boiler", "historian");
    const refused = await problemOf(await remove("historian", 1));
    expect(refused).toMatchObject({ status: 409, code: "FF_CONNECTION_IN_USE" });
    expect(refused.detail).toContain("1 flow sends with it: boiler");
    await peer.request("DELETE", "/v1/flows/boiler", { headers: { "if-match": '"1"' } });
    expect((await remove("historian", 1)).status).toBe(204);
  });

  test("keeps it from being deleted while the version that names it may be rolled back to", async () => {
    await put("historian", broker, toCreate);
    await put("other", broker, toCreate);
    await deploy("boiler", "historian");
    const trial = Promise.withResolvers<TrialOutcome>();
    peer.dataPlane.trial = () => trial.promise;
    expect((await deploy("boiler", "other", peer, { "if-match": '"1"' })).status).toBe(200);
    const refused = await problemOf(await remove("historian", 1));
    expect(refused).toMatchObject({ status: 409, code: "FF_CONNECTION_IN_USE" });
    expect(refused.detail).toContain(
      "1 flow sends with it: boiler (its generation 1, kept ready until the trial of the one after it is over)",
    );
    // A deploy that fails leaves the trial as it is.
    peer.dataPlane.failNext = new FlowFusionError("FF_FLOW_CONFIGURE", "no");
    expect((await deploy("boiler", "historian", peer, { "if-match": '"2"' })).status).toBe(422);
    expect((await remove("historian", 1)).status).toBe(409);
    trial.resolve({ verdict: "healthy", ms: 1 });
    await eventually(async () => expect((await remove("historian", 1)).status).toBe(204));
  });

  /** Runs `change` once the data plane has taken the next deploy, before that is recorded. */
  function whileDeploying(change: () => Promise<unknown>): void {
    const { dataPlane } = peer;
    const swap = dataPlane.deploy.bind(dataPlane);
    dataPlane.deploy = async (...parameters) => {
      dataPlane.deploy = swap;
      const report = await swap(...parameters);
      await change();
      return report;
    };
  }

  test("is not recorded with one that was deleted while it was deployed", async () => {
    await put("historian", broker, toCreate);
    whileDeploying(async () => expect((await remove("historian", 1)).status).toBe(204));
    expect(await problemOf(await deploy("press", "historian"))).toMatchObject({
      ...{ status: 409, code: "FF_DEPLOY_CONNECTION_CHANGED" },
      detail: expect.stringContaining("no connection historian on this gateway"),
    });
    expect(peer.dataPlane.programs.size).toBe(0);
    expect((await peer.request("GET", "/v1/flows/press")).status).toBe(404);
  });

  test("is not recorded with one that was changed while it was deployed, and is once it is deployed again", async () => {
    await put("historian", broker, toCreate);
    const url = "mqtt://other.example:1883";
    whileDeploying(() => put("historian", { ...broker, url }, { "if-match": '"1"' }));
    expect(await problemOf(await deploy("press", "historian"))).toMatchObject({
      ...{ status: 409, code: "FF_DEPLOY_CONNECTION_CHANGED" },
      detail: expect.stringContaining("has other settings now"),
    });
    expect(peer.dataPlane.programs.size).toBe(0);
    expect((await deploy("press", "historian")).status).toBe(201);
    expect(peer.dataPlane.programs.get(parseFlowName("press"))?.endpoints).toEqual({ historian: { url } });
  });

  test("has its secrets again after a restart", async () => {
    const dataDir = await temporaryFolder();
    {
      await using before = await startTestGateway({ dataDir });
      await put("historian", { ...broker, username: "press", secrets: { password: "one" } }, toCreate, before);
      await deploy("boiler", "historian", before);
    }
    await using after = await startTestGateway({ dataDir });
    expect(after.dataPlane.programs.get(flow)?.endpoints?.historian).toMatchObject({ password: "one" });
  });
});

test("no secret is in any answer, log, audit entry or file of the data folder", async () => {
  const secrets = {
    password: "planted-password-1",
    headers: { "x-api-key": "planted-header-2" },
    token: "planted-token-3",
  };
  const http = { kind: "http", url: "http://historian.example" };
  const answers: string[] = [];
  const note = async (response: Response) => void answers.push(await response.text());
  await note(await put("one", { ...broker, username: "u", secrets: { password: secrets.password } }, toCreate));
  await note(await put("two", { ...http, secrets: { headers: secrets.headers, token: secrets.token } }, toCreate));
  await note(await put("one", { ...broker, username: "v" }, { "if-match": '"1"' }));
  await note(await put("one", { ...broker, url: "mqtt://x", secrets: "planted-password-1" }, { "if-match": '"2"' }));
  await note(await put("one", { ...http, secrets }, { "if-match": '"2"' }));
  await note(await deploy("boiler", "one"));
  for (const path of ["/v1/connections", "/v1/connections/one", "/v1/audit", "/metrics", "/v1/flows", "/v1/stats"]) {
    await note(await peer.request("GET", path));
  }
  const files = (await readdir(peer.dataDir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")));
  for (const text of [...answers, ...peer.log, ...contents]) expect(text).not.toContain("planted-");
  expect(contents.join("")).toContain("ffs1.");
});
