import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chain } from "../store/audit-chain.ts";
import { AUDIT_ENTRIES_KEPT, AuditTable } from "../store/audit-table.ts";
import { openDatabase } from "../store/database.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, temporaryFolder } from "../testkit/test-gateway.ts";
import { AUDIT_BUDGET_ENTRIES } from "./audit-budget.ts";

const json = { "content-type": "application/json" };

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly status: number;
  readonly who: string;
  readonly target: string;
  readonly before?: { readonly generation?: number; readonly role?: string };
  readonly after?: { readonly generation?: number; readonly role?: string };
}

describe("the audit log", () => {
  test("has every write: who, what, before and after, the refused ones included", async () => {
    await using peer = await startTestGateway();
    const create = (body: object) => peer.request("POST", "/v1/tokens", { body: JSON.stringify(body), headers: json });
    const { token } = (await (await create({ name: "ann", role: "viewer" })).json()) as { token: string };
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    await peer.deploy("boiler", 2, { "if-match": '"1"' });
    await peer.deploy("boiler", 3, { "if-match": '"1"' });
    await peer.request("DELETE", "/v1/flows/boiler", { headers: { authorization: `Bearer ${token}` } });
    await peer.request("DELETE", "/v1/flows/boiler", { headers: { "if-match": '"2"' } });
    await peer.request("GET", "/v1/flows");
    await fetch(`${peer.gateway.url}/v1/flows/boiler`, { method: "DELETE" });

    const { items } = (await (await peer.request("GET", "/v1/audit")).json()) as { items: Entry[] };
    const told = items
      .toReversed()
      .filter(({ action }) => action !== "putArtefact")
      .map(({ who, action, status, before, after }) => [who, action, status, before?.generation, after?.generation]);
    expect(told).toEqual([
      ["admin", "createToken", 201, undefined, undefined],
      ["admin", "deployFlow", 201, undefined, 1],
      ["admin", "deployFlow", 200, 1, 2],
      ["admin", "deployFlow", 412, 2, 2],
      ["ann", "deleteFlow", 403, undefined, 2],
      ["admin", "deleteFlow", 204, 2, undefined],
    ]);
    expect(items.at(-1)?.after).toMatchObject({ name: "ann", role: "viewer" });
    expect(JSON.stringify(items)).not.toContain(token);
    expect(JSON.stringify(items)).not.toContain(TEST_TOKEN);
  });

  test("has of a deploy that is answered before it is done which one it is, and not what was before as what came of it", async () => {
    await using peer = await startTestGateway();
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    await peer.upload(2);
    const body = JSON.stringify({ artefact: testArtefact(2).digest });
    const headers = { ...json, "if-match": '"1"' };
    const { id } = (await (await peer.request("PUT", "/v1/flows/boiler?wait=none", { body, headers })).json()) as {
      id: string;
    };
    const { items } = (await (await peer.request("GET", "/v1/audit")).json()) as { items: Entry[] };
    expect(items[0]).toMatchObject({ action: "deployFlow", status: 202, before: { generation: 1 } });
    expect(items[0]?.after).toEqual({ deployment: id });
  });

  test("has who took a backup, though that only reads, and who was refused one", async () => {
    await using peer = await startTestGateway();
    const body = JSON.stringify({ name: "ann", role: "operator" });
    const { token } = (await (await peer.request("POST", "/v1/tokens", { body, headers: json })).json()) as {
      token: string;
    };
    expect((await peer.request("GET", "/v1/backup")).status).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await peer.request("GET", "/v1/backup", { headers })).status).toBe(403);
    const { items } = (await (await peer.request("GET", "/v1/audit")).json()) as { items: Entry[] };
    expect(items.slice(0, 2).map(({ who, action, status }) => [who, action, status])).toEqual([
      ["ann", "getBackup", 403],
      ["admin", "getBackup", 200],
    ]);
  });

  test("is not pushed out by who is refused without end, signs in or out, or names what is long; what was changed is entered all the while", async () => {
    const dataDir = await temporaryFolder();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, { recursive: true }));
    {
      await using peer = await startTestGateway({ dataDir });
      const body = JSON.stringify({ name: "ann", role: "viewer" });
      const created = await peer.request("POST", "/v1/tokens", { body, headers: json });
      const { token } = (await created.json()) as { token: string };
      const headers = { authorization: `Bearer ${token}` };
      const statusOf = async (answer: Promise<Response>) => (await answer).status;
      const call = (method: string, path: string) => statusOf(peer.request(method, path, { headers }));
      expect(await call("PUT", `/${"x".repeat(10_000)}`)).toBe(404);
      for (let round = 0; round < AUDIT_BUDGET_ENTRIES; round++) {
        expect(await call("DELETE", "/v1/flows/boiler")).toBe(403);
        expect(await call("GET", "/v1/backup")).toBe(403);
        const signIn = { body: JSON.stringify({ token }), headers: json };
        expect(await statusOf(peer.request("POST", "/v1/session", signIn))).toBe(201);
        expect(await call("DELETE", "/v1/session")).toBe(204);
      }
      for (let value = 0; value < 2 * AUDIT_BUDGET_ENTRIES; value++)
        expect((await peer.upload(value)).status).toBe(201);
      // Refused, and an answer to who changes things: a deploy that does not hold.
      const unknown = { body: JSON.stringify({ artefact: `sha256:${"0".repeat(64)}` }) };
      for (let count = 0; count <= AUDIT_BUDGET_ENTRIES; count++) {
        const deploy = { ...unknown, headers: { ...json, "if-none-match": "*" } };
        expect(await statusOf(peer.request("PUT", "/v1/flows/boiler", deploy))).toBe(422);
      }
    }
    await using peer = await startTestGateway({ dataDir });
    const { items } = (await (await peer.request("GET", "/v1/audit?limit=200")).json()) as { items: Entry[] };
    const anns = items.filter(({ who }) => who === "ann").toReversed();
    expect(anns).toHaveLength(AUDIT_BUDGET_ENTRIES + 1);
    expect(anns[0]).toMatchObject({ action: "PUT", status: 404, target: `/${"x".repeat(299)}…` });
    const own = anns.slice(1, -1).map(({ action }) => action);
    const left = (action: string) => AUDIT_BUDGET_ENTRIES - own.filter((one) => one === action).length;
    expect(anns.at(-1)).toMatchObject({
      action: "sumUpCalls",
      target: "",
      after: {
        "deleteFlow 403": left("deleteFlow"),
        "getBackup 403": left("getBackup"),
        "openSession 201": left("openSession"),
        "closeSession 204": left("closeSession"),
      },
    });
    expect(items.filter(({ action }) => action === "putArtefact")).toHaveLength(2 * AUDIT_BUDGET_ENTRIES);
    expect(items.filter(({ action }) => action === "deployFlow")).toHaveLength(AUDIT_BUDGET_ENTRIES + 1);
    expect(await (await peer.request("GET", "/v1/audit/verdict")).json()).toEqual({ isIntact: true });
  });

  test("is paged, newest first, without gaps", async () => {
    await using peer = await startTestGateway();
    for (let count = 0; count < 5; count++) await peer.upload(count);
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const query: string = after === undefined ? "" : `&after=${after}`;
      const page = await peer.request("GET", `/v1/audit?limit=2${query}`);
      const { items, next } = (await page.json()) as { items: Entry[]; next?: string };
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ seq }) => seq));
      after = next;
    } while (after !== undefined);
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect((await peer.request("GET", "/v1/audit?after=x")).status).toBe(400);
  });

  test("goes on over a restart, and its chain with it", async () => {
    const dataDir = await temporaryFolder();
    for (let start = 0; start < 2; start++) {
      await using peer = await startTestGateway({ dataDir });
      await peer.upload(start);
      expect(await (await peer.request("GET", "/v1/audit/verdict")).json()).toEqual({ isIntact: true });
      const { items } = (await (await peer.request("GET", "/v1/audit")).json()) as { items: Entry[] };
      expect(items).toHaveLength(start + 1);
    }
    await rm(dataDir, { recursive: true });
  });

  test("that cannot be written is said in the answer, and the log of the gateway has the rest", async () => {
    const dataDir = await temporaryFolder();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, { recursive: true }));
    const prepared = openDatabase(join(dataDir, "gateway.db"));
    prepared.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    prepared.close();
    await using peer = await startTestGateway({ dataDir });
    const response = await peer.upload(1);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: "FF_AUDIT_UNWRITTEN" });
    expect(peer.log.join("")).toContain("disk full");
    // What took no effect says why, and not that it took effect.
    const refused = await peer.request("DELETE", "/v1/flows/none", { headers: { "if-match": "*" } });
    expect([refused.status, await refused.json()]).toMatchObject([404, { code: "FF_API_NOT_FOUND", status: 404 }]);
    // What is not entered is not handed out.
    expect((await peer.request("GET", "/v1/backup")).status).toBe(500);
    // Who is to see in the console what is wrong must get into it.
    const body = JSON.stringify({ token: TEST_TOKEN });
    const session = await peer.request("POST", "/v1/session", { body, headers: json });
    expect(session.status).toBe(201);
    expect(session.headers.get("set-cookie")).toContain("ff_session=");
    expect(peer.log.find((line) => line.includes('"openSession"'))).toContain("could not be entered in the audit log");
  });
});

describe("an audit entry", () => {
  let folder: string;
  let path: string;
  const draft = {
    at: "2026-01-01T00:00:00.000Z",
    who: "ann",
    role: "operator",
    remote: "127.0.0.1",
    action: "deployFlow",
    target: "/v1/flows/boiler",
    status: 200,
    requestId: "r",
    before: undefined,
    after: '{"generation":1}',
  };
  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder, "gateway.db");
    const database = openDatabase(path);
    const audit = new AuditTable(database);
    for (let count = 0; count < 5; count++) audit.append(draft);
    database.close();
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ["changed", "UPDATE audit SET who = 'bob' WHERE seq = 3"],
    ["removed", "DELETE FROM audit WHERE seq = 3"],
    ["removed at the end", "DELETE FROM audit WHERE seq = 5"],
    ["removed with all others", "DELETE FROM audit"],
  ])("is not %s by the database", (_what, statement) => {
    const database = openDatabase(path);
    expect(() => database.exec(statement)).toThrow("an audit entry is");
    expect(new AuditTable(database).page(100, 100)).toHaveLength(5);
    database.close();
  });

  /** Behind the database's back. */
  function tamper(statement: string): void {
    const raw = new DatabaseSync(path);
    raw.exec(`DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain; ${statement}`);
    raw.close();
  }

  const columns = [
    "at",
    "who",
    "role",
    "remote",
    "action",
    "target",
    "status",
    "request_id",
    "before",
    "after",
    "previous",
    "hash",
  ];
  test.each([
    ...columns.map((column) => [`has another ${column}`, `UPDATE audit SET ${column} = '7' WHERE seq = 3`, 3] as const),
    ["is gone", "DELETE FROM audit WHERE seq = 3", 4],
    [
      "is gone, and the next took its number",
      "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4",
      3,
    ],
    [
      "is the second and took the place of the first",
      "DELETE FROM audit WHERE seq = 1; UPDATE audit SET seq = 1 WHERE seq = 2",
      1,
    ],
    ["is gone with all older ones", "DELETE FROM audit WHERE seq <= 3", 4],
    ["is gone with all newer ones", "DELETE FROM audit WHERE seq >= 3", 5],
    ["is gone with all others", "DELETE FROM audit", 5],
  ] as const)(
    "that %s behind the database's back is found, also once others were written",
    async (_what, statement, brokenAt) => {
      tamper(statement);
      const database = openDatabase(path);
      const audit = new AuditTable(database);
      expect(await audit.findBreak()).toBe(brokenAt);
      audit.append(draft);
      expect(await audit.findBreak()).toBeLessThanOrEqual(6);
      database.close();
    },
  );

  test("that was forged whole, as the newest, is found, also once others were written", async () => {
    const untouched = openDatabase(path);
    const [, fourth] = new AuditTable(untouched).page(6, 2);
    untouched.close();
    const forged = chain({ ...draft, who: "bob" }, fourth);
    tamper(`UPDATE audit SET who = 'bob', hash = '${forged.hash}' WHERE seq = 5`);
    const database = openDatabase(path);
    const audit = new AuditTable(database);
    expect(await audit.findBreak()).toBe(5);
    audit.append(draft);
    expect(await audit.findBreak()).toBe(6);
    database.close();
  });

  const forget = "DELETE FROM settings WHERE name = 'newestAuditEntry'";
  test.each([
    ["as it was", forget, undefined],
    ["with nothing in it", `${forget}; DELETE FROM audit`, undefined],
    ["without its oldest", `${forget}; DELETE FROM audit WHERE seq <= 3`, 4],
    ["with one that was changed", `${forget}; UPDATE audit SET who = 'bob' WHERE seq = 3`, 3],
  ])("of a gateway that did not note its newest is checked with the rest: %s", async (_what, statement, brokenAt) => {
    tamper(statement);
    const database = openDatabase(path);
    const audit = new AuditTable(database);
    expect(await audit.findBreak()).toBe(brokenAt);
    audit.append(draft);
    expect(await audit.findBreak()).toBe(brokenAt);
    database.close();
  });

  test("that such a gateway wrote after the one that was noted is none too many", async () => {
    const noted = openDatabase(path);
    const { value } = noted.prepare("SELECT value FROM settings WHERE name = 'newestAuditEntry'").get()!;
    const written = new AuditTable(noted);
    for (let count = 0; count < 5; count++) written.append(draft);
    noted.prepare("UPDATE settings SET value = ? WHERE name = 'newestAuditEntry'").run(value!);
    expect(await written.findBreak()).toBeUndefined();
    noted.close();
    tamper("DELETE FROM audit WHERE seq <= 6");
    const database = openDatabase(path);
    const audit = new AuditTable(database, 4);
    expect(await audit.findBreak()).toBeUndefined();
    expect(audit.append(draft).seq).toBe(11);
    expect(await audit.findBreak()).toBeUndefined();
    database.close();
  });

  test("is checked while others have their turn, and room that is made meanwhile is no break, as long as it is no more than is due", async () => {
    const database = openDatabase(path);
    database.exec("DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain; PRAGMA synchronous = OFF");
    const audit = new AuditTable(database, 160);
    for (let entries = 0; entries < 300; entries++) audit.append(draft);
    const withRoom = audit.findBreak();
    database.exec("DELETE FROM audit WHERE seq <= 145");
    expect(await withRoom).toBeUndefined();
    const withForgery = audit.findBreak();
    database.exec("UPDATE audit SET who = 'nobody' WHERE seq = 305");
    expect(await withForgery).toBe(305);
    const withTooMuch = audit.findBreak();
    database.exec("DELETE FROM audit WHERE seq <= 260");
    expect(await withTooMuch).toBe(261);
    database.close();
  });

  test("makes room when it is older than those kept, and the rest is still a chain", () => {
    const database = openDatabase(path);
    const audit = new AuditTable(database);
    // As if the log had grown to its bound in between.
    const insert = database.prepare(
      "INSERT INTO audit SELECT ?, at, who, role, remote, action, target, status, request_id, before, after, previous, hash FROM audit WHERE seq = 5",
    );
    insert.run(AUDIT_ENTRIES_KEPT + 998);
    expect(audit.append(draft).seq).toBe(AUDIT_ENTRIES_KEPT + 999);
    expect(audit.page(100, 100)).toHaveLength(5);
    audit.append(draft);
    expect(audit.page(100, 100)).toHaveLength(0);
    expect(audit.page(Number.MAX_SAFE_INTEGER, 100).map(({ seq }) => seq)).toEqual([101_000, 100_999, 100_998]);
    database.close();
  });
});
