import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.FLOWFUSION_FUSER_BUILD = "test";
});
const { FusedCache } = await import("./fused-cache.ts");

let folder: string;
let fused: number;
const wasm = new Uint8Array([0, 97, 115, 109]);
const fuse = async () => {
  fused += 1;
  return wasm;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flowfusion-cache-"));
  fused = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a graph is fused once, and another graph for itself", async () => {
  const cache = new FusedCache(folder);
  for (const graph of [[1], [1], [2]])
    expect(Buffer.from(await cache.through(new Uint8Array(graph), fuse))).toEqual(Buffer.from(wasm));
  expect(fused).toBe(2);
  expect(await readdir(folder)).toHaveLength(2);
});

test("a file whose contents were changed is not believed, and replaced", async () => {
  const cache = new FusedCache(folder);
  await cache.through(new Uint8Array([1]), fuse);
  const [name] = await readdir(folder);
  await writeFile(join(folder, name!), "something else");
  expect(Buffer.from(await cache.through(new Uint8Array([1]), fuse))).toEqual(Buffer.from(wasm));
  expect(fused).toBe(2);
  expect(await readFile(join(folder, name!))).toEqual(Buffer.from(wasm));
});

test("a folder that cannot be written is no obstacle", async () => {
  const cache = new FusedCache("/dev/null/fused");
  await cache.through(new Uint8Array([1]), fuse);
  await cache.through(new Uint8Array([1]), fuse);
  expect(fused).toBe(2);
});

test("the file that was used longest ago goes when there are too many", async () => {
  const cache = new FusedCache(folder);
  for (let graph = 0; graph < 260; graph++) await cache.through(new Uint8Array([graph & 0xff, graph >> 8]), fuse);
  expect(await readdir(folder)).toHaveLength(256);
});

test("an error of fusing is the caller's, and nothing is kept", async () => {
  const cache = new FusedCache(folder);
  await expect(cache.through(new Uint8Array([1]), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});
