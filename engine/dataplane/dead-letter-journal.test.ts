import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { armFailpoint, disarmFailpoints, failpointCells, watchFailpoints } from "../failpoints.ts";
import { DeadLetterJournal } from "./dead-letter-journal.ts";

const boiler = parseFlowName("boiler");
const failpoints = failpointCells();
const retryMs = 20;
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-letters-"));
  file = path.join(folder, "boiler.journal");
  watchFailpoints(failpoints);
});
afterEach(async () => {
  disarmFailpoints(failpoints);
  watchFailpoints(undefined);
  await rm(folder, { recursive: true });
});

const letter = (detail: string, message: Uint8Array = Uint8Array.of(1, 2, 250)) => ({
  ...{ node: "n", port: "in", input: "in", cause: "trap" as const, detail, atMs: 1_000, message },
});
const open = () => DeadLetterJournal.open(folder, boiler, true, retryMs);

test("letters are there after a start, as they were, and ids go on behind them", async () => {
  const before = await open();
  for (const detail of ["a", "b", "c"]) before.letters.add(letter(detail));
  before.letters.take([2]);
  const kept = before.letters.kept;
  await before.close();
  const after = await open();
  expect(after.letters.kept).toEqual(kept);
  expect(after.letters.count).toBe(0);
  after.letters.add(letter("d"));
  expect(after.letters.kept.map(({ id }) => id)).toEqual([1, 3, 4]);
  await after.close();
});

test("an id is not given out again after its letter was taken and the file written anew", async () => {
  const first = await open();
  for (let index = 0; index < 40; index++) first.letters.add(letter("large", new Uint8Array(60_000)));
  first.letters.take(undefined);
  await first.close();
  const second = await open();
  expect([second.letters.kept, second.letters.lastId]).toEqual([[], 40]);
  await second.close();
});

test("without having been closed, as after a kill, they are there once the disk took them", async () => {
  const killed = await open();
  for (const detail of ["a", "b"]) killed.letters.add(letter(detail));
  await eventually(async () => {
    const after = await open();
    expect(after.letters.kept).toEqual(killed.letters.kept);
    await after.close();
  });
  await killed.close();
});

test("those before a torn end are there, and the damage is told", async () => {
  const before = await open();
  for (const detail of ["a", "b"]) before.letters.add(letter(detail));
  await before.close();
  await truncate(file, (await readFile(file)).length - 4);
  const after = await open();
  expect(after.letters.kept.map(({ detail }) => detail)).toEqual(["a"]);
  expect(after.damage).toMatch(/no whole entry/);
  await after.close();
  const mended = await open();
  expect([mended.damage, mended.letters.kept.length]).toEqual([undefined, 1]);
  await mended.close();
});

test("a file that is something else keeps no flow from starting", async () => {
  await writeFile(file, "something else");
  const letters = await open();
  expect([letters.letters.kept, letters.damage]).toEqual([[], "it does not begin as a journal does"]);
  await letters.close();
});

test("on a full disk they are kept in memory, which is told, and written once there is room", async () => {
  const journal = await open();
  armFailpoint(failpoints, "disk.write", "ENOSPC");
  journal.letters.add(letter("a"));
  await eventually(async () => expect(journal.error).toContain("ENOSPC"));
  journal.letters.add(letter("b"));
  expect(journal.letters.kept).toHaveLength(2);
  disarmFailpoints(failpoints);
  await eventually(async () => expect(journal.error).toBeUndefined());
  await journal.close();
  const after = await open();
  expect(after.letters.kept.map(({ detail }) => detail)).toEqual(["a", "b"]);
  await after.close();
});
