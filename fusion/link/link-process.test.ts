import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { moduleOf } from "../binary/testing.ts";
import { ByteWriter } from "../binary/writer.ts";
import { configureNodes, linkRequest } from "../fuse.ts";
import { nodeLimits } from "../limits.ts";
import { graphDocument, resolve } from "../testkit/random-flow.ts";
import { effortFor, v8Options } from "./effort.ts";
import type { LinkProcessOptions } from "./link-process.ts";
import { LinkProcesses } from "./link-processes.ts";
import type { LinkRequest } from "./link-request.ts";
import { call, instantiate } from "./testing.ts";

const run = promisify(execFile);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

type Limits = { processesMax?: number; linkMsMax?: number; idleMsMax?: number };
const processOf = (start: LinkProcessOptions["start"], limits: Limits) =>
  new LinkProcesses({
    processesMax: 1,
    start: (effort) => {
      const child = start(effort);
      children.push(child);
      return child;
    },
    effortFor,
    linkMsMax: 120_000,
    idleMsMax: 60_000,
    ...limits,
  });

const linker = (limits: Limits = {}) =>
  processOf(
    (effort) =>
      fork(new URL("./link-worker.ts", import.meta.url), {
        serialization: "advanced",
        execArgv: v8Options(effort),
      }),
    limits,
  );

let folder: string;
let puppetScript: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "flowfusion-link-"));
  puppetScript = path.join(folder, "puppet.cjs");
  await writeFile(puppetScript, puppetSource);
  return () => rm(folder, { recursive: true, force: true });
});

/**
 * A process that does what the glue says, in JavaScript; `answer` sends the number of requests that it has had, and whether
 * it was started to run fast.
 */
const puppet = (limits: Limits = {}) =>
  processOf(
    (effort) =>
      fork(puppetScript, [effort], {
        serialization: "advanced",
        execArgv: ["--max-old-space-size=32"],
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      }),
    limits,
  );

const puppetSource = `
  let count = 0;
  process.on("message", ({ glue }) => {
    count++;
    const answer = () => process.send({ wasm: Uint8Array.of(count, Number(process.argv[2] === "run fast")) });
    eval(glue);
  });`;

const request = (glue: string): LinkRequest => ({ glue, nodes: [], apart: [] });
const nodesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `n${index}`, wasm: Uint8Array.of() }));
const answerOf = (subject: LinkProcesses, glue: string) => subject.link(request(glue)).then(([first]) => first);
const failure = (message: string | RegExp) =>
  expect.objectContaining({ code: "FF_FUSE_LINK", message: expect.stringMatching(message) });

describe("a process that links", () => {
  it("works through a queue, one request after the other, and stays for the next", async () => {
    const subject = puppet();
    const slow = "setTimeout(answer, 20)";
    expect(await Promise.all([slow, "answer()", slow].map((glue) => answerOf(subject, glue)))).toEqual([1, 2, 3]);
    expect(await answerOf(subject, "answer()")).toBe(4);
  });

  const crashes: [title: string, glue: string, message: RegExp][] = [
    ["throws", 'throw new Error("out of cheese")', /the linker ended with exit code 1/],
    ["ends itself", "process.exit(3)", /the linker ended with exit code 3/],
    ["is killed", 'process.kill(process.pid, "SIGKILL")', /the linker ended with SIGKILL/],
    [
      "runs out of memory",
      "const all = []; for (;;) all.push(new Array(1e6).fill(all.length))",
      /the linker ended with SIG/,
    ],
    [
      "answers with an error",
      'process.send({ error: { code: "FF_FUSE_LINK", message: "no good", diagnostics: [] } })',
      /no good/,
    ],
  ];
  it.each(crashes)(
    "fails the request in which it %s; those behind it get a new process",
    async (_title, glue, message) => {
      const subject = puppet();
      const results = await Promise.allSettled(
        ["answer()", glue, "answer()", "answer()"].map((each) => answerOf(subject, each)),
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
    // The clock of this process alone, which stands until the request is known to be endless.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const subject = puppet({ linkMsMax: 4_000 });
    const begun = path.join(folder, "begun");
    const endless = answerOf(
      subject,
      `process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(begun)}, ""); for (;;);`,
    );
    const next = answerOf(subject, "answer()");
    while (!existsSync(begun)) await turn();
    vi.advanceTimersByTime(4_000);
    await expect(endless).rejects.toEqual(failure(/takes more than the 4 s allowed/));
    expect(await next).toBe(1);
  });

  it("is joined by a second one where many nodes wait, and by no more than that", async () => {
    const subject = puppet({ processesMax: 2 });
    const link = async (glue: string, nodes: number) =>
      (await subject.link({ ...request(glue), nodes: nodesOf(nodes) }))[0];
    const several = (count: number, nodes: number) =>
      Promise.all(Array.from({ length: count }, () => link("answer()", nodes)));
    const others = children.length;
    const running = () => children.slice(others).filter(({ killed }) => !killed);
    expect(await several(4, 20)).toEqual([1, 1, 2, 3]);
    expect(running()).toHaveLength(1);
    const letGo = path.join(folder, "let-go");
    const held = link(
      `const { existsSync } = process.getBuiltinModule("node:fs");
       const look = () => existsSync(${JSON.stringify(letGo)}) ? answer() : setTimeout(look, 5);
       look();`,
      30,
    );
    // One has its hands full, however long the other takes for all else.
    expect(await several(7, 30)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(running()).toHaveLength(2);
    await writeFile(letGo, "");
    expect(await held).toBe(4);
  });

  it("makes room for one that runs fast when much waits, which then stays", async () => {
    const subject = puppet();
    const answer = async (count: number) => [
      ...(await subject.link({ ...request("setTimeout(answer, 20)"), nodes: nodesOf(count) })),
    ];
    expect(await answer(8)).toEqual([1, 0]);
    expect(await answer(8)).toEqual([2, 0]);
    expect(await answer(200)).toEqual([1, 1]);
    expect(await answer(8)).toEqual([2, 1]);
    const other = puppet();
    const several = Array.from({ length: 9 }, () => other.link({ ...request("answer()"), nodes: nodesOf(8) }));
    expect((await Promise.all(several)).map((each) => each[1])).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("is ended when it has had nothing to do for a while, and started again when needed", async () => {
    const subject = puppet({ idleMsMax: 1 });
    expect(await answerOf(subject, "answer()")).toBe(1);
    await once(children.at(-1)!, "exit");
    expect(await answerOf(subject, "answer()")).toBe(1);
  });
});

describe("the linker's process", () => {
  it("keeps a process alive while it works, and no longer", async () => {
    const script = path.join(folder, "script.mjs");
    const place = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    // Not awaited: nothing but the request keeps the process, which without work would stay for a day.
    await writeFile(
      script,
      `import { fork } from "node:child_process";
       const { LinkProcesses } = await import(${place("./link-processes.ts")});
       const start = () => fork(new URL(${place("./link-worker.ts")}), { serialization: "advanced" });
       const effortFor = () => "start fast";
       const linker = new LinkProcesses({ processesMax: 1, start, effortFor, linkMsMax: 1e5, idleMsMax: 1e8 });
       linker.link({ glue: '(module (func (export "f")))', nodes: [], apart: [] }).then((wasm) => console.log(wasm.length > 8));`,
    );
    const { stdout } = await run(process.execPath, [script], { timeout: 200_000 });
    expect(stdout).toBe("true\n");
  });

  it("names what does not fit, and goes on with the next request", async () => {
    const subject = linker();
    const bad = [
      ['(module (import "n3" "handle" (func)))', /glue imports n3\.handle .* no module n3/],
      ["(module (func (frobnicate)))", /binaryen could not assemble the glue/],
    ] as const;
    for (const [glue, message] of bad) await expect(subject.link(request(glue))).rejects.toEqual(failure(message));
    const malformed = subject.link({ glue: "(module)", nodes: [{ name: "n0", wasm: Uint8Array.of(1) }], apart: [] });
    await expect(malformed).rejects.toEqual(expect.objectContaining({ code: "FF_MODULE_MALFORMED" }));
    const wasm = await subject.link(request('(module (func (export "f") (param i32) (result i32) (local.get 0)))'));
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
    const linked = await linker().link({ glue, nodes: [{ name: "n0", wasm }], apart: [] });
    expect(call(instantiate(linked), "f", 1)).toBe(5);
  });

  it("gives the same bytes cold and warm, in any order, and after a failure", async () => {
    const catalog = await builtinCatalog();
    const requests = fc.sample(graphDocument, { seed: 3, numRuns: 5 }).map((document): LinkRequest => {
      const graph = resolve(document, catalog);
      return linkRequest(graph, catalog, configureNodes(graph, catalog));
    });
    const warm = linker();
    const bytes = async (subject: LinkProcesses, each: LinkRequest) =>
      Buffer.from(await subject.link(each)).toString("base64");
    const forwards = await Promise.all(requests.map((each) => bytes(warm, each)));
    expect(new Set(forwards).size).toBe(requests.length);
    const backwards = await Promise.all(requests.toReversed().map((each) => bytes(warm, each)));
    expect(backwards.toReversed()).toEqual(forwards);
    const cold = await Promise.all(requests.slice(0, 2).map((each) => bytes(linker(), each)));
    expect(cold).toEqual(forwards.slice(0, 2));
    await expect(warm.link(request("(module"))).rejects.toThrow();
    expect(await bytes(warm, requests[4]!)).toBe(forwards[4]);
  });
});
