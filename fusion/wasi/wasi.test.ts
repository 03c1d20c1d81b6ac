import { readFile } from "node:fs/promises";
import { decodeMessage, encodeMessage, type Message } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { assemble } from "../binary/testing.ts";
import { linkable } from "../link/linkable.ts";
import { NodeInstance } from "../reference/node-instance.ts";
import { inspectModule } from "../report.ts";
import { framesOf, sink, source, testFlow, watNode } from "../testkit/wat-nodes.ts";
import { generateShim } from "./generate.ts";
import { linkWasi } from "./link.ts";

const wasi = "wasi_snapshot_preview1";
const types = {
  clock_time_get: "(param i32 i64 i32) (result i32)",
  random_get: "(param i32 i32) (result i32)",
  fd_write: "(param i32 i32 i32 i32) (result i32)",
  fd_read: "(param i32 i32 i32 i32) (result i32)",
  fd_close: "(param i32) (result i32)",
  fd_seek: "(param i32 i64 i32 i32) (result i32)",
  fd_fdstat_get: "(param i32 i32) (result i32)",
  fd_fdstat_set_flags: "(param i32 i32) (result i32)",
  fd_prestat_get: "(param i32 i32) (result i32)",
  fd_prestat_dir_name: "(param i32 i32 i32) (result i32)",
  args_sizes_get: "(param i32 i32) (result i32)",
  environ_sizes_get: "(param i32 i32) (result i32)",
  args_get: "(param i32 i32) (result i32)",
  environ_get: "(param i32 i32) (result i32)",
  clock_res_get: "(param i32 i32) (result i32)",
  poll_oneoff: "(param i32 i32 i32 i32) (result i32)",
  sched_yield: "(result i32)",
  proc_exit: "(param i32)",
} as const;
type WasiName = keyof typeof types;

/** Where `handle` puts what it found out: the body of the message that it emits. */
const found = 536;
const foundBytes = 64;

/** A node whose `handle` runs `body`, and emits the 64 bytes at `found`. Its memory from 2048 on is free. */
function probe(body: string, fields = ""): ReturnType<typeof watNode> {
  const used = (Object.keys(types) as WasiName[]).filter((name) => `${body}${fields}`.includes(`$${name}`));
  const imports = used.map((name) => `(import "${wasi}" "${name}" (func $${name} ${types[name]}))`).join("\n");
  return watNode(
    "probe",
    `${imports}
    (memory (export "memory") 4)
    (global $top (mut i32) (i32.const 32768))
    (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))
      (i32.sub (global.get $top) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))
    (func $emitFound (result i32)
      (i32.store (i32.const 528) (i32.const 5))
      (i32.store (i32.const 532) (i32.const ${foundBytes}))
      (i32.store (i32.const 480) (i32.const 0))
      (i32.store (i32.const 484) (i32.const 512))
      (i32.store (i32.const 488) (i32.const ${24 + foundBytes}))
      (i32.store (i32.const 472) (i32.const 480))
      (i32.store (i32.const 476) (i32.const 1))
      (i32.const 472))
    (func (export "handle") (param $port i32) (param $message i32) (param $length i32) (result i32)
      ${body}
      (call $emitFound))
    ${fields}`,
  );
}

type Emitted = { port: number; message: Message };

class Probe {
  readonly node: NodeInstance;

  constructor(body: string, fields = "") {
    this.node = new NodeInstance(probe(body, fields).wasm);
    this.node.configure(new Uint8Array(0));
  }

  handle(timestampNs = 0n): Emitted[] {
    const emitted: Emitted[] = [];
    this.node.handle(0, encodeMessage({ topic: "t", timestampNs, quality: 0, value: 1 }), (port, bytes) =>
      emitted.push({ port, message: decodeMessage(bytes) }),
    );
    return emitted;
  }

  found(timestampNs?: bigint): DataView {
    const { value } = this.handle(timestampNs)[0]!.message;
    return new DataView((value as Uint8Array).slice().buffer);
  }
}

const logPort = 0xffff_ffff;
const logged = (emitted: readonly Emitted[]) =>
  emitted.filter(({ port }) => port === logPort).map(({ message }) => message.value);

/** A function `$print` that writes `text` to a descriptor. */
function print(text: string, fd = 1): string {
  const bytes = new TextEncoder().encode(text);
  return `(data (i32.const 2048) "${escaped(bytes)}")
  (data (i32.const 2040) "${escaped(new Uint8Array(Uint32Array.of(2048, bytes.length).buffer))}")
  (func $print
    (i32.store (i32.const ${found + 4})
      (call $fd_write (i32.const ${fd}) (i32.const 2040) (i32.const 1) (i32.const ${found}))))`;
}

const escaped = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");

describe("clocks", () => {
  const readBoth = `
    (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const ${found})))
    (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const ${found + 8})))
    (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const ${found + 16})))`;

  it("shows the time of the message that is handled, and a monotonic time that only grows", () => {
    const node = new Probe(readBoth);
    let last = 0n;
    for (const timestampNs of [5_000n, 9_000n, 2_000n, 9_000n]) {
      const view = node.found(timestampNs);
      expect(view.getBigUint64(0, true)).toBe(timestampNs);
      const [first, second] = [view.getBigUint64(8, true), view.getBigUint64(16, true)];
      expect(first).toBeGreaterThan(last);
      expect(second).toBeGreaterThan(first);
      expect(first).toBeGreaterThanOrEqual(timestampNs);
      last = second;
    }
  });

  it("shows the time of a tick", () => {
    const node = new Probe(
      "",
      `(func (export "tick") (param i64) (result i32) ${readBoth} (call $emitFound))
       (func (export "cabi_post_tick") (param i32))`,
    );
    const times: bigint[] = [];
    node.node.tick(77n, (_, bytes) => times.push(new DataView(bytes.slice().buffer).getBigUint64(24, true)));
    expect(times).toEqual([77n]);
  });

  it("refuses a clock that does not exist", () => {
    const node = new Probe(
      `(i32.store (i32.const ${found}) (call $clock_time_get (i32.const 9) (i64.const 1) (i32.const ${found + 8})))`,
    );
    expect(node.found().getUint32(0, true)).toBe(28);
  });

  it("ends a sleep at once, and moves the monotonic clock on by what was slept", () => {
    // Two subscriptions, to the clock for 1 s and for 2 s.
    const node = new Probe(`
      (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const ${found})))
      (i64.store (i32.const 2048) (i64.const 11)) (i32.store (i32.const 2064) (i32.const 1))
      (i64.store (i32.const 2072) (i64.const 1000000000))
      (i64.store (i32.const 2096) (i64.const 22)) (i32.store (i32.const 2112) (i32.const 1))
      (i64.store (i32.const 2120) (i64.const 2000000000))
      (i32.store (i32.const ${found + 32}) (call $poll_oneoff (i32.const 2048) (i32.const 4096) (i32.const 2) (i32.const ${found + 36})))
      (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const ${found + 8})))
      (i64.store (i32.const ${found + 16}) (i64.load (i32.const 4096)))
      (i64.store (i32.const ${found + 24}) (i64.load (i32.const 4128)))`);
    const view = node.found(1n);
    expect(view.getBigUint64(8, true) - view.getBigUint64(0, true)).toBe(1_000_000_001n);
    expect([view.getBigUint64(16, true), view.getBigUint64(24, true)]).toEqual([11n, 22n]);
    expect([view.getUint32(32, true), view.getUint32(36, true)]).toEqual([0, 2]);
  });
});

describe("random numbers", () => {
  const body = `(drop (call $random_get (i32.const ${found}) (i32.const ${foundBytes})))`;

  it("are the same in every instance and differ from call to call", () => {
    const [first, second] = [new Probe(body), new Probe(body)];
    const runs = [first.found(), first.found()].map((view) => Buffer.from(view.buffer).toString("hex"));
    expect([second.found(), second.found()].map((view) => Buffer.from(view.buffer).toString("hex"))).toEqual(runs);
    expect(runs[0]).not.toBe(runs[1]);
    expect(new Set(Buffer.from(runs[0]!, "hex")).size).toBeGreaterThan(foundBytes / 2);
  });
});

describe("files, arguments and environment", () => {
  const answers: [call: string, errno: number][] = [
    ["(call $fd_close (i32.const 2))", 0],
    ["(call $fd_close (i32.const 3))", 8],
    ["(call $fd_fdstat_set_flags (i32.const 1) (i32.const 4))", 0],
    ["(call $fd_fdstat_set_flags (i32.const 7) (i32.const 4))", 8],
    ["(call $fd_fdstat_get (i32.const 1) (i32.const 4096))", 0],
    ["(call $fd_fdstat_get (i32.const 3) (i32.const 4096))", 8],
    ["(call $fd_prestat_get (i32.const 3) (i32.const 4096))", 8],
    ["(call $fd_prestat_dir_name (i32.const 3) (i32.const 4096) (i32.const 9))", 8],
    ["(call $fd_seek (i32.const 1) (i64.const 0) (i32.const 0) (i32.const 4096))", 70],
    ["(call $fd_seek (i32.const 5) (i64.const 0) (i32.const 0) (i32.const 4096))", 8],
    ["(call $fd_read (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 4104))", 0],
    ["(call $fd_read (i32.const 4) (i32.const 4096) (i32.const 0) (i32.const 4104))", 8],
    ["(call $fd_write (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 4104))", 8],
    ["(call $fd_write (i32.const 3) (i32.const 4096) (i32.const 0) (i32.const 4104))", 8],
    ["(call $args_get (i32.const 4096) (i32.const 4096))", 0],
    ["(call $environ_get (i32.const 4096) (i32.const 4096))", 0],
    ["(call $clock_res_get (i32.const 0) (i32.const 4096))", 0],
    ["(call $poll_oneoff (i32.const 4096) (i32.const 4096) (i32.const 0) (i32.const 4096))", 28],
    ["(call $sched_yield)", 0],
  ];
  it.each(answers)("%s gives errno %i", (call, errno) => {
    expect(new Probe(`(i32.store (i32.const ${found}) ${call})`).found().getUint32(0, true)).toBe(errno);
  });

  it("there are no arguments", () => {
    const call = `(call $args_sizes_get (i32.const ${found}) (i32.const ${found + 4}))`;
    const view = new Probe(`(i64.store (i32.const ${found}) (i64.const -1)) (drop ${call})`).found();
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([0, 0]);
  });

  it("the environment tells Go's garbage collector how much memory there is, and nothing else", () => {
    const view = new Probe(`
      (drop (call $environ_sizes_get (i32.const ${found}) (i32.const ${found + 4})))
      (drop (call $environ_get (i32.const ${found + 8}) (i32.const ${found + 12})))`).found();
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]).toEqual([1, 17, found + 12]);
    expect(Buffer.from(view.buffer, 12, 17).toString()).toBe("GOMEMLIMIT=12MiB\0");
  });
});

describe("output", () => {
  it("becomes a text message on the log port for each line, behind the node's own emissions, with the data's time", () => {
    const node = new Probe("(call $print)", print("one\n\ntwo — zwei\nthree"));
    const emitted = node.handle(42n);
    expect(emitted.map(({ port }) => port)).toEqual([0, logPort, logPort, logPort]);
    expect(logged(emitted)).toEqual(["one", "two — zwei", "three"]);
    expect(emitted[1]!.message).toEqual({ topic: "", timestampNs: 42n, quality: 0, value: "one" });
  });

  it("is empty again after each call, and says how much was written", () => {
    const node = new Probe("(call $print)", print("hello\n", 2));
    expect(node.found().getUint32(0, true)).toBe(6);
    expect(logged(node.handle())).toEqual(["hello"]);
  });

  it("beyond 16 KiB in one call is lost, and the call succeeds", () => {
    const loop = `(local $i i32) (loop $next (call $print) (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2000))))`;
    const lines = logged(new Probe(loop, print("fifteen bytes..\n")).handle());
    expect(lines.length).toBe(16_384 / 16);
    expect(new Set(lines)).toEqual(new Set(["fifteen bytes.."]));
  });

  it("leaves the node's cabi_post_handle its own result", () => {
    const node = new Probe(
      `(i32.store (i32.const ${found + 8}) (i32.load (i32.const 4096))) (call $print)`,
      `${print("a line\n")} (func (export "cabi_post_handle") (param $result i32) (i32.store (i32.const 4096) (local.get $result)))`,
    );
    node.handle();
    expect(node.found().getUint32(8, true)).toBe(472);
  });

  it("is there to be read when the node has ended itself", () => {
    const node = new Probe("(call $print) (call $proc_exit (i32.const 2))", print("panic: so it goes\n"));
    expect(() => node.handle()).toThrow("unreachable");
    expect(node.node.printed).toBe("panic: so it goes\n");
  });
});

describe("linking the shim", () => {
  it("gives a module without imports back as it is", () => {
    const wasm = assemble(`(module (memory (export "memory") 1))`);
    expect(linkWasi(wasm)).toBe(wasm);
  });

  it("leaves references to imported functions, tables and start functions right", () => {
    const node = new Probe(
      `(i32.store (i32.const ${found}) (call_indirect (type $yield) (i32.const 1)))
       (i32.store (i32.const ${found + 4}) (global.get $started))`,
      `(type $yield (func (result i32))) (global $started (mut i32) (i32.const 0))
       (func $nine (result i32) (i32.const 9)) (table 2 funcref) (elem (i32.const 0) $sched_yield $nine)
       (func $start (global.set $started (i32.const 1))) (start $start)`,
    );
    const view = node.found();
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([9, 1]);
  });

  it("makes a module that the engine accepts, without imports, and is shown by inspection", () => {
    const { wasm } = probe(`(drop (call $random_get (i32.const ${found}) (i32.const 8)))`);
    const { imports, memories } = inspectModule(linkable(wasm).wasm).contents!;
    expect({ imports, memories: memories.length }).toEqual({ imports: [], memories: 2 });
    expect(inspectModule(wasm)).toMatchObject({ linksWasiShim: true, refusals: [] });
  });

  it("gives the same emissions fused and unfused, metered", async () => {
    const module = probe(
      `(drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const ${found})))
       (drop (call $random_get (i32.const ${found + 8}) (i32.const 16))) (call $print)`,
      print("line\nanother\n"),
    );
    const flow = await testFlow(
      { in: source, a: { type: "probe" }, b: { type: "probe" }, out: sink },
      ["in.out -> a.in", "in.out -> b.in", "a.out -> out.in", "b.out -> out.in"],
      [module],
    );
    const outputs = [flow.fused(), flow.reference()].map((running) => {
      running.execute(framesOf(1, 2, 3));
      return Buffer.from(running.takeOutbox()).toString("hex");
    });
    expect(outputs[0]).toBe(outputs[1]);
    expect(outputs[0]!.length).toBeGreaterThan(2 * 3 * 2 * (24 + foundBytes));
  });
});

it("the shim's module is what its text gives", async () => {
  const committed = await readFile(new URL("./generated/shim.ts", import.meta.url), "utf8");
  expect(committed, "run `node fusion/wasi/generate.ts`").toBe(await generateShim());
});
