// A journal on a real disk, and on one that fails: memory is what counts, and the file follows it.

import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { armFailpoint, disarmFailpoints, failpointCells, watchFailpoints } from "../failpoints.ts";
import { Journal, readJournal } from "./journal.ts";

interface Line {
  readonly id: number;
  readonly text: string;
}

const failpoints = failpointCells();
let folder: string;
let file: string;
let lines: Line[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-journal-"));
  file = path.join(folder, "inner", "lines.journal");
  lines = [];
  watchFailpoints(failpoints);
});

afterEach(async () => {
  disarmFailpoints(failpoints);
  watchFailpoints(undefined);
  await rm(folder, { recursive: true });
});

/** Keeps the last ten lines. */
function journal(isAsFound = true, syncWithinMs = 0): Journal<Line> {
  return new Journal({ path: file, fileBytesMax: 4_096, syncWithinMs, retryMs: 20, kept: () => lines }, isAsFound);
}

function add(to: Journal<Line>, count: number, text = "a line of text"): void {
  for (let index = 0; index < count; index++) {
    const line = { id: (lines.at(-1)?.id ?? 0) + 1, text };
    lines = [...lines, line].slice(-10);
    to.append(line);
  }
}

const found = async (): Promise<readonly Line[]> => (await readJournal<Line>(file)).entries;

describe("a journal", () => {
  test("has all that was appended in its file, in order, without being closed", async () => {
    const one = journal();
    add(one, 3);
    await eventually(async () => expect(await found()).toEqual(lines));
    add(one, 2);
    await eventually(async () => expect((await found()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]));
    expect(one.error).toBeUndefined();
    await one.close();
  });

  test("has all of it after close, also what was appended right before, and takes nothing after", async () => {
    const one = journal(true, 60_000);
    add(one, 7);
    await one.close();
    one.append({ id: 99, text: "late" });
    expect(await found()).toEqual(lines);
  });

  test("makes no file where there is nothing to remember", async () => {
    await journal().close();
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readJournal(file)).toEqual({ entries: [], damage: undefined });
  });

  test("stays within its bound, however much is appended", async () => {
    const one = journal(true, 60_000);
    for (let round = 0; round < 50; round++) {
      add(one, 20);
      await new Promise(setImmediate);
    }
    await one.close();
    expect((await stat(file)).size).toBeLessThanOrEqual(4_096);
    expect((await found()).slice(-10)).toEqual(lines);
    expect(lines.at(-1)!.id).toBe(1_000);
  });

  test("holds no more in memory than its bound while the disk is slow, and has what is kept in the end", async () => {
    const one = journal(true, 60_000);
    add(one, 300, "x".repeat(16 * 1024));
    add(one, 10);
    await one.close();
    expect(await found()).toEqual(lines);
  });

  test("is written anew when what is behind its entries was torn", async () => {
    const one = journal();
    add(one, 3);
    await one.close();
    await appendFile(file, Buffer.from([7, 0, 0, 0, 1]));
    const { entries, damage } = await readJournal<Line>(file);
    expect([entries, damage]).toEqual([lines, "the last 5 bytes are no whole entry"]);
    await journal(damage === undefined).close();
    expect(await readJournal<Line>(file)).toEqual({ entries: lines, damage: undefined });
  });

  test("is written anew when somebody took its file away", async () => {
    const one = journal();
    add(one, 2);
    await eventually(async () => expect(await found()).toEqual(lines));
    await rm(file);
    add(one, 1);
    await eventually(async () => expect(await found()).toEqual(lines));
    await one.close();
  });
});

describe("on a disk that fails", () => {
  test.each(["ENOSPC", "EIO", "EROFS"] as const)("it says %s, goes on in memory, and mends itself", async (failure) => {
    const one = journal();
    add(one, 2);
    await eventually(async () => expect(await found()).toEqual(lines));
    armFailpoint(failpoints, "journal.append", failure);
    add(one, 1);
    await eventually(async () => expect(one.error).toContain(failure));
    armFailpoint(failpoints, "disk.write", failure);
    add(one, 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(one.error).toContain(failure);
    expect((await found()).map(({ id }) => id)).toEqual([1, 2]);
    disarmFailpoints(failpoints);
    await eventually(async () => expect(await found()).toEqual(lines));
    await eventually(async () => expect(one.error).toBeUndefined());
    add(one, 1);
    await eventually(async () => expect(await found()).toEqual(lines));
    await one.close();
  });

  test("a sync that fails is told, and the file written anew", async () => {
    const one = journal();
    add(one, 1);
    await eventually(async () => expect(await found()).toEqual(lines));
    armFailpoint(failpoints, "disk.fsync", "EIO");
    add(one, 1);
    await eventually(async () => expect(one.error).toContain("EIO"));
    disarmFailpoints(failpoints);
    await eventually(async () => expect(one.error).toBeUndefined());
    expect(await found()).toEqual(lines);
    await one.close();
  });

  test("closing does not wait for it to come back", async () => {
    const one = journal();
    armFailpoint(failpoints, "disk.write", "ENOSPC");
    add(one, 1);
    await one.close();
    expect(one.error).toContain("ENOSPC");
  });

  test("a file that cannot be read is told as damage", async () => {
    await writeFile(path.join(folder, "inner"), "no folder");
    expect(await readJournal(file)).toEqual({ entries: [], damage: expect.stringContaining("ENOTDIR") });
    expect(await readFile(path.join(folder, "inner"), "utf8")).toBe("no folder");
  });
});
