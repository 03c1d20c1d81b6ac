// A `cabi_realloc` that lies harms nobody but its own node: what the glue writes where it says is in that node's memory,
// or the flow stops in that node's name.

import { describe, expect, it } from "vitest";
import { framesOf, passOn, readFrames, sink, source, testFlow, trapOf, watNode } from "../testkit/wat-nodes.ts";

const kinds = ["fused", "reference"] as const;
const memoryBytes = 65_536;

/** A node that passes messages on, whose memory is given out at `address`. */
const liar = (address: string, more = "", changes = {}) =>
  watNode(
    "liar",
    `(memory (export "memory") 1) (global $calls (mut i32) (i32.const 0))
    ${passOn().replace(/\(i32\.const 4096\)\)/, `(global.set $calls (i32.add (global.get $calls) (i32.const 1))) ${address})`)} ${more}`,
    changes,
  );

/** Between two of the same honest nodes, which see whether the message came through whole. */
const flowWith = (module: ReturnType<typeof liar>) =>
  testFlow(
    { src: source, before: { type: "scale", props: { factor: 2 } }, liar: { type: "liar" }, out: sink },
    ["src.out -> before.in", "before.out -> liar.in", "liar.out -> out.in"],
    [module],
  );

const stopping: [title: string, address: string, cause: "trap" | "invalid_emission"][] = [
  ["the end of its memory", `(i32.const ${memoryBytes})`, "trap"],
  ["an address far behind its memory", "(i32.const 0x7ffffff0)", "trap"],
  ["the last address", "(i32.const -1)", "trap"],
  ["an address from which the message wraps around", "(i32.const -24)", "trap"],
  ["room that ends behind its memory", `(i32.const ${memoryBytes - 16})`, "trap"],
  ["an address that is taken back", "(memory.grow (i32.const 100000))", "trap"],
  ["where it keeps its own results", "(i32.const 0)", "invalid_emission"],
];

describe.each(kinds)("in a %s flow", (kind) => {
  it.each(stopping)("a node that gives out %s stops in its own name", async (_, address, cause) => {
    const flow = await flowWith(liar(address));
    expect(trapOf(flow.graph, () => flow[kind]().execute(framesOf(1)))).toEqual({ node: "liar", cause, cursor: 0 });
  });

  it.each([
    ["an address that is aligned to nothing", "(i32.const 4097)"],
    ["the last room that its memory has", `(i32.const ${memoryBytes - 24})`],
    ["another address each time", "(i32.mul (global.get $calls) (i32.const 40))"],
  ])("a node that gives out %s gets the message there", async (_, address) => {
    const flow = await flowWith(
      liar(address.replace("(i32.mul", "(i32.add (i32.const 4000) (i32.mul").replace(/40\)\)$/, "40)))")),
    );
    const running = flow[kind]();
    running.execute(framesOf(1, 2, 3));
    expect(readFrames(running.takeOutbox())).toEqual([2, 4, 6].map((value) => [0, value]));
  });

  it("a node that lies when it is handed properties, or a state, stops the flow there", async () => {
    const lies = `(if (result i32) (i32.eq (global.get $calls) (i32.const 1)) (then (i32.const -1)) (else (i32.const 4096)))`;
    const configured = `(func (export "configure") (param i32 i32) (result i32) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`;
    const unconfigured = await flowWith(liar(lies, configured, { props: { type: "object" } }));
    expect(trapOf(unconfigured.graph, () => unconfigured[kind]())).toMatchObject({ node: "liar", cause: "trap" });

    const state = `(func (export "save_state") (result i32) (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 8)) (i32.const 16))
      (func (export "load_state") (param i32 i32) (result i32) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`;
    const stateful = await flowWith(liar(lies, state, { stateVersion: 1 }));
    const running = stateful[kind]();
    const saved = running.saveState();
    expect(trapOf(stateful.graph, () => running.loadState(saved))).toMatchObject({ node: "liar", cause: "trap" });
  });
});
