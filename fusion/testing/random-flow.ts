// Random but valid graphs of built-in nodes, and input for them, for the tests that hold fusion to its oracle.

import {
  type CanonicalGraph,
  encodeMessage,
  type GraphDocument,
  type MessageValue,
  type ModuleCatalog,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import fc from "fast-check";

const comparison = fc.constantFrom(">", ">=", "<", "<=", "==", "!=");
const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -10, max: 10, noNaN: true }));
const topic = fc.constantFrom(undefined, "a", "line/1/total", "größe");
const condition = fc.oneof(
  fc.record({ op: comparison, value: number }),
  fc.record({ op: fc.constantFrom("==", "!="), value: fc.constantFrom("run", "stop", "", true, false) }),
);

interface Kind {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly props: fc.Arbitrary<object>;
}

const defined = (props: fc.Arbitrary<object>) => props.map((value) => JSON.parse(JSON.stringify(value)) as object);

const kinds: readonly Kind[] = [
  { type: "filter", inputs: ["in"], outputs: ["pass", "fail"], props: condition },
  {
    type: "switch",
    inputs: ["in"],
    outputs: ["case1", "case2", "case3", "else"],
    props: fc.record({ cases: fc.array(condition, { minLength: 1, maxLength: 3 }) }),
  },
  { type: "fan_out", inputs: ["in"], outputs: ["out1", "out2", "out3", "out4"], props: fc.constant({}) },
  {
    type: "scale",
    inputs: ["in"],
    outputs: ["out"],
    props: defined(fc.record({ factor: number, offset: number, topic })),
  },
  {
    type: "agg",
    inputs: ["in"],
    outputs: ["out"],
    props: defined(
      fc.record({
        op: fc.constantFrom("count", "sum", "avg", "min", "max"),
        size: fc.integer({ min: 1, max: 4 }),
        topic,
      }),
    ),
  },
  {
    type: "binary_combine",
    inputs: ["left", "right"],
    outputs: ["out"],
    props: defined(
      fc.record({
        op: fc.constantFrom("+", "-", "*", "/", "min", "max", ">", ">=", "<", "<=", "==", "!=", "and", "or"),
        topic,
      }),
    ),
  },
];

/** A graph document: inputs first, every further node fed by earlier ones, every dangling output sometimes sunk. */
export const graphDocument: fc.Arbitrary<GraphDocument> = fc
  .record({
    inputs: fc.integer({ min: 1, max: 3 }),
    inner: fc.array(
      fc.constantFrom(...kinds).chain((kind) =>
        fc.record({
          kind: fc.constant(kind),
          props: kind.props,
          feeds: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
        }),
      ),
      { minLength: 1, maxLength: 7 },
    ),
    sinks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  })
  .map(({ inputs, inner, sinks }) => {
    const nodes: Record<string, { type: string; props?: Record<string, never> }> = {};
    const wires: Record<string, Record<string, never>> = {};
    const outputs: string[] = [];
    const add = (id: string, type: string, props: object) => {
      nodes[id] = { type, props: props as Record<string, never> };
    };
    const feed = (target: string, choice: number) => {
      wires[`${outputs[choice % outputs.length]} -> ${target}`] = {};
    };
    for (let index = 0; index < inputs; index++) {
      add(`in${index}`, "tag_input", { tags: [`t/${index}/#`] });
      outputs.push(`in${index}.out`);
    }
    for (const [index, { kind, props, feeds }] of inner.entries()) {
      const id = `${kind.type.slice(0, 3)}${index}`;
      add(id, kind.type, props);
      for (const [at, input] of kind.inputs.entries()) feed(`${id}.${input}`, feeds[at]!);
      outputs.push(...kind.outputs.map((output) => `${id}.${output}`));
    }
    for (const [index, choice] of sinks.entries()) {
      add(`sink${index}`, "file", { path: `out${index}.jsonl` });
      feed(`sink${index}.in`, choice);
    }
    return { nodes, wires };
  });

const value: fc.Arbitrary<MessageValue> = fc.oneof(
  { weight: 4, arbitrary: number },
  fc.boolean(),
  fc.bigInt(-8n, 8n),
  fc.constantFrom("run", "stop", ""),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0),
);

export interface InputMessage {
  readonly input: number;
  readonly topic: string;
  readonly timestampNs: bigint;
  readonly quality: 0 | 1 | 2;
  readonly value: MessageValue;
}

export const inputMessages: fc.Arbitrary<InputMessage[]> = fc.array(
  fc.record({
    input: fc.nat(),
    topic: fc.constantFrom(
      "t/0/a",
      "t/1/b",
      "t",
      "",
      "t/a-rather-long-topic/with/many/levels/so-that-more-than-64-bytes-are-copied",
    ),
    timestampNs: fc.bigInt(0n, 2n ** 63n),
    quality: fc.constantFrom(0, 1, 2),
    value,
  }),
  { maxLength: 60 },
);

export function encodeFrames(messages: readonly InputMessage[], inputs: number): Uint8Array {
  return Buffer.concat(
    messages.flatMap(({ input, ...message }) => {
      const bytes = encodeMessage(message);
      return [Uint8Array.from(new Uint8Array(Uint32Array.of(input % inputs, bytes.length).buffer)), bytes];
    }),
  );
}

export const resolve = (document: GraphDocument, catalog: ModuleCatalog): CanonicalGraph =>
  resolveGraph(parseGraph(document), catalog);
