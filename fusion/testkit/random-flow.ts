// Random but valid graphs of built-in nodes, and input for them, for the tests that hold fusion to its oracle.

import {
  type CanonicalGraph,
  encodeFrame,
  encodeMessage,
  type GraphDocument,
  type MessageValue,
  type ModuleCatalog,
  type NodeManifest,
  type NodeModule,
  type PortSpec,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { encodeProperties } from "../glue/properties.ts";
import { NodeInstance } from "../reference/node-instance.ts";
import { type Props, propsOf } from "./random-props.ts";

const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -10, max: 10, noNaN: true }));

interface Kind {
  readonly type: string;
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly props: fc.Arbitrary<Props>;
}

const catalog = await builtinCatalog();

/** The nodes of a part of the catalogue, with properties that they start with. */
const kindsOf = (belongs: (manifest: NodeManifest) => boolean): readonly Kind[] =>
  [...catalog.values()]
    .filter(({ manifest }) => belongs(manifest))
    .map((module) => ({
      type: module.manifest.name,
      inputs: module.manifest.inputs,
      outputs: module.manifest.outputs,
      props: fc
        .tuple(propsOf(module.manifest.props), fc.nat())
        .map(([props, choice]) => withExpressions(module.manifest, props, choice))
        .filter((props) => configurationOf(module, props) !== undefined),
    }));

/** Every node that is neither fed by the gateway nor a sink. */
const kinds = kindsOf(({ subscribes, delivers }) => subscribes === undefined && delivers === undefined);
const sinkKinds = kindsOf(({ delivers }) => delivers !== undefined);

const predicates = [
  "value > 1.0",
  "value <= 0.0 || quality == bad",
  "quality == good",
  'topic.startsWith("t/0")',
  "true",
];
const computations = ["value * 2.0", "value > 0.0 ? value : 0.0 - value", "math.floor(value / 3.0)", ...predicates];

/** Random texts are hardly ever expressions: where the node takes one, puts one that is. */
function withExpressions({ expressions }: NodeManifest, props: Props, choice: number): Props {
  if (!expressions) return props;
  const name = expressions.property.split(".").at(-1)!;
  const texts = expressions.result === "boolean" ? predicates : computations;
  const replace = (key: string, given: unknown) => (key === name ? texts[choice % texts.length] : given);
  return JSON.parse(JSON.stringify(props, replace)) as Props;
}

/** What the `configure` of a node of that type may be given; nothing for a node that is in no random flow. */
export function configurations(type: string): fc.Arbitrary<Uint8Array> {
  const props = kinds.find((kind) => kind.type === type)?.props;
  return props?.map((given) => configurationOf(catalog.get(type)!, given)!) ?? fc.constant(new Uint8Array(0));
}

/** The properties as `configure` takes them; undefined where graph or node refuse them. */
function configurationOf({ manifest, wasm, expressions }: NodeModule, props: Props): Uint8Array | undefined {
  const wires = Object.fromEntries(manifest.inputs.map(({ name }) => [`source.out -> node.${name}`, {}]));
  const source = { type: "tag_input", props: { tags: ["#"] } };
  try {
    const graph = resolve({ nodes: { source, node: { type: manifest.name, props } }, wires }, catalog);
    const node = graph.nodes.find(({ id }) => id === "node")!;
    const configuration = encodeProperties(node.props, manifest.props);
    return new NodeInstance(expressions?.compile(node.props) ?? wasm).configure(configuration) === undefined
      ? configuration
      : undefined;
  } catch {
    return undefined;
  }
}

/** A graph document: inputs first, every further node fed by earlier ones, every dangling output sometimes sunk. */
export const graphDocument: fc.Arbitrary<GraphDocument> = fc
  .record({
    inputs: fc.integer({ min: 1, max: 3 }),
    inner: fc.array(
      fc.constantFrom(...kinds).chain((kind) =>
        fc.record({
          kind: fc.constant(kind),
          props: kind.props,
          feeds: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
        }),
      ),
      { minLength: 1, maxLength: 7 },
    ),
    sinks: fc.array(
      fc
        .constantFrom(...sinkKinds)
        .chain(({ type, props }) => fc.record({ type: fc.constant(type), props, feed: fc.nat() })),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ inputs, inner, sinks }) => {
    const nodes: Record<string, { type: string; props?: Record<string, never> }> = {};
    const wires: Record<string, Record<string, never>> = {};
    const outputs: { name: string; type: string }[] = [];
    const add = (id: string, type: string, props: object) => {
      nodes[id] = { type, props: props as Record<string, never> };
    };
    const feed = (target: string, type: string, choice: number) => {
      const fitting = outputs.filter((output) => type === "any" || output.type === "any" || output.type === type);
      wires[`${fitting[choice % fitting.length]!.name} -> ${target}`] = {};
    };
    for (let index = 0; index < inputs; index++) {
      add(`in${index}`, "tag_input", { tags: [`t/${index}/#`] });
      outputs.push({ name: `in${index}.out`, type: "tag" });
    }
    for (const [index, { kind, props, feeds }] of inner.entries()) {
      const id = `${kind.type.slice(0, 3)}${index}`;
      add(id, kind.type, props);
      for (const [at, { name, type }] of kind.inputs.entries()) feed(`${id}.${name}`, type, feeds[at]!);
      outputs.push(...kind.outputs.map(({ name, type }) => ({ name: `${id}.${name}`, type })));
    }
    for (const [index, sink] of sinks.entries()) {
      add(`sink${index}`, sink.type, sink.props);
      feed(`sink${index}.in`, "any", sink.feed);
    }
    return { nodes, wires };
  });

const value: fc.Arbitrary<MessageValue> = fc.oneof(
  { weight: 4, arbitrary: number },
  fc.boolean(),
  fc.bigInt(-8n, 8n),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n),
  fc.constantFrom("run", "stop", "", "\0", "größe 漢 😀", "x".repeat(1_000)),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
  fc.constantFrom(Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 63, -(2 ** 63), 2 ** 53 + 2),
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
    timestampNs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((ms) => BigInt(ms) * 1_000_000n) },
      fc.bigInt(0n, 2n ** 63n),
      fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
    ),
    quality: fc.constantFrom(0, 1, 2),
    value,
  }),
  { maxLength: 60 },
);

export function encodeFrames(messages: readonly InputMessage[], inputs: number): Uint8Array {
  return Buffer.concat(messages.map(({ input, ...message }) => encodeFrame(input % inputs, encodeMessage(message))));
}

export const resolve = (document: GraphDocument, catalog: ModuleCatalog): CanonicalGraph =>
  resolveGraph(parseGraph(document), catalog);
