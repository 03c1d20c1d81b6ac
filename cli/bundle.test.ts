// What the bundle makes a process load at its start: each library costs memory as long as it runs.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const dist = path.join(import.meta.dirname, "dist");
const staticImport = /(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g;
/** As the bundler names what it wraps: packages in CommonJS. */
const wrapped = /"node_modules\/(?:[^"]+\/node_modules\/)?((?:@[^/"]+\/)?[^/"]+)\//g;

test("a thread that runs flows loads no compiler of schemas", async () => {
  const packages = await packagesLoadedWith("worker.mjs");
  expect(packages).toContain("protobufjs");
  expect(packages).not.toContain("ajv");
});

test("the control API is served without what makes its description, and without Fastify's own compilers", async () => {
  const [server] = (await readdir(dist)).filter((name) => /^server-\w+\.mjs$/.test(name));
  const packages = await packagesLoadedWith(server!);
  expect(packages).toContain("fastify");
  const others = [
    "@fastify/swagger",
    "yaml",
    "@fastify/ajv-compiler",
    "@fastify/fast-json-stringify-compiler",
    "light-my-request",
  ];
  expect(packages.filter((name) => others.includes(name))).toEqual([]);
});

async function packagesLoadedWith(entry: string): Promise<readonly string[]> {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const code = await readFile(path.join(dist, file), "utf8");
    for (const [, imported] of code.matchAll(staticImport)) files.add(imported!);
    for (const [, name] of code.matchAll(wrapped)) packages.add(name!);
  }
  return [...packages];
}
