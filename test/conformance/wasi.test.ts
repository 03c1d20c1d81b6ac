// What a Go program that reaches for an operating system gets inside a flow: time from the data, random numbers that are
// the same every time, output as log lines, and nothing else.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  defaultFlowLimits,
  FlowTrap,
  FusedInstance,
  fuse,
  meter,
  NodeInstance,
  ReferenceFlow,
  readModule,
} from "@flowfusion/fusion";
import { decodeMessage, encodeMessage, type NodeModule, parseGraph, resolveGraph } from "@flowfusion/graph";
import { findProgram, zigExecutable, zigVersion } from "@flowfusion/nodekit-toolchains";
import { builtinCatalog } from "@flowfusion/nodes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, flowfusion, run } from "./flowfusion.ts";

const buildMsMax = 600_000;
const logPort = 0xffff_ffff;

let scratch: string;
let probe: NodeModule;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-wasi-"));
  const output = path.join(scratch, "probe.wasm");
  await build(path.join(import.meta.dirname, "wasi-node"), output);
  probe = await readModule(await readFile(output));
}, buildMsMax);
afterAll(() => rm(scratch, { recursive: true, force: true }));

class Asked {
  readonly node = new NodeInstance(probe.wasm);

  constructor() {
    expect(this.node.configure(new Uint8Array(0))).toBeUndefined();
  }

  /** The answer, then what was logged. */
  ask(question: string, timestampNs = 0n): unknown[] {
    const [answers, log]: [unknown[], unknown[]] = [[], []];
    const message = encodeMessage({ topic: "t", timestampNs, quality: 0, value: question });
    this.node.handle(0, message, (port, bytes) => (port === logPort ? log : answers).push(decodeMessage(bytes).value));
    return [...answers, ...log];
  }
}

test("time.Now is the time of the message", () => {
  const node = new Asked();
  expect(node.ask("time", 1_700_000_000_123_456_789n)).toEqual(["2023-11-14T22:13:20.123456789Z"]);
  expect(node.ask("time", 1_500_000_000n)).toEqual(["1970-01-01T00:00:01.5Z"]);
});

test("a sleep ends at once and has lasted what it should, and goroutines wake in order", () => {
  const node = new Asked();
  expect(node.ask("sleep")).toEqual(["true"]);
  expect(node.ask("goroutines")).toEqual(["0 1 2 3"]);
});

test("random numbers and the order of maps are the same in every instance", () => {
  const [first, second] = [new Asked(), new Asked()];
  for (const question of ["random", "map order", "random", "map order"]) {
    expect(first.ask(question)).toEqual(second.ask(question));
  }
  expect(first.ask("random")).not.toEqual(first.ask("random"));
});

test("what is printed goes to the log, behind the node's own emissions", () => {
  expect(new Asked().ask("print")).toEqual(["printed", "to standard output", "to standard error"]);
});

test("there are no arguments, and nothing in the environment but a limit for the garbage collector", () => {
  expect(new Asked().ask("arguments")).toEqual(["0 1"]);
});

test("the garbage collector runs, and memory stays bounded", () => {
  const node = new Asked();
  for (let round = 0; round < 50; round++) expect(node.ask("garbage")).toEqual(["collected"]);
});

test("a panic traps, and its text is there", () => {
  const node = new Asked();
  expect(() => node.ask("panic")).toThrow("unreachable");
  expect(node.node.printed).toMatch(/^panic: as it was told to\n\ngoroutine 1 \[running\]:\nmain\.\(\*probe\)\.answer/);
});

test("fused and metered, it does what it does unfused, and a panic stops the flow at the node", async () => {
  const catalog = new Map([...(await builtinCatalog()), ["wasi_probe", probe] as const]);
  const graph = resolveGraph(
    parseGraph({
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        probe: { type: "wasi_probe" },
        out: { type: "file", props: { path: "out.jsonl" } },
      },
      wires: ["in.out -> probe.in", "probe.out -> out.in"],
    }),
    catalog,
  );
  const { wasm } = await fuse(graph, catalog);
  // Making and collecting 20 MB of garbage for one message is more than a flow may do by default.
  const limits = { ...defaultFlowLimits, fuelBurst: 500_000_000 };
  const fused = new FusedInstance(new WebAssembly.Module(meter(wasm, limits)), limits);
  const unfused = new ReferenceFlow(graph, catalog);
  const frame = (question: string, index: number) => {
    const message = encodeMessage({ topic: "t", timestampNs: BigInt(index) * 1_000n, quality: 0, value: question });
    return Buffer.concat([new Uint8Array(Uint32Array.of(0, message.length).buffer), message]);
  };
  const questions = [
    "time",
    "random",
    "print",
    "sleep",
    "goroutines",
    "map order",
    "garbage",
    "garbage",
    "garbage",
    "garbage",
    "time",
    "random",
  ];
  const outputs = [fused, unfused].map((flow) => {
    flow.configure();
    return questions.map((question, index) => {
      flow.execute(frame(question, index));
      return Buffer.from(flow.takeOutbox()).toString("hex");
    });
  });
  expect(outputs[0]).toEqual(outputs[1]);
  const panic = () => fused.execute(frame("panic", 9));
  expect(panic).toThrow(FlowTrap);
  expect(panic).toThrow(expect.objectContaining({ trapCause: "trap", nodeIndex: 2 }));
});

test("a C program for wasi-libc allocates, reads the clock and prints", { timeout: buildMsMax }, async () => {
  const folder = path.join(import.meta.dirname, "libc-node");
  const output = path.join(scratch, "libc.wasm");
  const kit = path.join(import.meta.dirname, "../../nodekit/c");
  const flags = ["-target", "wasm32-wasi", "-mexec-model=reactor", "-O2", "-s", "-Wl,-z,stack-size=65536"];
  const zig = findProgram(zigExecutable(), "zig");
  if (zig === undefined) throw new Error(`Zig ${zigVersion} is not installed; it brings wasi-libc. Run npm test`);
  const compiled = await run(zig, ["cc", ...flags, "-I", kit, "-I", ".", "-o", output, "node.c"], folder);
  expect(compiled).toMatchObject({ code: 0, stderr: "" });
  expect(await flowfusion(["node", "test", folder, "--module", output])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 passed, 0 failed"),
  });
});

test("a Go program that opens files is refused by the names of what it imports", { timeout: buildMsMax }, async () => {
  const folder = path.join(scratch, "reader");
  expect((await flowfusion(["node", "new", folder, "--lang", "go"])).code).toBe(0);
  const source = path.join(folder, "node.go");
  const text = await readFile(source, "utf8");
  const reading = text
    .replace('"errors"', '"errors"\n\t"os"')
    .replace(
      "if !message.IsNumeric() {",
      'if _, err := os.ReadFile("/etc/hostname"); err != nil || !message.IsNumeric() {',
    );
  expect(reading).not.toBe(text);
  await writeFile(source, reading);
  const { code, stderr } = await flowfusion(["node", "build", folder]);
  expect(code).toBe(1);
  expect(stderr).toContain("[FF_MODULE_IMPORT]");
  expect(stderr).toContain("wasi_snapshot_preview1.path_open (function); the WASI shim has clock");
});
