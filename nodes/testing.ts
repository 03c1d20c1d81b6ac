// Runs one built-in node by itself, by the node contract, for the tests beside the nodes.

import { encodeProperties, NodeInstance } from "@flowfusion/fusion";
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageValue,
  type NodeModule,
  type PropValue,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { expect } from "vitest";
import { builtinCatalog } from "./catalog.ts";
import type { Emitted, ExampleRow } from "./examples.ts";

const catalog = await builtinCatalog();

export type Props = { readonly [name: string]: PropValue };

export interface Emission {
  /** The output's name, or `log`; the port number where the manifest has no such output. */
  readonly port: string;
  readonly message: Message;
  readonly bytes: Uint8Array;
}

/** A good reading of `line/1` at 1,000 ns, unless `rest` says otherwise. */
export const reading = (value: MessageValue, rest: Partial<Message> = {}): Message => ({
  topic: "line/1",
  timestampNs: 1_000n,
  quality: 0,
  value,
  ...rest,
});

export class TestNode {
  readonly #instance: NodeInstance;
  readonly #inputs: readonly string[];
  readonly #outputs: readonly string[];
  readonly #ticks: boolean;

  /** Checks and completes `props` as a deploy does, then starts the node. */
  constructor(type: string, props: Props = {}) {
    const module = moduleOf(type);
    this.#inputs = module.manifest.inputs.map(({ name }) => name);
    this.#outputs = module.manifest.outputs.map(({ name }) => name);
    const complete = completeProps(module, props);
    const wasm = module.expressions?.compile(complete) ?? module.wasm;
    this.#ticks = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).some(({ name }) => name === "tick");
    this.#instance = new NodeInstance(wasm);
    const refusal = this.#instance.configure(encodeProperties(complete, module.manifest.props));
    if (refusal !== undefined) throw new Error(refusal);
  }

  send(message: Message, port = 0): Emission[] {
    return this.#collect((onEmission) => this.#instance.handle(port, encodeMessage(message), onEmission));
  }

  /** Nothing comes from a node without a `tick`. */
  tick(nowNs: bigint): Emission[] {
    if (!this.#ticks) return [];
    return this.#collect((onEmission) => this.#instance.tick(nowNs, onEmission));
  }

  /** Runs the rows of a table and gives them with what was emitted. */
  replay(rows: readonly ExampleRow[]): Emitted[][] {
    const ports = this.#inputs;
    return rows.map((row) => {
      const timestampNs = nsOf(row.ms);
      if (row.tick) return this.tick(timestampNs).map(emittedOf);
      const { tag = defaultTag, value = null, quality = "good" } = row;
      const message = { topic: tag, timestampNs, quality: qualities.indexOf(quality) as Message["quality"], value };
      return this.send(message, row.in === undefined ? 0 : ports.indexOf(row.in)).map(emittedOf);
    });
  }

  #collect(run: (onEmission: OnEmission) => void): Emission[] {
    const emissions: Emission[] = [];
    run((output, bytes) => {
      const port = output === logPort ? "log" : (this.#outputs[output] ?? String(output));
      emissions.push({ port, message: decodeMessage(bytes), bytes });
    });
    return emissions;
  }

  /** The names of the outputs that the message comes out of, in order. */
  route(message: Message): string[] {
    return this.send(message).map(({ port }) => port);
  }

  /** The one message that the node emits. */
  answer(message: Message, port = 0): Message {
    const emissions = this.send(message, port);
    if (emissions.length !== 1) throw new Error(`${emissions.length} emissions, 1 expected`);
    return emissions[0]!.message;
  }

  get memoryBytes(): number {
    return this.#instance.memoryBytes;
  }

  saveState(): Uint8Array {
    return this.#instance.saveState();
  }

  loadState(state: Uint8Array): string | undefined {
    return this.#instance.loadState(state);
  }
}

/** A table of rows that a node with these properties must answer as the rows say. */
export type Table = readonly [title: string, props: Props, rows: readonly ExampleRow[]];

export function expectTable(type: string, [, props, rows]: Table): void {
  expect(new TestNode(type, props).replay(rows)).toEqual(expectedOf(type, rows));
}

/** The rows' own emissions, with everything that they leave out filled in as `replay` gives it. */
function expectedOf(type: string, rows: readonly ExampleRow[]): Emitted[][] {
  const [output] = moduleOf(type).manifest.outputs;
  return rows.map((row) =>
    (row.out ?? []).map((emitted) => ({
      ms: row.ms,
      port: output?.name ?? "0",
      tag: row.tag ?? defaultTag,
      quality: "good",
      ...emitted,
      value: comparable(emitted.value),
    })),
  );
}

function emittedOf({ port, message }: Emission): Emitted {
  const { timestampNs, topic, value, quality } = message;
  return { ms: Number(timestampNs) / 1e6, port, tag: topic, quality: qualities[quality]!, value: comparable(value) };
}

const nsOf = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** Tables do not tell int64 from float64, and show twelve digits. */
function comparable(value: MessageValue): MessageValue {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(12)) : value;
}

const logPort = 0xffff_ffff;
const defaultTag = "line/1";
const qualities = ["good", "uncertain", "bad"] as const;
type OnEmission = Parameters<NodeInstance["handle"]>[2];

/** What a node says to properties that no schema has checked, given by path. */
export function refusalOf(type: string, props: { readonly [path: string]: MessageValue }): string | undefined {
  const messages = Object.entries(props).map(([topic, value]) =>
    encodeMessage({ topic, timestampNs: 0n, quality: 0, value }),
  );
  return new NodeInstance(moduleOf(type).wasm).configure(Buffer.concat(messages));
}

/** The properties as the canonical graph has them. Throws FF_GRAPH_INVALID when the schema does not allow them. */
export function completeProps({ manifest }: NodeModule, props: Props): Props {
  const feeds = manifest.inputs.map(({ name }) => [`source.out -> node.${name}`, {}] as const);
  const source = { type: "tag_input", props: { tags: ["#"] } };
  const document = { nodes: { source, node: { type: manifest.name, props } }, wires: Object.fromEntries(feeds) };
  return resolveGraph(parseGraph(document), catalog).nodes.find(({ id }) => id === "node")!.props;
}

export function moduleOf(type: string): NodeModule {
  const module = catalog.get(type);
  if (!module) throw new Error(`no built-in node ${type}`);
  return module;
}

/** Messages that no node should stumble over. */
export const extremeMessages: readonly (readonly [title: string, message: Message])[] = [
  ["an empty topic", reading(1, { topic: "" })],
  ["a topic of 60,000 bytes", reading(1, { topic: "t".repeat(60_000) })],
  ["a topic of 65,535 bytes", reading(1, { topic: "t".repeat(65_535) })],
  ["a text of 900,000 bytes", reading("x".repeat(900_000))],
  ["900,000 bytes", reading(new Uint8Array(900_000).fill(7))],
  ["NaN", reading(Number.NaN)],
  ["infinity", reading(Number.NEGATIVE_INFINITY)],
  ["minus zero", reading(-0)],
  ["the smallest int64", reading(-(2n ** 63n))],
  ["the last moment of time", reading(1, { timestampNs: 2n ** 64n - 1n })],
  ["no value", reading(null)],
  ["a bad reading", reading(1, { quality: 2 })],
];
