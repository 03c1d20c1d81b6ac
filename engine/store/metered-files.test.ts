import { readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../testing/test-gateway.ts";
import { MeteredFiles } from "./metered-files.ts";

const key = "ab".repeat(32);
const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
let folder: string;
let files: MeteredFiles;
beforeEach(async () => {
  folder = await temporaryFolder();
  files = new MeteredFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a metered module on disk", () => {
  test("is read back byte for byte", async () => {
    await files.write(key, module);
    expect(Uint8Array.from((await files.read(key))!)).toEqual(module);
  });

  test("that is missing, cut or damaged is as good as none", async () => {
    expect(await files.read(key)).toBeUndefined();
    await files.write(key, module);
    const path = join(folder, key);
    const whole = await readFile(path);
    const taken: number[] = [];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >>> 3] = damaged[bit >>> 3]! ^ (1 << (bit & 7));
      await writeFile(path, damaged);
      if (await files.read(key)) taken.push(bit);
    }
    expect(taken).toEqual([]);
    await writeFile(path, whole);
    await truncate(path, whole.length - 1);
    expect(await files.read(key)).toBeUndefined();
  });

  test("that cannot be written is no failure", async () => {
    const nowhere = new MeteredFiles(join(folder, key, "below-a-file"));
    await writeFile(join(folder, key), "");
    await nowhere.write(key, module);
    expect(await nowhere.read(key)).toBeUndefined();
  });

  test("gives way to younger ones, and interrupted writes to all", async () => {
    for (const name of ["a", "b", "c"]) {
      await files.write(name, module);
    }
    for (const [age, name] of ["c", "b", "a"].entries())
      await utimes(join(folder, name), age === 2 ? 1 : 100, 100 - age);
    await writeFile(join(folder, "x.part"), "half");
    await files.sweep(2);
    expect((await readdir(folder)).toSorted()).toEqual(["b", "c"]);
  });
});
