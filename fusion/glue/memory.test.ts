// Each node of a fused flow has a memory of its own: there is no address in it by which another's could be had.

import { describe, expect, it } from "vitest";
import { framesOf, passOn, readFrames, sink, source, testFlow, trapOf, watNode } from "../testkit/wat-nodes.ts";

/** What the neighbour has at address 104, and trusts in. */
const secret = "not your";
const secretWord = `(i64.const 0x${Buffer.from(secret).reverse().toString("hex")})`;

/** Counts in its memory, and puts the count in the value of what it passes on. */
const neighbour = watNode(
  "neighbour",
  `(memory (export "memory") 2) (data (i32.const 104) "${secret}")
  ${passOn(`
    (if (i64.ne (i64.load (i32.const 104)) ${secretWord}) (then unreachable))
    (i64.store (i32.const 96) (i64.add (i64.load (i32.const 96)) (i64.const 1)))
    (f64.store offset=8 (local.get $at) (f64.convert_i64_s (i64.load (i32.const 96))))`)}`,
);

/** `before`, for each message that it passes on. */
const intruder = (before: string, more = "") =>
  watNode("intruder", `(memory (export "memory") 2) ${more} ${passOn(before)}`);

const size = "(i32.mul (memory.size) (i32.const 65536))";
/** Puts in the message's value how often its memory has the neighbour's secret. */
const search = `
  (local $from i32) (local $found f64)
  (loop $next
    (if (i64.eq (i64.load (local.get $from)) ${secretWord})
      (then (local.set $found (f64.add (local.get $found) (f64.const 1)))))
    (br_if $next (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 8))) ${size})))
  (f64.store offset=8 (local.get $at) (local.get $found))`;

/** Beside a neighbour, which is before it in one flow and after it in the other. */
async function flowWith(node: ReturnType<typeof watNode>, id: "a" | "z") {
  const nodes = { src: source, [id]: { type: "intruder" }, n: { type: "neighbour" }, one: sink, other: sink };
  return testFlow(
    nodes,
    ["src.out -> n.in", `src.out -> ${id}.in`, "n.out -> one.in", `${id}.out -> other.in`],
    [node, neighbour],
  );
}

describe.each(["a", "z"] as const)("a node %s beside a neighbour n", (id) => {
  it.each([
    ["reads right after its memory", `(drop (i32.load8_u ${size}))`],
    ["reads far behind its memory", `(drop (i32.load8_u (i32.mul ${size} (i32.const 2))))`],
    ["reads at the end of all addresses", "(drop (i64.load (i32.const -8)))"],
    ["reads beyond all addresses", "(drop (i64.load offset=4294967288 (i32.const -8)))"],
    ["reads across the end of its memory", `(drop (i64.load (i32.sub ${size} (i32.const 4))))`],
    ["writes right after its memory", `(i32.store8 ${size} (i32.const 1))`],
    ["writes far behind its memory", `(i32.store8 (i32.mul ${size} (i32.const 2)) (i32.const 1))`],
    ["writes at the end of all addresses", "(i64.store (i32.const -8) (i64.const 1))"],
    ["fills beyond its memory", `(memory.fill (i32.const 0) (i32.const 1) (i32.add ${size} (i32.const 1)))`],
    ["copies from beyond its memory", `(memory.copy (i32.const 0) (i32.const 1) ${size})`],
  ])("traps when it %s", async (_, does) => {
    const flow = await flowWith(intruder(does), id);
    expect(trapOf(flow.graph, () => flow.fused().execute(framesOf(0)))).toMatchObject({ node: id, cause: "trap" });
  });

  it("changes nothing of its neighbour's when it writes all over its own memory", async () => {
    const scribble = `
      (memory.fill (i32.const 0) (i32.const 255) ${size})
      (i32.store (i32.const 20) (i32.const 0))
      (return (i32.const 16))`;
    const flow = (await flowWith(intruder(scribble), id)).fused();
    for (const count of [1, 2, 3]) {
      flow.execute(framesOf(0));
      expect(readFrames(flow.takeOutbox()).map(([, value]) => value)).toEqual([count]);
    }
  });

  it("finds nothing of its neighbour's in all of its own memory, where it would find it", async () => {
    const found = async (node: ReturnType<typeof intruder>) => {
      const flow = (await flowWith(node, id)).fused();
      flow.execute(framesOf(0));
      return readFrames(flow.takeOutbox())
        .map(([, value]) => value)
        .sort();
    };
    // The neighbour's count is the 1.
    expect(await found(intruder(search))).toEqual([0, 1]);
    const own = `(data (i32.const 200) "${secret}") (data (i32.const 208) "${secret}")`;
    expect(await found(intruder(search, own))).toEqual([1, 2]);
  });
});
