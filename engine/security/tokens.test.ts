import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../store/database.ts";
import { TokenTable } from "../store/token-table.ts";
import { demandCsrf, Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";

const unauthorized = expect.objectContaining({ code: "FF_API_UNAUTHORIZED" });
const invalid = expect.objectContaining({ code: "FF_TOKEN_INVALID" });
const givenToken = "given-token-0123456789";

let folder: string;
let database: ReturnType<typeof openDatabase>;
let table: TokenTable;
let nowMs = 0;
const now = () => nowMs;
beforeEach(() => {
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  folder = mkdtempSync(join(tmpdir(), "flowfusion-tokens-"));
  database = openDatabase(join(folder, "gateway.db"));
  table = new TokenTable(database);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function inMs(ms: number): string {
  return new Date(nowMs + ms).toISOString();
}

describe("the first token", () => {
  test("is drawn once and shown once", () => {
    const drawn = new Tokens(table, now).establish(undefined);
    expect(drawn).toMatch(/^ff_[A-Za-z0-9_-]{43}$/);
    const later = new Tokens(table, now);
    expect(later.establish(undefined)).toBeUndefined();
    expect(later.authenticate(drawn!)).toEqual({ name: "admin", role: "admin" });
  });

  test("that is given replaces the one before, and no other", () => {
    const tokens = new Tokens(table, now);
    const drawn = tokens.establish(undefined)!;
    const other = tokens.create({ name: "eve", role: "viewer" }, "admin");
    expect(tokens.establish(givenToken)).toBe(givenToken);
    expect(() => tokens.authenticate(drawn)).toThrow(unauthorized);
    expect(tokens.authenticate(other).role).toBe("viewer");
  });

  test("that is given is not another's, which would be who calls with it, and nobody admin", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const other = tokens.create({ name: "eve", role: "viewer" }, "admin");
    const establish = () => tokens.establish(other);
    expect(establish).toThrow(expect.objectContaining({ code: "FF_GATEWAY_TOKEN" }));
    expect(establish).toThrow(
      "the token is that of eve, which is viewer here; the gateway's start needs one of its own",
    );
    expect(new Tokens(table, now).authenticate(givenToken)).toEqual({ name: "admin", role: "admin" });
    tokens.revoke("eve");
    expect(tokens.establish(other)).toBe(other);
    expect(tokens.authenticate(other)).toEqual({ name: "admin", role: "admin" });
  });

  test("is not drawn again when it was revoked and another admin stays", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(undefined);
    tokens.create({ name: "ann", role: "admin" }, "admin");
    tokens.revoke("admin");
    expect(new Tokens(table, now).establish(undefined)).toBeUndefined();
  });

  test.each(["", "short", "fifteen-charact", "with space 0123456789", "with\nline-0123456789", "ünïcödé-0123456789"])(
    "%j is refused",
    (given) => {
      expect(() => new Tokens(table, now).establish(given)).toThrow(
        expect.objectContaining({ code: "FF_GATEWAY_TOKEN" }),
      );
    },
  );
});

describe("a token", () => {
  test("is nowhere in the database", () => {
    const tokens = new Tokens(table, now);
    const clear = tokens.create({ name: "ann", role: "operator" }, "admin");
    const stored = JSON.stringify(
      table.all().map((row) => ({ ...row, hash: Buffer.from(row.hash).toString("latin1") })),
    );
    expect(stored).not.toContain(clear);
    expect(stored).not.toContain(clear.slice(3));
  });

  test("ends when it expires, to the millisecond", () => {
    const tokens = new Tokens(table, now);
    const clear = tokens.create({ name: "ann", role: "operator", expiresAt: inMs(1000) }, "admin");
    nowMs += 999;
    expect(tokens.authenticate(clear).name).toBe("ann");
    nowMs += 1;
    expect(() => tokens.authenticate(clear)).toThrow("token ann expired at 2026-01-01T00:00:01.000Z");
  });

  test("cannot be made with an end in the past, a taken name, or beyond 256", () => {
    const tokens = new Tokens(table, now);
    expect(() => tokens.create({ name: "ann", role: "viewer", expiresAt: inMs(0) }, "admin")).toThrow(invalid);
    expect(() => tokens.create({ name: "ann", role: "viewer", expiresAt: "2026-02-31T25:00:00Z" }, "admin")).toThrow(
      invalid,
    );
    for (let count = 0; count < 256; count++) tokens.create({ name: `t${count}`, role: "viewer" }, "admin");
    expect(() => tokens.create({ name: "t256", role: "viewer" }, "admin")).toThrow("256 allowed");
    tokens.revoke("t7");
    expect(() => tokens.create({ name: "t8", role: "viewer" }, "admin")).toThrow(invalid);
  });

  test("of the last admin that does not expire cannot be revoked", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(undefined);
    tokens.create({ name: "temporary", role: "admin", expiresAt: inMs(1000) }, "admin");
    expect(() => tokens.revoke("admin")).toThrow(invalid);
    tokens.create({ name: "ann", role: "admin" }, "admin");
    expect(tokens.revoke("admin")).toBe(true);
    expect(tokens.revoke("admin")).toBe(false);
  });
});

describe("a session", () => {
  test("lives as long as its token, with the role that the token has", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const { id } = sessions.open(tokens.create({ name: "ann", role: "viewer" }, "admin"));
    expect(sessions.find(id).caller).toEqual({ name: "ann", role: "viewer" });
    tokens.revoke("ann");
    expect(() => sessions.find(id)).toThrow(unauthorized);
  });

  test("does not pass to a new token of the same name", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const { id } = sessions.open(tokens.create({ name: "ann", role: "viewer" }, "admin"));
    tokens.revoke("ann");
    nowMs += 1;
    tokens.create({ name: "ann", role: "admin" }, "admin");
    expect(() => sessions.find(id)).toThrow(unauthorized);
  });

  test("makes room for others of its token alone: who opens many ends nobody else's", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const viewer = tokens.create({ name: "wall", role: "viewer" }, "admin");
    const admins = sessions.open(givenToken);
    const [first, ...others] = Array.from({ length: 17 }, () => sessions.open(viewer));
    for (let opened = 0; opened < 300; opened++) sessions.open(viewer);
    expect(sessions.find(admins.id).caller.name).toBe("admin");
    const late = sessions.open(viewer);
    expect(sessions.find(late.id).caller.name).toBe("wall");
    for (const { id } of [first!, ...others]) expect(() => sessions.find(id)).toThrow(unauthorized);
  });

  test.each([
    ["30 minutes without a call", [30 * 60_000]],
    ["12 hours, however busy", Array<number>(36).fill(20 * 60_000)],
  ])("ends after %s", (_what, pausesMs) => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const { id } = sessions.open(givenToken);
    for (const pauseMs of pausesMs.slice(0, -1)) {
      nowMs += pauseMs;
      expect(sessions.find(id).caller.name).toBe("admin");
    }
    nowMs += pausesMs.at(-1)!;
    expect(() => sessions.find(id)).toThrow(unauthorized);
  });

  test("is not kept open by what is only followed in it", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const { id } = sessions.open(givenToken);
    nowMs += 20 * 60_000;
    expect(sessions.demand(id).caller.name).toBe("admin");
    nowMs += 10 * 60_000;
    expect(() => sessions.demand(id)).toThrow(unauthorized);
  });

  test("makes room for the 17th of its token by ending the oldest", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const ids = Array.from({ length: 17 }, () => sessions.open(givenToken).id);
    expect(() => sessions.find(ids[0]!)).toThrow(unauthorized);
    expect(sessions.find(ids[1]!).caller.name).toBe("admin");
  });

  test("takes no other CSRF value than its own", () => {
    const tokens = new Tokens(table, now);
    tokens.establish(givenToken);
    const sessions = new Sessions(tokens, now);
    const [one, other] = [sessions.open(givenToken), sessions.open(givenToken)];
    expect(() => demandCsrf(one.csrf, one.csrf)).not.toThrow();
    for (const given of [undefined, "", other.csrf, one.csrf.slice(1)]) {
      expect(() => demandCsrf(one.csrf, given)).toThrow(expect.objectContaining({ code: "FF_API_CSRF" }));
    }
  });
});
