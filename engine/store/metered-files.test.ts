import { readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { type KeptShape, MeteredFiles } from "./metered-files.ts";

const key = "ab".repeat(32);
const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const places = [{ start: 2, length: 8 }];
const pattern = { plain: module, statics: [{ memory: 1, address: 168, start: 4, length: 2 }], own: places, places };
const shape: KeptShape = { under: "limits", metered: module, pattern };
let folder: string;
let files: MeteredFiles;
beforeEach(async () => {
  folder = await temporaryFolder();
  files = new MeteredFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a shape on disk", () => {
  test("is read back as it was, by the name that it is found under", async () => {
    expect(files.names()).toEqual([]);
    await files.write(key, shape);
    expect(files.names()).toEqual([key]);
    const { pattern: kept, metered, under } = files.read(key)!;
    expect({
      under,
      metered: Uint8Array.from(metered),
      pattern: { ...kept, plain: Uint8Array.from(kept!.plain) },
    }).toEqual(shape);
  });

  test("that is missing, cut or damaged is as good as none", async () => {
    expect(files.read(key)).toBeUndefined();
    await files.write(key, shape);
    const path = join(folder, key);
    const whole = await readFile(path);
    const taken: number[] = [];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >>> 3] = damaged[bit >>> 3]! ^ (1 << (bit & 7));
      await writeFile(path, damaged);
      if (files.read(key)) taken.push(bit);
    }
    expect(taken).toEqual([]);
    await writeFile(path, whole);
    await truncate(path, whole.length - 1);
    expect(files.read(key)).toBeUndefined();
  });

  test("that cannot be written is no failure", async () => {
    const nowhere = new MeteredFiles(join(folder, key, "below-a-file"));
    await writeFile(join(folder, key), "");
    await nowhere.write(key, shape);
    expect(nowhere.read(key)).toBeUndefined();
  });

  test("gives way to younger ones, and interrupted writes to all", async () => {
    for (const name of ["a", "b", "c"]) {
      await files.write(name, shape);
    }
    for (const [age, name] of ["c", "b", "a"].entries())
      await utimes(join(folder, name), age === 2 ? 1 : 100, 100 - age);
    await writeFile(join(folder, "x.part"), "half");
    await files.sweep(2);
    expect((await readdir(folder)).toSorted()).toEqual(["b", "c"]);
  });
});
