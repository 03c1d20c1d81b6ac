// Artefacts for the agent's tests: true core modules with the exports and sections of a fused flow, which do nothing.
// Made here byte by byte, so that these tests need neither node modules nor a compiler.

import {
  type CanonicalGraph,
  type CanonicalNode,
  type Digest,
  encodeGraph,
  type NodeId,
  type SinkKind,
  sha256,
} from "@flowfusion/graph";

export interface TestArtefact {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
  readonly graph: CanonicalGraph;
}

/** Artefacts of different `value` have different graphs and digests. `paddingBytes` makes the file larger. */
export function testArtefact(value: number, paddingBytes = 0): TestArtefact {
  const outputs = [{ name: "pass", type: "any" }] as const;
  return artefactOf({ ...bare("hot", "filter", { op: ">", value }), outputs }, paddingBytes);
}

/** With so many functions of 128 KiB that do nothing in many words, by which a meter has much to do. */
export function wordyArtefact(functions: number): TestArtefact {
  const step = [0x02, 0x40, 0x41, 0x00, 0x0d, 0x00, 0x0b];
  const code = new Array<number[]>(Math.floor((128 * 1024) / step.length)).fill(step).flat();
  const body = Uint8Array.from([...unsigned(code.length + zero.length + 1), 0x00, ...code, ...zero]);
  return artefactOf(bare("hot", "filter", { op: ">", value: 1 }), 0, new Array<Uint8Array>(functions).fill(body));
}

/** A flow that is nothing but a sink of that kind. */
export function sinkArtefact(kind: SinkKind, props: CanonicalNode["props"]): TestArtefact {
  return artefactOf({ ...bare("out", kind, props), delivers: { to: kind } });
}

const bare = (id: string, type: string, props: CanonicalNode["props"]): CanonicalNode => ({
  id: id as NodeId,
  type,
  module: sha256(new Uint8Array([1])),
  inputs: [],
  outputs: [],
  props,
  stateVersion: 0,
  acceptsStateFrom: 0,
});

/** `bodies`: of functions () -> i32 that nobody calls. */
function artefactOf(node: CanonicalNode, paddingBytes = 0, bodies: readonly Uint8Array[] = []): TestArtefact {
  const graph: CanonicalGraph = { nodes: [node], wires: [] };
  const modules = { [node.type]: node.module };
  const declared = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([signature([]), signature([I32]), signature([I32, I32]), signature([I64])])),
    ...section(3, list([[1], [0], [2], [3], [0], [2], ...bodies.map(() => [0])])),
    ...section(5, list([[0x00, 1]])),
    ...section(
      6,
      list([
        [I32, 0x00, ...zero],
        [I32, 0x01, ...zero],
      ]),
    ),
    ...section(7, list(exported.map(([name, kind, index]) => [...text(name), kind, index]))),
  ]);
  const described = Uint8Array.from([
    ...section(0, [...text("flowfusion:graph"), ...encodeGraph(graph)]),
    ...section(0, [...text("flowfusion:provenance"), ...utf8(JSON.stringify({ fuser: "0.0.0", modules }))]),
    ...section(0, [...text("flowfusion:names"), ...utf8(JSON.stringify([node.id]))]),
  ]);
  const padded = paddingBytes === 0 ? [] : [padding(paddingBytes)];
  const wasm = new Uint8Array(Buffer.concat([declared, ...codeSection(bodies), described, ...padded]));
  return { wasm, digest: sha256(wasm), graph };
}

const I32 = 0x7f;
const I64 = 0x7e;
/** `i32.const 0; end`. */
const zero = [0x41, 0x00, 0x0b];

const exported: readonly (readonly [string, number, number])[] = [
  ["reserve", 0, 0],
  ["configure", 0, 1],
  ["execute_flow", 0, 2],
  ["tick", 0, 3],
  ["save_state", 0, 4],
  ["load_state", 0, 5],
  ["memory", 2, 0],
  ["control", 3, 0],
  ["current_node", 3, 1],
];

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** The bodies of the six functions, and those. */
function codeSection(bodies: readonly Uint8Array[]): readonly Uint8Array[] {
  const own = Array.from({ length: 6 }, () => Uint8Array.from([zero.length + 1, 0x00, ...zero]));
  const content = [Uint8Array.from(unsigned(own.length + bodies.length)), ...own, ...bodies];
  return [Uint8Array.from([10, ...unsigned(content.reduce((sum, { length }) => sum + length, 0))]), ...content];
}

/** A section that says nothing, of any size: of megabytes, no list of numbers is made. */
function padding(bytes: number): Uint8Array {
  const name = text("padding");
  return Buffer.concat([Uint8Array.from([0, ...unsigned(name.length + bytes), ...name]), new Uint8Array(bytes)]);
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function signature(parameters: readonly number[]): number[] {
  return [0x60, ...unsigned(parameters.length), ...parameters, 1, I32];
}

function text(value: string): number[] {
  const bytes = utf8(value);
  return [...unsigned(bytes.length), ...bytes];
}

function utf8(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
