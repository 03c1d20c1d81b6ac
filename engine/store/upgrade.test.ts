// Data folders of every schema that there was, made with the steps that made them then, opened by this version.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FlowName } from "@flowfusion/graph";
import { encodeGraph, sha256 } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { migrations } from "./migrations.ts";
import { Store } from "./store.ts";

const at = "2026-01-01T00:00:00.000Z";
const boiler = "boiler" as FlowName;
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a gateway of that schema would have left: an artefact, a flow with two versions, and one that was deleted. */
function writeAsOf(schema: number): void {
  const database = new DatabaseSync(join(folder, "gateway.db"));
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT");
  for (const [index, step] of migrations.slice(0, schema).entries()) {
    database.exec(step);
    database.prepare("INSERT INTO migrations VALUES (?, ?)").run(index + 1, at);
  }
  const { wasm, digest, graph } = testArtefact(1);
  const encoded = encodeGraph(graph);
  database.prepare("INSERT INTO settings VALUES ('id', 'the-id')").run();
  database.prepare("INSERT INTO tokens (name, hash, created_at) VALUES ('admin', ?, ?)").run(Buffer.alloc(32, 7), at);
  const artefact = [digest, wasm.length, sha256(encoded), encoded, at] as const;
  database.prepare("INSERT INTO artefacts VALUES (?, ?, ?, ?, ?)").run(...artefact);
  const version = database.prepare(
    "INSERT INTO versions (flow, generation, action, artefact, rolled_back_to, options, at, by) VALUES (?, ?, ?, ?, NULL, '{}', ?, 'admin')",
  );
  version.run("boiler", 1, "deploy", digest, at);
  version.run("boiler", 2, "deploy", digest, at);
  version.run("kiln", 1, "deploy", digest, at);
  version.run("kiln", 2, "delete", null, at);
  database.prepare("INSERT INTO flows VALUES ('boiler', 2)").run();
  database.close();
}

test.each(migrations.slice(0, -1).map((_step, index) => index + 1))(
  "a data folder of schema %i is brought up to this version with all that it holds",
  async (schema) => {
    writeAsOf(schema);
    const store = await Store.open(folder);
    try {
      expect(store.id).toBe("the-id");
      expect(store.flows.current(boiler)).toMatchObject({ generation: 2, artefact: testArtefact(1).digest, at });
      expect(store.flows.versions("kiln" as FlowName, 10, 10).map(({ action }) => action)).toEqual([
        "delete",
        "deploy",
      ]);
      expect(store.artefact(testArtefact(1).digest)).toMatchObject({ sizeBytes: testArtefact(1).wasm.length });
      expect(store.tokens.all()).toMatchObject([{ name: "admin", role: "admin" }]);
      const next = { flow: boiler, expected: 2, action: "deploy", options: "{}", at, by: "admin", via: "api" } as const;
      expect(store.flows.commit({ ...next, artefact: testArtefact(1).digest })).toBe(3);
    } finally {
      store.close();
    }
  },
);
