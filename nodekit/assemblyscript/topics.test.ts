// The kit's map of topics, and the text that it writes, inside a node that counts each topic's messages and tells the
// count as text.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { encodeProperties, loadModule, NodeInstance } from "@flowfusion/fusion";
import { decodeMessage, encodeMessage } from "@flowfusion/graph";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNode } from "./index.ts";

const source = `import { emit, hasRoom, Message, Properties, StateReader, StateWriter, Text, TopicMap }
  from "@flowfusion/nodekit-assemblyscript/assembly";
const tags = new TopicMap();
export function configure(properties: Properties): void { tags.configure(properties, 8); }
export function handle(port: u32, message: Message): void {
  const record = tags.of(message);
  store<u64>(record, load<u64>(record) + 1);
  message.setInteger(<i64>load<u64>(record));
  emit(0, message);
}
export function tick(nowNs: u64): void {
  for (let record = tags.first; record != 0 && hasRoom(); record = tags.after(record)) {
    const topic = tags.topicOf(record);
    const text = Text.create().json(topic.start, topic.length).ascii(" ");
    emit(0, text.number(reinterpret<f64>(nowNs)).ascii(" ").integer(<i64>nowNs).toMessage(topic, nowNs));
  }
}
export function saveState(state: StateWriter): void { tags.save(state); }
export function loadState(state: StateReader): void { tags.load(state, isSound); }
function isSound(record: usize): bool { return load<u64>(record) < 1000; }`;

const manifest = {
  ...{ contract: 1, name: "probe", version: "1.0.0", doc: "A node for tests.", stateVersion: 1 },
  inputs: [{ name: "in", type: "any" }],
  outputs: [{ name: "out", type: "any" }],
  props: { type: "object", properties: { maxTopics: { type: "integer" } } },
} as const;

let wasm: Uint8Array = new Uint8Array(0);
beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-nodekit-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const sourcePath = path.join(folder, "node.ts");
  await writeFile(sourcePath, source);
  wasm = loadModule(await buildNode({ sourcePath, manifest: JSON.stringify(manifest) })).wasm;
});

function start(maxTopics: number): NodeInstance {
  const node = new NodeInstance(wasm);
  expect(node.configure(encodeProperties({ maxTopics }, manifest.props))).toBeUndefined();
  return node;
}

/** The count that the node tells, with what it logs before. */
function send(node: NodeInstance, topic: string): unknown[] {
  const values: unknown[] = [];
  node.handle(0, encodeMessage({ topic, timestampNs: 0n, quality: 0, value: 1 }), (_, bytes) => {
    values.push(decodeMessage(bytes).value);
  });
  return values;
}

/** The topics in the order of the list, and what else is in the text. */
function tick(node: NodeInstance, nowNs = 0n): { topic: string; text: unknown }[] {
  const found: { topic: string; text: unknown }[] = [];
  node.tick(nowNs, (_, bytes) => {
    const { topic, value } = decodeMessage(bytes);
    found.push({ topic, text: value });
  });
  return found;
}

const topics = (node: NodeInstance): string[] => tick(node).map(({ topic }) => topic);

describe("a map of topics", () => {
  it("does what an ordered map does that forgets the topic silent for longest, saved and loaded in between", () => {
    const topic = fc.oneof(fc.nat(12).map(String), fc.string({ unit: "grapheme", maxLength: 60 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.option(topic), { maxLength: 60 }), (limit, steps) => {
        let node = start(limit);
        const model = new Map<string, bigint>();
        for (const next of steps) {
          if (next === null) {
            const restored = start(limit);
            expect(restored.loadState(node.saveState())).toBeUndefined();
            node = restored;
            continue;
          }
          const count = (model.get(next) ?? 0n) + 1n;
          model.delete(next);
          model.set(next, count);
          if (model.size > limit) model.delete(model.keys().next().value!);
          expect(send(node, next).at(-1)).toBe(count);
          expect(topics(node)).toEqual([...model.keys()]);
        }
      }),
    );
  });

  it("says when it forgets, the first time and each time the number has doubled", () => {
    const node = start(1);
    const lines = Array.from({ length: 17 }, (_, index) => send(node, `t${index}`).length - 1);
    expect(lines).toEqual([0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("holds 10,000 topics, and hands them over within the memory that a gateway allows", () => {
    const node = start(10_000);
    const name = (index: number) => `plant/area ${index % 7}/line ${index}/temperature/celsius`;
    for (let index = 0; index < 10_000; index++) expect(send(node, name(index))).toEqual([1n]);
    for (let index = 0; index < 10_000; index++) expect(send(node, name(index))).toEqual([2n]);
    const second = start(10_000);
    expect(second.loadState(node.saveState())).toBeUndefined();
    for (let index = 0; index < 10_000; index++) expect(send(second, name(index))).toEqual([3n]);
    expect(second.loadState(second.saveState())).toBeUndefined();
    expect(second.memoryBytes).toBeLessThan(16 * 1024 * 1024);
  });

  it("keeps names of any length in bounded memory, fewer of those that are long", () => {
    const node = start(10_000);
    const name = (index: number) => `${index}/${"x".repeat((index * 7919) % 65_000)}`;
    for (let index = 0; index < 200; index++) send(node, name(index));
    const before = node.memoryBytes;
    for (let index = 200; index < 2_000; index++) send(node, name(index));
    expect(node.memoryBytes).toBe(before);
    const known = topics(node);
    expect(known).toEqual(Array.from({ length: known.length }, (_, index) => name(2_000 - known.length + index)));
    expect(known.length).toBeGreaterThan(7);
    expect(start(10_000).loadState(node.saveState())).toBeUndefined();
  });

  it("takes over the topics that spoke last when there may be fewer of them", () => {
    const first = start(5);
    for (const topic of ["b", "c", "d", "a"]) send(first, topic);
    const second = start(2);
    expect(second.loadState(first.saveState())).toBeUndefined();
    expect(topics(second)).toEqual(["d", "a"]);
    expect(send(second, "a")).toEqual([2n]);
  });

  it("refuses a state with a record that the node does not find sound, and stays as it was", () => {
    const first = start(5);
    send(first, "a");
    const state = first.saveState();
    const second = start(5);
    send(second, "b");
    new DataView(state.buffer).setBigUint64(state.length - 8, 1000n, true);
    expect(second.loadState(state)).toBe("the state holds values that this node does not write");
    expect(topics(second)).toEqual(["b"]);
  });
});

describe("text that a node puts together", () => {
  const bits = (value: number) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  };

  /** The number as the node writes it, and its bits as an int64. */
  function written(node: NodeInstance, value: number): string[] {
    const [, ...words] = (tick(node, bits(value))[0]!.text as string).split(" ");
    return words;
  }

  it("writes whole numbers and short decimals as JavaScript does", () => {
    const node = start(1);
    send(node, "t");
    const decimal = fc.tuple(fc.integer({ min: -1e15, max: 1e15 }), fc.integer({ min: -18, max: 0 }));
    for (const value of [0, -0, 1, -1.5, 1e21, 1e20, 1e-7, 1e-6, 123456.789, 5e-324, 100, 2 ** 53]) {
      expect(written(node, value)).toEqual([String(value), String(BigInt.asIntN(64, bits(value)))]);
    }
    fc.assert(
      fc.property(decimal, ([digits, exponent]) => {
        const value = Number(`${digits}e${exponent}`);
        fc.pre(value === 0 || Math.abs(value) >= 1e-6);
        expect(written(node, value)[0]).toBe(String(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it("writes any number so that it reads back as the same", () => {
    const node = start(1);
    send(node, "t");
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const text = written(node, value)[0]!;
        expect(Number(text)).toBe(value === 0 ? 0 : value);
        expect(text.length).toBeLessThan(26);
      }),
      { numRuns: 2_000 },
    );
  });

  it("writes topics as JSON strings", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (topic) => {
        const node = start(1);
        send(node, topic);
        const text = tick(node)[0]!.text as string;
        expect(JSON.parse(text.slice(0, -4))).toBe(topic.isWellFormed() ? topic : topic.toWellFormed());
      }),
    );
  });
});
