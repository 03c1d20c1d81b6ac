import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectionTable } from "./connection-table.ts";
import { openDatabase } from "./database.ts";
import { driverTable } from "./driver-table.ts";

let folder: string;
let database: ReturnType<typeof openDatabase>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ff-declarations-"));
  database = openDatabase(join(folder, "gateway.db"));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const change = { at: "2026-01-01T00:00:00.000Z", by: "ada", secrets: "{}" };
const tables = {
  connections: () => {
    const table = connectionTable(database);
    const put = (name: string, settings: string, expected?: number) =>
      table.put({ ...change, name, settings }, expected);
    return { table, put };
  },
  drivers: () => {
    const table = driverTable(database);
    const put = (name: string, config: string, expected?: number) =>
      table.put({ ...change, name, kind: "modbus", config, enabled: 0 }, expected);
    return { table, put };
  },
};

describe.each(["connections", "drivers"] as const)("%s", (kind) => {
  test("are there as they were put, by name, page by page", () => {
    const { table, put } = tables[kind]();
    for (const name of ["b", "a", "c"]) expect(put(name, `{"of":"${name}"}`)).toBe(1);
    expect(table.list("", 2).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(table.list("b", 2).map(({ name }) => name)).toEqual(["c"]);
    expect(table.get("a")).toMatchObject({ ...change, name: "a", generation: 1 });
    expect(JSON.stringify(table.get("a"))).toContain("of");
    expect(table.get("d")).toBeUndefined();
  });

  test("are changed by who knows their generation alone", () => {
    const { table, put } = tables[kind]();
    put("a", "{}");
    expect(put("a", '{"changed":1}', 1)).toBe(2);
    expect(() => put("a", "{}", 1)).toThrow("a is at generation 2, its writer expected 1");
    expect(() => put("a", "{}")).toThrow("expected undefined");
    expect(() => table.remove("a", 1, change.at, "eve")).toThrow("its writer expected 1");
    expect(table.get("a")?.generation).toBe(2);
  });

  test("leave nothing but their generation when they are deleted, which goes on", () => {
    const { table, put } = tables[kind]();
    put("a", '{"secret":"kept nowhere"}');
    table.remove("a", 1, change.at, "ada");
    expect([table.get("a"), table.list("", 9)]).toEqual([undefined, []]);
    expect(JSON.stringify(database.prepare(`SELECT * FROM ${kind}`).all())).not.toContain("nowhere");
    expect(put("a", "{}")).toBe(3);
  });
});
