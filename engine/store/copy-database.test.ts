import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { copyDatabase } from "./copy-database.ts";
import { openDatabase } from "./database.ts";

let folder: string;
let database: DatabaseSync;
beforeEach(async () => {
  folder = await temporaryFolder();
  database = openDatabase(join(folder, "gateway.db"));
  database.exec("CREATE TABLE written (text TEXT) STRICT");
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

test("a copy that begins while somebody writes waits, and has what was written", async () => {
  database.exec("BEGIN IMMEDIATE");
  database.exec("INSERT INTO written VALUES ('meanwhile')");
  let isCopied = false;
  const path = join(folder, "copy.db");
  const copying = copyDatabase(database, path, () => {}).finally(() => {
    isCopied = true;
  });
  await sleep(50);
  expect(isCopied).toBe(false);
  database.exec("COMMIT");
  await copying;
  using copy = new DatabaseSync(path);
  expect(copy.prepare("SELECT text FROM written").all()).toEqual([{ text: "meanwhile" }]);
});

test("a copy that waits for somebody who writes is given up once nobody wants it", async () => {
  database.exec("BEGIN IMMEDIATE");
  const copying = copyDatabase(database, join(folder, "copy.db"), () => {
    throw new Error("nobody wants it");
  });
  await expect(copying).rejects.toThrow("nobody wants it");
  database.exec("ROLLBACK");
});

test("a copy that cannot be written says so", async () => {
  const copying = copyDatabase(database, join(folder, "missing", "copy.db"), () => {});
  await expect(copying).rejects.toThrow("unable to open database file");
});
