// kill -9 at each step of a restore, and of the first start on what an older gateway wrote: no gateway ever runs on a half, and doing
// the same again brings all of it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Failpoint, readArchive, restoreBackup } from "@flowfusion/engine";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Armed, GatewayChild } from "./child.ts";
import { bundleChild, type ChildBundle } from "./child-bundle.ts";

const script = fileURLToPath(new URL("./restore-child.ts", import.meta.url));
let bundle: ChildBundle;
let folder: string;
let dataDir: string;
let backup: string;
let archive: Buffer;

beforeAll(async () => {
  bundle = await bundleChild();
});
afterAll(() => bundle[Symbol.asyncDispose]());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-restore-"));
  dataDir = path.join(folder, "data");
  backup = path.join(folder, "gateway.backup");
  archive = gunzipSync(await readFile(path.join(import.meta.dirname, "stores/schema-6.backup.gz")));
  await writeFile(backup, archive);
});
afterEach(() => rm(folder, { recursive: true }));

/** The signal or exit code that a restore ends with which dies the `hits`-th time that it comes to that point. */
async function restoreUntil(point: Failpoint, hits: number): Promise<unknown> {
  const child = fork(script, [backup, dataDir, point, String(hits)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [code, signal] = await once(child, "exit");
  return signal ?? code;
}

async function expectWhole(): Promise<void> {
  await using gateway = await GatewayChild.startSound(dataDir, bundle.script);
  expect((await gateway.client.listFlows()).items).toMatchObject([
    { name: "counts", generation: 3, condition: "running", recovery: { refused: [] } },
    { name: "weak", generation: 1, condition: "running" },
  ]);
  expect((await gateway.client.listConnections()).items).toMatchObject([{ name: "historian", secrets: ["token"] }]);
  expect(await gateway.client.auditVerdict()).toEqual({ isIntact: true });
  expect((await gateway.client.gateway()).storage.isWritable).toBe(true);
  expect((await readdir(dataDir)).filter((name) => name.endsWith(".part"))).toEqual([]);
}

test("no gateway starts on what a restore left that was killed, and the next restore brings all", async () => {
  for (const [point, more] of [
    ["unpack.write", readArchive(archive).length - 1],
    ["unpack.move", 4],
    ["unpack.database", 0],
  ] as const) {
    for (const hits of new Set([1, 1 + (more >> 1), 1 + more])) {
      expect(await restoreUntil(point, hits), `${point} ${hits}`).toBe("SIGKILL");
      expect(await GatewayChild.start(dataDir, undefined, bundle.script), `${point} ${hits}`).toMatch(
        /a restore into this folder was interrupted/,
      );
    }
  }
  await restoreBackup(archive, dataDir);
  await expectWhole();
});

test("a restore that was killed when all was in its place is one that a gateway starts on", async () => {
  expect(await restoreUntil("unpack.done", 1)).toBe("SIGKILL");
  await expectWhole();
});

test("a gateway that is killed while it brings an older folder up to date leaves it to the next start", async () => {
  await restoreBackup(archive, dataDir);
  const deaths: readonly Armed[] = [
    { point: "migration.step", action: "kill", hits: 1 },
    { point: "migration.step", action: "kill", hits: 3 },
    { point: "migration.commit", action: "kill", hits: 1 },
  ];
  for (const armed of deaths)
    expect(await GatewayChild.start(dataDir, armed, bundle.script), JSON.stringify(armed)).toBe("SIGKILL");
  await expectWhole();
});
