import { writeFileSync } from "node:fs";
import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { openDatabase, transaction } from "./database.ts";
import { migrations } from "./migrations.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, "gateway.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the database", () => {
  test("is durable: WAL with synchronous FULL", () => {
    const database = openDatabase(path);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    database.close();
  });

  test("is for its owner alone, with what SQLite puts beside it", async () => {
    const database = openDatabase(path);
    const modes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode & 0o077);
    expect(await Promise.all(modes)).toEqual([0, 0]);
    database.close();
  });

  test("records each migration once", () => {
    openDatabase(path).close();
    const database = openDatabase(path);
    const rows = database.prepare("SELECT version FROM migrations ORDER BY version").all();
    expect(rows).toEqual(migrations.map((_step, index) => ({ version: index + 1 })));
    database.close();
  });

  test("is refused while another connection holds it, and free once that is closed", () => {
    const first = openDatabase(path);
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: "FF_STORE_LOCKED" }));
    first.close();
    openDatabase(path).close();
  });

  test("is refused when a newer gateway wrote it, and left as it was", () => {
    const database = openDatabase(path);
    database.prepare("INSERT INTO migrations VALUES (?, ?)").run(migrations.length + 1, "2030-01-01T00:00:00Z");
    database.close();
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: "FF_STORE_VERSION" }));
    const raw = new DatabaseSync(path);
    expect(raw.prepare("SELECT count(*) AS n FROM migrations").get()).toEqual({ n: migrations.length + 1 });
    raw.close();
  });

  test("is refused as corrupt when the file is no database", () => {
    writeFileSync(path, "no database at all, but long enough to be taken for a header".repeat(4));
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: "FF_STORE_CORRUPT" }));
  });

  test.each([
    ["removed", () => rm(path)],
    ["replaced", () => writeFile(`${path}.other`, "").then(() => rename(`${path}.other`, path))],
  ])("takes no more writes once its file was %s", async (how, meddle) => {
    const database = openDatabase(path);
    const write = () => transaction(database, () => database.exec("INSERT INTO settings VALUES ('a', '1')"));
    await meddle();
    expect(write).toThrow(
      expect.objectContaining({ code: "FF_STORE_REPLACED", message: expect.stringContaining(how) }),
    );
    expect(database.prepare("SELECT count(*) AS n FROM settings").get()).toEqual({ n: 0 });
    database.close();
  });

  test("takes a transaction back when its work throws", () => {
    const database = openDatabase(path);
    const work = () => {
      database.exec("INSERT INTO settings VALUES ('a', '1')");
      throw new Error("stop");
    };
    expect(() => transaction(database, work)).toThrow("stop");
    expect(database.prepare("SELECT count(*) AS n FROM settings").get()).toEqual({ n: 0 });
    database.close();
  });
});
