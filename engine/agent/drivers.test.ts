// Drivers through the API: declared, changed, refused and forgotten. What supervision does with their processes is tested
// where it is; the drivers here are real and have no device.

import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../testkit/test-gateway.ts";
import type { DriverKinds, DriverLog, DriverPage, DriverStatus } from "./driver-schemas.ts";
import type { Problem } from "./schemas.ts";

let peer: TestGateway;
beforeEach(async () => {
  peer = await startTestGateway();
});
afterEach(() => peer[Symbol.asyncDispose]());

const create = { "if-none-match": "*" };
const match = (generation: number) => ({ "if-match": `"${generation}"` });
const json = { "content-type": "application/json" };
const get = async <T>(path: string): Promise<T> => (await (await peer.request("GET", path)).json()) as T;
const put = (name: string, body: object, condition: Record<string, string>) =>
  peer.request("PUT", `/v1/drivers/${name}`, { body: JSON.stringify(body), headers: { ...json, ...condition } });

/** Its status once the driver runs. */
const running = () =>
  eventually(async () => {
    const status = await get<DriverStatus>("/v1/drivers/line-1");
    expect(status.state).toBe("running");
    return status;
  });

const plant = { kind: "simulator", config: { tags: 7 } };
const broker = (rest: object = {}) => ({
  ...{
    kind: "mqtt",
    config: { url: "mqtt://127.0.0.1:1", username: "u", subscriptions: [{ format: "text", topic: "a" }] },
  },
  ...rest,
});

describe("a driver", () => {
  test("is declared, runs as a process of its own, and tells how it does", async () => {
    const response = await put("line-1", plant, create);
    expect([response.status, response.headers.get("etag")]).toEqual([201, '"1"']);
    expect(await response.json()).toMatchObject({
      name: "line-1",
      generation: 1,
      ...plant,
      state: "starting",
      changedBy: "admin",
    });
    await eventually(async () => {
      const status = await get<DriverStatus>("/v1/drivers/line-1");
      expect(status).toMatchObject({ state: "running", device: "connected", restarts: 0, secrets: [], enabled: true });
      expect(process.kill(status.pid!, 0)).toBe(true);
    });
  });

  test("is started again where somebody else than the gateway stops it", async () => {
    await put("line-1", plant, create);
    const { pid } = await running();
    process.kill(pid!, "SIGTERM");
    await eventually(async () => expect((await running()).pid).not.toBe(pid));
    expect((await running()).restarts).toBe(1);
  });

  test("is changed by who knows its generation, and started anew with what it is now", async () => {
    await put("line-1", plant, create);
    const { pid } = await running();
    const response = await put("line-1", { ...plant, config: { tags: 8 } }, match(1));
    expect([response.status, response.headers.get("etag")]).toEqual([200, '"2"']);
    await eventually(async () => {
      const status = await get<DriverStatus>("/v1/drivers/line-1");
      expect(status).toMatchObject({ generation: 2, config: { tags: 8 }, state: "running" });
      expect(status.pid).not.toBe(pid);
    });
    expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
  });

  test("goes on where it is declared as it is, and is started anew with other secrets or where it does not run", async () => {
    const silent = broker({ secrets: { password: "p" } });
    await put("line-1", silent, create);
    const { pid } = await running();
    const same = await put("line-1", silent, match(1));
    expect([same.status, same.headers.get("etag")]).toEqual([200, '"1"']);
    expect(await same.json()).toMatchObject({ generation: 1, state: "running", pid });
    await put("line-1", broker({ secrets: { password: "q" } }), match(1));
    const anew = await running();
    expect(anew).toMatchObject({ generation: 2 });
    expect(anew.pid).not.toBe(pid);
    const broken = { kind: "replay", config: { path: "day.jsonl" } };
    await put("day", broken, create);
    await eventually(async () => expect(await get("/v1/drivers/day")).toMatchObject({ state: "failed" }));
    expect(await (await put("day", broken, match(1))).json()).toMatchObject({ generation: 2, state: "starting" });
  });

  test("begins without what one of its name left that was deleted, where a kill came before that was removed", async () => {
    const left = join(peer.dataDir, "drivers", "line-1", "pki", "private-key.pem");
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, "the key of another");
    expect((await put("line-1", { ...plant, enabled: false }, create)).status).toBe(201);
    await expect(access(left)).rejects.toThrow("ENOENT");
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, "its own key");
    expect((await put("line-1", { ...plant, enabled: false }, match(1))).status).toBe(200);
    expect(await readFile(left, "utf8")).toBe("its own key");
  });

  test("may be declared without being run, and run later", async () => {
    await put("line-1", { ...plant, enabled: false }, create);
    expect(await get("/v1/drivers/line-1")).toMatchObject({ state: "stopped", enabled: false });
    await put("line-1", plant, match(1));
    await eventually(async () => expect(await get("/v1/drivers/line-1")).toMatchObject({ state: "running" }));
  });

  test("is started anew on request", async () => {
    await put("line-1", plant, create);
    const { pid } = await get<DriverStatus>("/v1/drivers/line-1");
    const response = await peer.request("POST", "/v1/drivers/line-1/restart");
    expect(response.status).toBe(200);
    expect(((await response.json()) as DriverStatus).pid).not.toBe(pid);
    expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
  });

  test("counts on where it is started anew, changed or stopped, with what was not taken of it then", async () => {
    const status = () => get<DriverStatus>("/v1/drivers/line-1");
    const counted = (more: (now: DriverStatus) => void) =>
      eventually(async () => {
        const now = await status();
        expect(now.state).toBe("running");
        more(now);
        return now;
      });
    await put("line-1", plant, create);
    const first = await counted(({ updates }) => expect(updates).toBeGreaterThan(0));
    await peer.request("POST", "/v1/drivers/line-1/restart");
    // Nobody listens where it pushes to: all was lost, which is told at the next start.
    const second = await counted(({ unsent, updates }) => {
      expect(unsent).toBeGreaterThanOrEqual(first.updates);
      expect(updates).toBeGreaterThan(unsent);
    });
    await put("line-1", { ...plant, config: { tags: 8 } }, match(1));
    const third = await counted(({ unsent }) => expect(unsent).toBeGreaterThanOrEqual(second.updates));
    await put("line-1", { ...plant, enabled: false }, match(2));
    const stopped = await status();
    expect(stopped).toMatchObject({ state: "stopped", unsent: third.unsent });
    expect(stopped.updates).toBeGreaterThanOrEqual(third.updates);
    await peer.request("DELETE", "/v1/drivers/line-1", { headers: match(3) });
    await put("line-1", { ...plant, enabled: false }, create);
    expect(await status()).toMatchObject({ updates: 0, unsent: 0 });
  });

  test("is forgotten with its process, and its generations are not given out again", async () => {
    await put("line-1", plant, create);
    const { pid } = await get<DriverStatus>("/v1/drivers/line-1");
    expect((await peer.request("DELETE", "/v1/drivers/line-1", { headers: match(1) })).status).toBe(204);
    expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
    expect((await peer.request("GET", "/v1/drivers/line-1")).status).toBe(404);
    expect((await put("line-1", plant, create)).headers.get("etag")).toBe('"3"');
  });

  test("that cannot work says why, in its state and once in its log", async () => {
    await put("line-1", { kind: "replay", config: { path: "day.jsonl" } }, create);
    await eventually(async () => {
      const status = await get<DriverStatus>("/v1/drivers/line-1");
      expect(status).toMatchObject({ state: "failed", reason: expect.stringContaining("day.jsonl: cannot be read") });
    });
    expect(await get<DriverLog>("/v1/drivers/line-1/logs")).toEqual({
      lines: [{ at: expect.any(String), level: "error", message: expect.stringContaining("ENOENT") }],
    });
  });

  test("is listed by name, page by page", async () => {
    for (const name of ["c", "a", "b"]) await put(name, { ...plant, enabled: false }, create);
    const first = await get<DriverPage>("/v1/drivers?limit=2");
    expect([first.items.map(({ name }) => name), first.next]).toEqual([["a", "b"], "b"]);
    expect((await get<DriverPage>(`/v1/drivers?after=${first.next}`)).items.map(({ name }) => name)).toEqual(["c"]);
  });
});

describe("a declaration is refused", () => {
  test.each([
    ["of an unknown kind", { kind: "modbuss", config: {} }, "FF_DRIVER_KIND", []],
    [
      "with all that is wrong in it",
      { kind: "modbus", config: { port: 0, groups: [{ pollIntervalMs: 100, tags: [{ tag: "t", address: -1 }] }] } },
      "FF_DRIVER_CONFIG",
      ["config.host", "config.port", "config.groups[0].tags[0].address"],
    ],
    [
      "with a secret that the kind does not have",
      { ...plant, secrets: { password: "x" } },
      "FF_DRIVER_CONFIG",
      ["secrets.password"],
    ],
    [
      "with a path out of its folder",
      { kind: "replay", config: { path: "../gateway.db" } },
      "FF_DRIVER_CONFIG",
      ["config.path"],
    ],
    ["that is no object", { kind: "modbus", config: [] }, "FF_API_REQUEST_INVALID", ["body.config"]],
  ])("%s", async (_, body, code, paths) => {
    const response = await put("line-1", body, create);
    const problem = (await response.json()) as Problem;
    expect([problem.code, problem.diagnostics.map(({ path }) => path)]).toEqual([code, paths]);
    expect(response.status).toBe(code.startsWith("FF_DRIVER") ? 422 : 400);
    expect((await get<DriverPage>("/v1/drivers")).items).toEqual([]);
  });

  test.each([
    ["PUT", {}, 428, "FF_API_PRECONDITION_REQUIRED"],
    ["PUT", create, 412, "FF_API_PRECONDITION_FAILED"],
    ["PUT", match(2), 412, "FF_API_PRECONDITION_FAILED"],
    ["DELETE", {}, 428, "FF_API_PRECONDITION_REQUIRED"],
    ["DELETE", match(2), 412, "FF_API_PRECONDITION_FAILED"],
  ])("by %s with %j at generation 1: %i", async (method, headers: Record<string, string>, status, code) => {
    await put("line-1", plant, create);
    const before = await get<DriverStatus>("/v1/drivers/line-1");
    const response =
      method === "PUT"
        ? await put("line-1", { ...plant, config: {} }, headers)
        : await peer.request("DELETE", "/v1/drivers/line-1", { headers });
    expect([response.status, ((await response.json()) as Problem).code]).toEqual([status, code]);
    expect(await get("/v1/drivers/line-1")).toMatchObject({ pid: before.pid, generation: 1, config: plant.config });
  });
});

describe("a gateway that allows some places alone", () => {
  const plc = (host: string, port = 502) => ({
    ...{ kind: "modbus", config: { host, port, groups: [{ pollIntervalMs: 1000, tags: [{ tag: "t", address: 0 }] }] } },
  });
  const opcua = (endpointUrl: string) => ({
    kind: "opcua",
    config: { endpointUrl, tags: [{ tag: "t", nodeId: "i=1" }] },
  });

  test.each([
    ["an address", plc("10.2.0.1"), "config.host"],
    ["another port", plc("10.1.0.1", 503), "config.host"],
    ["where clouds keep their metadata", opcua("opc.tcp://169.254.169.254"), "config.endpointUrl"],
    [
      "a broker",
      { kind: "mqtt", config: { url: "mqtt://[::1]", subscriptions: [{ format: "text", topic: "a" }] } },
      "config.url",
    ],
  ])("refuses a driver of %s", async (_, body, path) => {
    await using guarded = await startTestGateway({ outbound: ["10.1.0.0/16:502"] });
    const init = { body: JSON.stringify(body), headers: { ...json, ...create } };
    const response = await guarded.request("PUT", "/v1/drivers/line-1", init);
    expect(response.status).toBe(422);
    const { diagnostics } = (await response.json()) as Problem;
    expect(diagnostics).toEqual([
      { code: "FF_OUTBOUND_REFUSED", path, message: expect.stringContaining("10.1.0.0/16:502") },
    ]);
  });

  test("runs one of a place that it allows, and none any more whose place it no longer does", async () => {
    const body = { body: JSON.stringify(plc("127.0.0.1")), headers: { ...json, ...create } };
    await peer.request("PUT", "/v1/drivers/line-1", body);
    await peer.gateway.close();
    const again = async (outbound: readonly string[], status: object) => {
      await using next = await startTestGateway({ dataDir: peer.dataDir, outbound });
      await eventually(async () => {
        expect(await (await next.request("GET", "/v1/drivers/line-1")).json()).toMatchObject(status);
      });
    };
    await again(["loopback"], { state: "running" });
    await again(["10.1.0.0/16"], { state: "failed", reason: expect.stringContaining("127.0.0.1 port 502") });
  });
});

describe("secrets", () => {
  test("are kept where they are not named, removed by null, and never shown or written in clear", async () => {
    const planted = "planted-hunter2-secret";
    await put("line-1", broker({ secrets: { password: planted, clientKey: planted } }), create);
    expect(await get("/v1/drivers/line-1")).toMatchObject({ secrets: ["password", "clientKey"] });
    await put("line-1", broker(), match(1));
    expect(await get("/v1/drivers/line-1")).toMatchObject({ secrets: ["password", "clientKey"] });
    await put("line-1", broker({ secrets: { clientKey: null } }), match(2));
    const shown = await get<DriverStatus>("/v1/drivers/line-1");
    expect(shown.secrets).toEqual(["password"]);
    await put("line-1", broker({ secrets: { nonsense: planted } }), match(3));
    await eventually(async () =>
      expect(await get("/v1/drivers/line-1")).toMatchObject({ lastError: expect.any(String) }),
    );

    const said = [
      shown,
      await get("/v1/drivers"),
      await get("/v1/drivers/line-1/logs"),
      await get("/v1/audit"),
      peer.log,
    ];
    const stored = await Promise.all(
      ["gateway.db", "gateway.db-wal"].map((file) => readFile(join(peer.dataDir, file), "latin1")),
    );
    expect(JSON.stringify(said) + stored.join("")).not.toContain(planted);
  });

  test("do not stay where the driver is to connect elsewhere: who may change a URL must not read passwords", async () => {
    const elsewhere = { ...broker(), config: { ...broker().config, url: "mqtt://127.0.0.1:2" } };
    await put("line-1", broker({ secrets: { password: "x", clientKey: "y" } }), create);
    const refused = await put("line-1", elsewhere, match(1));
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: "FF_DRIVER_SECRETS",
      detail: expect.stringMatching(/^driver line-1: .*: password, clientKey$/),
    });
    expect((await put("line-1", { ...elsewhere, secrets: { password: "z" } }, match(1))).status).toBe(422);
    expect(await get("/v1/drivers/line-1")).toMatchObject({ generation: 1, config: broker().config });
    expect((await put("line-1", { ...elsewhere, secrets: { password: "z", clientKey: null } }, match(1))).status).toBe(
      200,
    );
    expect(await get("/v1/drivers/line-1")).toMatchObject({ secrets: ["password"] });
    const { items } = await get<{ items: { before?: object; after?: object }[] }>("/v1/audit");
    expect(items[0]).toMatchObject({ before: { endpoint: "127.0.0.1:1" }, after: { endpoint: "127.0.0.1:2" } });
  });

  test("of another kind do not stay", async () => {
    await put("line-1", broker({ secrets: { password: "x" } }), create);
    await put("line-1", plant, match(1));
    expect(await get("/v1/drivers/line-1")).toMatchObject({ secrets: [] });
  });
});

test("the kinds are listed with the schemas of their configurations", async () => {
  const { items } = await get<DriverKinds>("/v1/driver-kinds");
  expect(items.map(({ kind }) => kind)).toEqual(["modbus", "opcua", "mqtt", "replay", "simulator"]);
  const modbus = items[0]!;
  expect(modbus.config).toMatchObject({
    type: "object",
    required: ["host", "groups"],
    properties: { port: { default: 502 } },
  });
  expect(Object.keys(items[2]!.secrets)).toEqual(["password", "clientKey"]);
});

test("drivers are back after a restart of the gateway, and no process is left behind by the one before", async () => {
  await put("line-1", plant, create);
  const { pid } = await get<DriverStatus>("/v1/drivers/line-1");
  await peer.gateway.close();
  expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
  await using again = await startTestGateway({ dataDir: peer.dataDir });
  const status = (await (await again.request("GET", "/v1/drivers/line-1")).json()) as DriverStatus;
  expect(status).toMatchObject({ generation: 1, kind: "simulator", state: expect.stringMatching(/starting|running/) });
});
