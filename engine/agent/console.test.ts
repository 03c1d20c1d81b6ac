// The console's files, over HTTP, from a folder as the build leaves it.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../testkit/test-gateway.ts";
import { chooseEncoding } from "./console-files.ts";

const page = "<!doctype html><title>Console</title>";
const script = "export const answer = 42;\n";
let folder: string;
let peer: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flowfusion-console-"));
  await mkdir(join(folder, "dist/assets"), { recursive: true });
  await writeFile(join(folder, "secret.js"), "never");
  await writeFile(join(folder, "dist/index.html"), page);
  await writeFile(join(folder, "dist/assets/app-1a2b3c4d.js"), script);
  await writeFile(join(folder, "dist/assets/app-1a2b3c4d.js.br"), brotliCompressSync(script));
  await writeFile(join(folder, "dist/assets/app-1a2b3c4d.js.gz"), gzipSync(script));
  await writeFile(join(folder, "dist/assets/check-worker-1a2b3c4d.js"), script);
  await writeFile(join(folder, "dist/notes.txt"), "of no type that a console has");
  peer = await startTestGateway({ consoleDir: join(folder, "dist") });
});

afterAll(async () => {
  await peer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** Without a token, and the path as it is: fetch would resolve it first. */
async function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(peer.gateway.url, { path, headers, method }, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      resolve({ status: incoming.statusCode!, headers: incoming.headers, body: Buffer.concat(chunks) });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test("the worker that checks drafts may compile schemas, and reach nothing; the page may not compile", async () => {
  const policy = async (path: string) => (await get(path)).headers["content-security-policy"];
  expect(await policy("/console/assets/check-worker-1a2b3c4d.js")).toBe(
    "default-src 'none'; script-src 'self' 'unsafe-eval'",
  );
  expect(await policy("/console/")).not.toContain("eval");
  expect(await policy("/console/assets/app-1a2b3c4d.js")).not.toContain("eval");
});

test.each(["/", "/console"])("%s leads to the console", async (path) => {
  const { status, headers } = await get(path);
  expect([status, headers.location]).toEqual([302, "/console/"]);
});

test.each(["/console/", "/console/flows", "/console/flows/boiler?tab=live"])("%s is the page", async (path) => {
  const { status, headers, body } = await get(path);
  expect(status).toBe(200);
  expect(body.toString()).toBe(page);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(headers["cache-control"]).toBe("no-cache");
});

test("the page may load and call nothing but the gateway, run no inline script and lie in no frame", async () => {
  const { headers } = await get("/console/");
  const policy = new Map(
    String(headers["content-security-policy"])
      .split("; ")
      .map((line): [string, string] => [line.split(" ")[0]!, line.slice(line.indexOf(" ") + 1)]),
  );
  expect(Object.fromEntries(policy)).toMatchObject({
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
  });
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["referrer-policy"]).toBe("no-referrer");
});

test("a file whose name holds a digest is kept for ever, and sent as small as the client takes it", async () => {
  const path = "/console/assets/app-1a2b3c4d.js";
  const plain = await get(path);
  expect(plain.body.toString()).toBe(script);
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(plain.headers["content-encoding"]).toBeUndefined();

  const small = await get(path, { "accept-encoding": "gzip, deflate, br" });
  expect(small.headers["content-encoding"]).toBe("br");
  expect(small.headers.vary).toBe("accept-encoding");
  expect(brotliDecompressSync(small.body).toString()).toBe(script);
});

test("HEAD tells of a file what GET does", async () => {
  const { status, headers, body } = await get("/console/assets/app-1a2b3c4d.js", {}, "HEAD");
  expect([status, headers["content-length"], body.length]).toEqual([200, String(script.length), 0]);
});

test.each([
  "/console/../secret.js",
  "/console/%2e%2e/secret.js",
  "/console/..%2fsecret.js",
  "/console/assets/../../secret.js",
  "/console/notes.txt",
  "/console/assets/gone.js",
  "/console/assets/app-1a2b3c4d.js.br",
])("%s is no file of the console", async (path) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(body.toString()).not.toContain("never");
});

test("a gateway without a console answers that there is no such route", async () => {
  await using bare = await startTestGateway({ consoleDir: join(folder, "not-built") });
  expect(bare.gateway.consoleUrl).toBeUndefined();
  expect((await bare.request("GET", "/console/")).status).toBe(404);
});

test.each([
  ["", "identity"],
  ["gzip", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["BR", "br"],
  ["*", "identity"],
])("with Accept-Encoding %j a file is sent as %s", (accepted, expected) => {
  const file = { type: "text/css", isImmutable: true, encodings: new Set(["identity", "br", "gzip"] as const) };
  expect(chooseEncoding(file, accepted)).toBe(expected);
});
