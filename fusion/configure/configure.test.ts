import { describe, expect, it } from "vitest";
import { explainFusion } from "../explain.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { configuredAtStart, framesOf, readFrames, sink, source, testFlow, watNode } from "../testkit/wat-nodes.ts";

const wires = ["src.out -> a.in", "a.out -> out.in"];
const flowOf = (fields: string) =>
  testFlow({ src: source, a: { type: "configured" }, out: sink }, wires, [watNode("configured", fields)]);

/** Answers each message with the i64 that `answer` computes. */
const answers = (answer: string) => `
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
    (i32.store8 offset=16 (local.get $at) (i32.const 2))
    (i64.store offset=8 (local.get $at) ${answer})
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1))
    (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (local.get $at))
    (i32.store (i32.const 40) (local.get $length))
    (i32.const 16))`;
const configure = (code: string) => `(func (export "configure") (param i32 i32) (result i32) ${code} (i32.const 8))`;
const refuse = (words: string) => `(data (i32.const 2048) "${words}")
  (func (export "configure") (param i32 i32) (result i32)
    (i32.store8 (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const 2048))
    (i32.store (i32.const 24) (i32.const ${words.length})) (i32.const 16))`;
const memory = '(memory (export "memory") 1)';

describe("a node that is configured while it is fused", () => {
  const rows: [title: string, fields: string][] = [
    ["nothing to configure", `${memory}${answers("(i64.const 1)")}`],
    [
      "what it wrote to memory, far apart",
      `${memory}${configure(`(i64.store (i32.const 1000) (i64.const -7)) (i64.store (i32.const 65528) (i64.const 99))`)}
       ${answers("(i64.mul (i64.load (i32.const 1000)) (i64.load (i32.const 65528)))")}`,
    ],
    [
      "memory that it grew",
      `${memory}${configure(`(drop (memory.grow (i32.const 3))) (i32.store (i32.const 200000) (i32.const 5))`)}
       ${answers("(i64.add (i64.extend_i32_u (memory.size)) (i64.load (i32.const 200000)))")}`,
    ],
    [
      "data that it overwrote",
      `${memory}(data (i32.const 1024) "\\01\\02\\03\\04\\05\\06\\07\\08")
       ${configure("(i64.store (i32.const 1024) (i64.const 0))")}${answers("(i64.load (i32.const 1024))")}`,
    ],
    [
      "a passive segment, for later",
      `${memory}(data $active (i32.const 1024) "active!!") (data $later "passive!")
       ${configure("(memory.init $later (i32.const 1040) (i32.const 0) (i32.const 4))")}
       ${answers(`(block (result i64) (memory.init $later (i32.const 1032) (i32.const 0) (i32.const 8))
         (i64.add (i64.load (i32.const 1040)) (i64.xor (i64.load (i32.const 1024)) (i64.load (i32.const 1032)))))`)}`,
    ],
    [
      "globals of every type of number",
      `${memory}(global $i (mut i32) (i32.const 0)) (global $l (mut i64) (i64.const 0)) (global $s (mut f32) (f32.const 0))
       (global $d (mut f64) (f64.const 0)) (global $constant i64 (i64.const 12345)) (global $untouched (mut i64) (i64.const -9))
       ${configure(`(global.set $i (i32.const -2147483648)) (global.set $l (i64.const -9223372036854775808))
         (global.set $s (f32.const -0)) (global.set $d (f64.const -inf))`)}
       ${answers(
         `(i64.add (i64.add (i64.add (i64.extend_i32_s (global.get $i)) (global.get $l))
           (i64.add (i64.extend_i32_u (i32.reinterpret_f32 (global.get $s))) (i64.reinterpret_f64 (global.get $d))))
           (i64.add (global.get $constant) (global.get $untouched)))`,
       )}`,
    ],
    [
      "what its start function and _initialize did, once and in order",
      `${memory}(global $steps (mut i64) (i64.const 1)) (start $start)
       (func $step (param i64) (global.set $steps (i64.add (i64.mul (global.get $steps) (i64.const 10)) (local.get 0))))
       (func $start (call $step (i64.const 2))) (func (export "_initialize") (call $step (i64.const 3)))
       ${configure("(call $step (i64.const 4))")}
       (func (export "cabi_post_configure") (param i32) (call $step (i64.const 5)))
       ${answers("(global.get $steps)")}`,
    ],
    [
      "a table that it calls through",
      `${memory}(table 2 funcref) (elem (i32.const 0) $one $two) (type $number (func (result i64)))
       (global $choice (mut i32) (i32.const 0)) (func $one (result i64) (i64.const 1)) (func $two (result i64) (i64.const 2))
       ${configure("(global.set $choice (i32.const 1))")}${answers("(call_indirect (type $number) (global.get $choice))")}`,
    ],
  ];

  it.each(rows)("has %s", async (_, fields) => {
    const flow = await flowOf(fields);
    const { nodes } = await explainFusion(flow.graph, flow.catalog, () => 0);
    expect(nodes.find(({ id }) => id === "a")!.unconfiguredBecause).toBeUndefined();
    const outboxes = [flow.fused(), flow.reference()].map((running) => {
      running.execute(framesOf(1, 2));
      return readFrames(running.takeOutbox());
    });
    expect(outboxes[0]).toHaveLength(2);
    expect(outboxes[0]).toEqual(outboxes[1]);
  });

  it("gets its properties, as constants of the artefact", async () => {
    const flow = await testFlow(
      { src: source, a: { type: "scale", props: { factor: 3, offset: 1 } }, out: sink },
      wires,
    );
    const instance = new FusedInstance(new WebAssembly.Module(meter(flow.wasm, defaultFlowLimits)), defaultFlowLimits);
    // Not even `configure` is needed.
    instance.execute(framesOf(2));
    expect(readFrames(instance.takeOutbox())).toEqual([[0, 7]]);
  });

  it("that refuses its properties refuses the fusion, in its own words", async () => {
    await expect(flowOf(`${memory}${answers("(i64.const 1)")}${refuse("too high")}`)).rejects.toMatchObject({
      code: "FF_FLOW_CONFIGURE",
      message: "a: too high",
    });
  });
});

describe("a node that cannot be configured while it is fused", () => {
  const rows: [why: string, fields: string][] = [
    ["it uses table.set", configuredAtStart],
    ["it uses data.drop", `(data $once "once") (func (data.drop $once))`],
    ["it has a global that changes, of type v128", "(global (mut v128) (v128.const i64x2 0 0))"],
    ["it has a global that changes, of type funcref", "(global (mut funcref) (ref.null func))"],
    ["one of its globals is NaN, whose bits cannot be read", "(global (mut f64) (f64.const nan:0x4000000000123))"],
  ];
  it.each(rows)("since %s, is configured when the flow starts", async (why, fields) => {
    const flow = await flowOf(
      `${memory}${fields}${configure("(i64.store (i32.const 1000) (i64.const 41))")}${answers("(i64.load (i32.const 1000))")}`,
    );
    const { nodes } = await explainFusion(flow.graph, flow.catalog, () => 0);
    expect(nodes.map(({ id, unconfiguredBecause }) => [id, unconfiguredBecause])).toEqual([
      ["a", why],
      ["out", undefined],
      ["src", undefined],
    ]);
    const running = flow.fused();
    running.execute(framesOf(1));
    expect(readFrames(running.takeOutbox())).toEqual([[0, 41n]]);
  });

  it.each([
    ["traps", "unreachable", /^it stops with: unreachable/, "trap"],
    ["does not come to an end", "(loop (br 0))", /^it takes more fuel than there is/, "fuel"],
    ["answers with an address beyond its memory", "(return (i32.const -1))", /^it stops with: /, "trap"],
  ])("since it %s, stops the flow when that starts", async (_, code, why, cause) => {
    const flow = await flowOf(`${memory}${configure(code)}${answers("(i64.const 1)")}`);
    const { nodes } = await explainFusion(flow.graph, flow.catalog, () => 0);
    expect(nodes[0]!.unconfiguredBecause).toMatch(why);
    expect(() => flow.fused()).toThrow(expect.objectContaining({ trapCause: cause, nodeIndex: 0 }));
  });
});
