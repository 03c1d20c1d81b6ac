import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { moduleOf } from "../binary/testing.ts";
import { ByteWriter } from "../binary/writer.ts";
import { configureNodes, linkRequest } from "../fuse.ts";
import { nodeLimits } from "../limits.ts";
import { graphDocument, resolve } from "../testkit/random-flow.ts";
import type { LinkRequest } from "./link-request.ts";
import { LinkThread } from "./link-thread.ts";
import { call, instantiate } from "./testing.ts";

const run = promisify(execFile);
const workers: Worker[] = [];
const started = (worker: Worker): Worker => {
  workers.push(worker);
  return worker;
};
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

const linkerThread = (options: { linkMsMax?: number; idleMsMax?: number } = {}) =>
  new LinkThread({
    start: () => started(new Worker(new URL("./link-worker.ts", import.meta.url))),
    linkMsMax: 120_000,
    idleMsMax: 60_000,
    ...options,
  });

/** A thread that does what the glue says, in JavaScript; `answer` sends the number of requests that it has had. */
const puppetThread = (options: { linkMsMax?: number; idleMsMax?: number } = {}) =>
  new LinkThread({
    start: () => started(new Worker(puppet, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 64 } })),
    linkMsMax: 120_000,
    idleMsMax: 60_000,
    ...options,
  });

const puppet = `
  const { parentPort } = require("node:worker_threads");
  let count = 0;
  parentPort.on("message", ({ glue }) => {
    count++;
    const answer = () => parentPort.postMessage({ wasm: Uint8Array.of(count) });
    eval(glue);
  });`;

const request = (glue: string): LinkRequest => ({ glue, nodes: [], apart: [] });
const answerOf = (thread: LinkThread, glue: string) => thread.link(request(glue)).then(([first]) => first);
const failure = (message: string | RegExp) =>
  expect.objectContaining({ code: "FF_FUSE_LINK", message: expect.stringMatching(message) });

describe("a thread that links", () => {
  it("works through a queue, one request after the other, and stays for the next", async () => {
    const thread = puppetThread();
    const slow = "setTimeout(answer, 20)";
    expect(await Promise.all([slow, "answer()", slow].map((glue) => answerOf(thread, glue)))).toEqual([1, 2, 3]);
    expect(await answerOf(thread, "answer()")).toBe(4);
  });

  const crashes: [title: string, glue: string, message: RegExp][] = [
    ["throws", 'throw new Error("out of cheese")', /the linker failed: out of cheese/],
    ["ends itself", "process.exit(3)", /the linker ended with exit code 3/],
    [
      "runs out of memory",
      "const all = []; for (;;) all.push(new Array(1e6).fill(all.length))",
      /the linker failed: .*memory/,
    ],
    [
      "answers with an error",
      'parentPort.postMessage({ error: { code: "FF_FUSE_LINK", message: "no good", diagnostics: [] } })',
      /no good/,
    ],
  ];
  it.each(crashes)(
    "fails the request in which it %s; those behind it get a new thread",
    async (_title, glue, message) => {
      const thread = puppetThread();
      const results = await Promise.allSettled(
        ["answer()", glue, "answer()", "answer()"].map((each) => answerOf(thread, each)),
      );
      expect(results).toEqual([
        { status: "fulfilled", value: 1 },
        { status: "rejected", reason: failure(message) },
        { status: "fulfilled", value: 1 },
        { status: "fulfilled", value: 2 },
      ]);
    },
  );

  it("is given up when it takes too long", async () => {
    const thread = puppetThread({ linkMsMax: 2_000 });
    const endless = answerOf(thread, "for (;;);");
    const next = answerOf(thread, "answer()");
    await expect(endless).rejects.toEqual(failure(/takes more than the 2 s allowed/));
    expect(await next).toBe(1);
  });

  it("is ended when it has had nothing to do for a while, and started again when needed", async () => {
    const thread = puppetThread({ idleMsMax: 1 });
    expect(await answerOf(thread, "answer()")).toBe(1);
    await once(workers.at(-1)!, "exit");
    expect(await answerOf(thread, "answer()")).toBe(1);
  });
});

describe("the linker's thread", () => {
  it("keeps a process alive while it works, and no longer", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-thread-"));
    try {
      const script = path.join(folder, "script.mjs");
      const place = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
      // Not awaited: nothing but the request keeps the process. Without work the thread would stay for a day.
      await writeFile(
        script,
        `import { Worker } from "node:worker_threads";
         const { LinkThread } = await import(${place("./link-thread.ts")});
         const start = () => new Worker(new URL(${place("./link-worker.ts")}));
         const thread = new LinkThread({ start, linkMsMax: 1e5, idleMsMax: 1e8 });
         thread.link({ glue: '(module (func (export "f")))', nodes: [], apart: [] }).then((wasm) => console.log(wasm.length > 8));`,
      );
      const { stdout } = await run(process.execPath, [script], { timeout: 50_000 });
      expect(stdout).toBe("true\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("names what does not fit, and goes on with the next request", async () => {
    const thread = linkerThread();
    const bad = [
      ['(module (import "n3" "handle" (func)))', /glue imports n3\.handle .* no module n3/],
      ["(module (func (frobnicate)))", /binaryen could not assemble the glue/],
    ] as const;
    for (const [glue, message] of bad) await expect(thread.link(request(glue))).rejects.toEqual(failure(message));
    const malformed = thread.link({ glue: "(module)", nodes: [{ name: "n0", wasm: Uint8Array.of(1) }], apart: [] });
    await expect(malformed).rejects.toEqual(expect.objectContaining({ code: "FF_MODULE_MALFORMED" }));
    const wasm = await thread.link(request('(module (func (export "f") (param i32) (result i32) (local.get 0)))'));
    expect(call(instantiate(wasm), "f", 5)).toBe(5);
  });

  it("links a module with blocks nested as deeply as a node may nest them", async () => {
    const depth = nodeLimits.nestingMax - 10;
    // local.get 0, if … end: blocks that cannot be merged.
    const opened = Array.from({ length: depth }, () => [0x20, 0, 0x04, 0x40]).flat();
    const code = [0, ...opened, 0x0f, ...Array(depth).fill(0x0b), 0x0b];
    const body = new ByteWriter();
    body.u32(code.length);
    body.bytes(code);
    const wasm = moduleOf([1, [1, 0x60, 1, 0x7f, 0]], [3, [1, 0]], [7, [1, 1, 0x66, 0, 0]], [10, [1, ...body.written]]);
    const glue = `(module (import "n0" "f" (func $f (param i32)))
      (func (export "f") (param i32) (result i32) (call $f (local.get 0)) (i32.const 5)))`;
    const linked = await linkerThread().link({ glue, nodes: [{ name: "n0", wasm }], apart: [] });
    expect(call(instantiate(linked), "f", 1)).toBe(5);
  });

  it("gives the same bytes cold and warm, in any order, and after a failure", { timeout: 120_000 }, async () => {
    const catalog = await builtinCatalog();
    const requests = fc.sample(graphDocument, { seed: 3, numRuns: 5 }).map((document): LinkRequest => {
      const graph = resolve(document, catalog);
      return linkRequest(graph, catalog, configureNodes(graph, catalog));
    });
    const warm = linkerThread();
    const bytes = async (thread: LinkThread, each: LinkRequest) =>
      Buffer.from(await thread.link(each)).toString("base64");
    const forwards = await Promise.all(requests.map((each) => bytes(warm, each)));
    expect(new Set(forwards).size).toBe(requests.length);
    const backwards = await Promise.all(requests.toReversed().map((each) => bytes(warm, each)));
    expect(backwards.toReversed()).toEqual(forwards);
    const cold = await Promise.all(requests.slice(0, 2).map((each) => bytes(linkerThread(), each)));
    expect(cold).toEqual(forwards.slice(0, 2));
    await expect(warm.link(request("(module"))).rejects.toThrow();
    expect(await bytes(warm, requests[4]!)).toBe(forwards[4]);
  });
});
