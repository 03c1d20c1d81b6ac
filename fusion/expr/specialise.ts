// A node module with its expressions compiled into it: an ordinary node module again.
//
//   before   expression_evaluate answers "no result"; exports of the expression runtime
//   after    it computes the expressions; only the exports of the node contract; texts of the expressions as data
//
// Functions that nothing can reach any more become `unreachable`, so that no index changes and a node carries no
// logarithm that it does not take.

import { FlowFusionError } from "@flowfusion/graph";
import { CodeReader } from "../binary/code.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import { ByteReader } from "../binary/reader.ts";
import { copySection, SectionId, writeHeader } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { compileExpressions } from "./compile.ts";
import { type ExpressionRuntime, runtimeOf, runtimePrefix } from "./runtime.ts";
import type { Variant } from "./variants.ts";

/** `expressions`: by number; undefined where the node has no expression under that number. */
export function specialise(
  wasm: Uint8Array,
  expressions: readonly (readonly Variant[] | undefined)[],
): Uint8Array<ArrayBuffer> {
  const module = describeModule(wasm);
  const runtime = runtimeOf(module);
  const texts = new TextArea(runtime.literals);
  const evaluate = compileExpressions(expressions, runtime, (text) => texts.place(text));
  const hasData = module.sections.some(({ id }) => id === SectionId.data);
  const writer = new ByteWriter(wasm.length + evaluate.length + texts.bytes.length + 64);
  writeHeader(writer);
  for (const section of module.sections) {
    const content = () => new ByteReader(wasm, section.start, section.end);
    if (section.id === SectionId.export) writer.section(section.id, contractExports(content()));
    else if (section.id === SectionId.dataCount) writer.section(section.id, one(module.dataSegmentCount + 1));
    else if (section.id === SectionId.code) {
      writer.section(section.id, codeWith(evaluate, module, runtime));
      if (!hasData) writer.section(SectionId.data, dataWith(texts));
    } else if (section.id === SectionId.data) writer.section(section.id, dataWith(texts, content()));
    else copySection(writer, wasm, section);
  }
  return writer.written.slice();
}

function one(value: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(value);
  return writer.written;
}

/** Texts of expressions, each kept once. */
class TextArea {
  readonly start: number;
  readonly #bytesMax: number;
  readonly #places = new Map<string, bigint>();
  readonly #writer = new ByteWriter();

  constructor({ start, bytes }: ExpressionRuntime["literals"]) {
    this.start = start;
    this.#bytesMax = bytes;
  }

  get bytes(): Uint8Array {
    return this.#writer.written;
  }

  /** The text as expressions hold texts: the address in the lower half, the length in the upper. */
  place(text: string): bigint {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const encoded = new TextEncoder().encode(text);
    const place = (BigInt(encoded.length) << 32n) | BigInt(this.start + this.#writer.length);
    this.#writer.bytes(encoded);
    if (this.#writer.length > this.#bytesMax) {
      const message = `${this.#writer.length} bytes of texts in the expressions of one node, ${this.#bytesMax} allowed`;
      throw new FlowFusionError("FF_EXPR_LIMIT", message);
    }
    this.#places.set(text, place);
    return place;
  }
}

function contractExports(reader: ByteReader): Uint8Array {
  const kept = new ByteWriter();
  let count = 0;
  for (let left = reader.u32(); left > 0; left--) {
    const start = reader.position;
    const name = reader.name();
    reader.u8();
    reader.u32();
    if (name.startsWith(runtimePrefix)) continue;
    count++;
    kept.bytes(reader.bytes.subarray(start, reader.position));
  }
  const writer = new ByteWriter(kept.length + 5);
  writer.u32(count);
  writer.bytes(kept.written);
  return writer.written;
}

const noLocals = 0x00;
const hollow = Uint8Array.of(noLocals, Op.unreachable, Op.end);

function codeWith(
  evaluate: Uint8Array,
  module: WasmModule,
  { evaluate: evaluateIndex }: ExpressionRuntime,
): Uint8Array {
  const bodies = module.bodies.map(({ functionIndex, start, end }) =>
    functionIndex === evaluateIndex ? evaluate : module.bytes.subarray(start, end),
  );
  const first = module.functions.length - bodies.length;
  const used = reachable(module, bodies);
  const writer = new ByteWriter(module.bytes.length + evaluate.length);
  writer.u32(bodies.length);
  for (const [index, body] of bodies.entries()) {
    const kept = used.has(first + index) ? body : hollow;
    writer.u32(kept.length);
    writer.bytes(kept);
  }
  return writer.written;
}

/** Functions that the contract's exports, the start function or a table lead to. */
function reachable(module: WasmModule, bodies: readonly Uint8Array[]): ReadonlySet<number> {
  const first = module.functions.length - bodies.length;
  const exported = module.exports.filter(({ kind, name }) => kind === "function" && !name.startsWith(runtimePrefix));
  // What a table holds cannot be told apart by use; a module that has one keeps all of its functions.
  const hasTable = module.tables.length > 0 && module.elementSegmentCount > 0;
  const pending = hasTable
    ? module.functions.map((_, index) => index)
    : [...exported.map(({ index }) => index), ...(module.start === undefined ? [] : [module.start])];
  const found = new Set<number>();
  while (pending.length > 0) {
    const index = pending.pop()!;
    if (found.has(index)) continue;
    found.add(index);
    const body = bodies[index - first];
    if (body === undefined) continue;
    const code = new CodeReader(body, { functionIndex: index, start: 0, end: body.length });
    while (code.next()) if (code.opcode === Op.call) pending.push(code.immediate);
  }
  return found;
}

/** The segments as they are, and the texts in one more. */
function dataWith(texts: TextArea, reader?: ByteReader): Uint8Array {
  const writer = new ByteWriter(texts.bytes.length + (reader ? reader.end - reader.position : 0) + 32);
  writer.u32((reader?.u32() ?? 0) + 1);
  if (reader) writer.bytes(reader.bytes.subarray(reader.position, reader.end));
  writer.u8(0);
  writer.u8(Op.i32Const);
  writer.signed(texts.start);
  writer.u8(Op.end);
  writer.u32(texts.bytes.length);
  writer.bytes(texts.bytes);
  return writer.written;
}
