// The same node modules, each an instance of its own, wired in JavaScript: what a host does that has no fusion. The
// fastest wiring that we know: one view of each memory, kept until the memory grows; messages copied word by word from
// memory to memory, as a typed array's `set` costs an object and a call for so few bytes; nothing allocated for a
// message. It leaves out what the fused flow does besides: the check of each emission, counters, fuel.

import { type CanonicalGraph, encodeMessage, type ModuleCatalog, type PropValue } from "@flowfusion/graph";

interface NodeExports {
  readonly memory: WebAssembly.Memory;
  cabi_realloc(old: number, oldBytes: number, align: number, bytes: number): number;
  handle(port: number, start: number, bytes: number): number;
  cabi_post_handle(result: number): void;
  _initialize(): void;
  configure?(start: number, bytes: number): number;
  cabi_post_configure?(result: number): void;
}

const emissionWords = 3;

/** Something that takes `bytes` of the memory behind `words` from `start` on. */
interface Target {
  take(words: Uint32Array, start: number, bytes: number): void;
}

class UnfusedNode {
  readonly #exports: NodeExports;
  /** By output port; filled when all nodes are there. */
  readonly targets: Target[][] = [];
  #words: Uint32Array;

  constructor(module: WebAssembly.Module, properties: Uint8Array) {
    const exports = new WebAssembly.Instance(module).exports as unknown as NodeExports;
    this.#exports = exports;
    exports._initialize();
    this.#words = new Uint32Array(exports.memory.buffer);
    if (!exports.configure) return;
    const at = exports.cabi_realloc(0, 0, 8, properties.length);
    new Uint8Array(exports.memory.buffer).set(properties, at);
    exports.cabi_post_configure?.(exports.configure(at, properties.length));
  }

  take(port: number, from: Uint32Array, start: number, bytes: number): void {
    const exports = this.#exports;
    const at = exports.cabi_realloc(0, 0, 8, bytes);
    if (this.#words.length === 0) this.#words = new Uint32Array(exports.memory.buffer);
    copyWords(from, start, this.#words, at, bytes);
    const result = exports.handle(port, at, bytes);
    if (this.#words.length === 0) this.#words = new Uint32Array(exports.memory.buffer);
    const words = this.#words;
    const first = words[result >>> 2]! >>> 2;
    const end = first + words[(result >>> 2) + 1]! * emissionWords;
    for (let emission = first; emission < end; emission += emissionWords) {
      const targets = this.targets[words[emission]!]!;
      for (let index = 0; index < targets.length; index++) {
        targets[index]!.take(words, words[emission + 1]!, words[emission + 2]!);
      }
    }
    exports.cabi_post_handle(result);
  }
}

function copyWords(from: Uint32Array, start: number, to: Uint32Array, at: number, bytes: number): void {
  const target = at >>> 2;
  const source = start >>> 2;
  const count = bytes >>> 2;
  for (let word = 0; word < count; word++) to[target + word] = from[source + word]!;
}

/** A flow with one input and one sink. */
export class UnfusedFlow {
  readonly #input: UnfusedNode;
  readonly #outbox = new Uint32Array(256 * 1024);
  #outboxWords = 0;

  constructor(graph: CanonicalGraph, catalog: ModuleCatalog) {
    const nodes = new Map(
      graph.nodes.map(({ id, type, props }) => [
        id,
        new UnfusedNode(new WebAssembly.Module(catalog.get(type)!.wasm as Uint8Array<ArrayBuffer>), propertyRun(props)),
      ]),
    );
    for (const { id, outputs, delivers } of graph.nodes) {
      nodes.get(id)!.targets.push(
        ...(delivers
          ? [[{ take: (words: Uint32Array, start: number, bytes: number) => this.#append(words, start, bytes) }]]
          : outputs.map(({ name }) =>
              graph.wires
                .filter(({ source, sourcePort }) => source === id && sourcePort === name)
                .map(({ target, targetPort }) => {
                  const inputs = graph.nodes.find((node) => node.id === target)!.inputs;
                  return portOf(
                    nodes.get(target)!,
                    inputs.findIndex((input) => input.name === targetPort),
                  );
                }),
            )),
      );
    }
    this.#input = nodes.get(graph.nodes.find(({ subscribes }) => subscribes)!.id)!;
  }

  /** Runs `bytes` of frames. */
  execute(frames: Uint32Array, bytes: number): void {
    for (let at = 0; at < bytes; ) {
      const length = frames[(at >>> 2) + 1]!;
      this.#input.take(0, frames, at + 8, length);
      at += 8 + length;
    }
  }

  clearOutbox(): void {
    this.#outboxWords = 0;
  }

  takeOutbox(): Uint8Array {
    const taken = new Uint8Array(this.#outbox.slice(0, this.#outboxWords).buffer);
    this.clearOutbox();
    return taken;
  }

  #append(words: Uint32Array, start: number, bytes: number): void {
    this.#outbox[this.#outboxWords] = 0;
    this.#outbox[this.#outboxWords + 1] = bytes;
    copyWords(words, start, this.#outbox, (this.#outboxWords + 2) * 4, bytes);
    this.#outboxWords += 2 + (bytes >>> 2);
  }
}

/** One class for all ports, so that the call in the hot loop has one target. */
function portOf(node: UnfusedNode, port: number): Target {
  return { take: (words, start, bytes) => node.take(port, words, start, bytes) };
}

/** Properties as `configure` takes them; see the node contract. */
function propertyRun(props: { readonly [name: string]: PropValue }): Uint8Array {
  const leaves = Object.entries(props).flatMap(([name, value]) => leavesOf(name, value));
  const sorted = leaves.sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([topic, value]) => encodeMessage({ topic, timestampNs: 0n, quality: 0, value })));
}

function leavesOf(path: string, value: PropValue): [string, string | number | boolean | null][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(`${path}[${index}]`, item));
  if (value !== null && typeof value === "object") {
    return Object.entries(value).flatMap(([name, item]) => leavesOf(`${path}.${name}`, item as PropValue));
  }
  return [[path, value as string | number | boolean | null]];
}
