import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FusedCache, type FusedCacheOptions } from "./fused-cache.ts";

let folder: string;
let fused: number;
const wasm = new Uint8Array([0, 97, 115, 109]);
const fuse = async () => {
  fused += 1;
  return wasm;
};
const cacheWith = (options: FusedCacheOptions = {}) => new FusedCache({ folder, build: "1", ...options });
const graph = (...bytes: number[]) => new Uint8Array(bytes);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flowfusion-cache-"));
  fused = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
  return rm(folder, { recursive: true, force: true });
});

test("a graph is fused once, and another graph for itself", async () => {
  const cache = cacheWith();
  const known: boolean[] = [];
  for (const each of [1, 1, 2]) {
    const result = await cache.through(graph(each), fuse);
    expect(Buffer.from(result.wasm)).toEqual(Buffer.from(wasm));
    known.push(result.isKnown);
  }
  expect(known).toEqual([false, true, false]);
  expect(fused).toBe(2);
  expect(await readdir(folder)).toHaveLength(2);
});

test("programs of the same build share what is known, one of another build makes its own", async () => {
  for (const build of ["1", "1", "2"]) await cacheWith({ build }).through(graph(1), fuse);
  expect(fused).toBe(2);
});

test("nothing is kept by a program of which it is not known what it was built from", async () => {
  const cache = cacheWith({ build: undefined });
  for (let times = 0; times < 2; times++) await cache.through(graph(1), fuse);
  expect(fused).toBe(2);
  expect(await readdir(folder)).toEqual([]);
});

test("a file whose contents were changed is not believed, and replaced", async () => {
  const cache = cacheWith();
  await cache.through(graph(1), fuse);
  const [name] = await readdir(folder);
  await writeFile(join(folder, name!), "something else");
  expect(await cache.through(graph(1), fuse)).toMatchObject({ isKnown: false });
  expect(fused).toBe(2);
  expect(await readFile(join(folder, name!))).toEqual(Buffer.from(wasm));
});

test("a folder that cannot be written is no obstacle", async () => {
  const cache = cacheWith({ folder: "/dev/null/fused" });
  for (let times = 0; times < 2; times++) await cache.through(graph(1), fuse);
  expect(fused).toBe(2);
});

test.each([
  ["that is not there, and that the system does not let anybody make", "/proc/nowhere"],
  ["that nobody names", undefined],
])("a home %s is no obstacle either", async (_, home) => {
  vi.stubEnv("XDG_CACHE_HOME", undefined);
  vi.stubEnv("HOME", home);
  const cache = new FusedCache({ build: "1" });
  for (let times = 0; times < 2; times++) await cache.through(graph(1), fuse);
  expect(fused).toBe(2);
});

test.each([
  ["files", { filesMax: 3 }],
  ["bytes", { bytesMax: 3 * wasm.length }],
])("what was used longest ago goes when there are too many %s", async (_, options) => {
  const cache = cacheWith(options);
  for (let each = 0; each < 4; each++) {
    await cache.through(graph(each), fuse);
    // Clocks of file systems are coarse.
    for (const name of await readdir(folder)) await utimes(join(folder, name), 1_000 + each, 1_000 + each);
    await cache.through(graph(0), fuse);
  }
  expect(await readdir(folder)).toHaveLength(3);
  fused = 0;
  await cache.through(graph(0), fuse);
  await cache.through(graph(3), fuse);
  expect(fused).toBe(0);
});

test("an error of fusing is the caller's, and nothing is kept", async () => {
  await expect(cacheWith().through(graph(1), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});
