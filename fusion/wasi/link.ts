// Joins the WASI shim to a module that imports WASI functions. What comes out imports nothing and is otherwise the same
// node, so that fusion, metering and the reference run treat it like any other.
//
//   before                                   after
//   function 0…k-1  imported                 each a function that calls its part of the shim
//   function k…n-1  the module's             unchanged, and so are all indices in them
//                                            function n…  the shim's
//   exports handle, tick, cabi_post_*        lead to the shim's wrappers, which call the module's
//   one memory                               and a second one, for what was printed and is not logged yet
//
// What must hold: all imports are functions that the shim has, of its types; one memory, its own. `loadModule` has
// checked that; a module without imports is given back as it is.

import { CodeReader } from "../binary/code.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import { ByteReader } from "../binary/reader.ts";
import { type Section, SectionId, writeHeader } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { functionImports, shim, shimFunction } from "./shim.ts";

/** Exports with which a host can read what a node printed before it trapped: a memory, and the bytes used of it. */
export const textExport = "flowfusion:text";
export const textBytesExport = "flowfusion:text-bytes";

const wrapped = ["handle", "tick", "cabi_post_handle", "cabi_post_tick"] as const;
const functionKind = 0;
const globalKind = 3;
const memoryKind = 2;
const sectionOrder = [1, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

export function linkWasi(wasm: Uint8Array): Uint8Array {
  const module = describeModule(wasm);
  return module.imports.length === 0 ? wasm : new WasiLinker(module).link();
}

class WasiLinker {
  readonly #module: WasmModule;
  readonly #shim = shim();
  readonly #imports: readonly string[];
  readonly #shimImports: number;

  constructor(module: WasmModule) {
    this.#module = module;
    this.#imports = functionImports(module).map(({ name }) => name);
    this.#shimImports = functionImports(this.#shim).length;
  }

  link(): Uint8Array {
    const module = this.#module;
    const added = this.#shim;
    const rewritten = new Map<number, () => Uint8Array>([
      [SectionId.type, () => this.#joined(SectionId.type, module.types.length, added.types.length)],
      [SectionId.function, () => this.#functions()],
      [SectionId.memory, () => this.#memories()],
      [SectionId.global, () => this.#joined(SectionId.global, module.globals.length, added.globals.length)],
      [SectionId.export, () => this.#exports()],
      [SectionId.code, () => this.#code()],
    ]);
    const writer = new ByteWriter(module.bytes.length + added.bytes.length + 256);
    writeHeader(writer);
    for (const id of sectionOrder) {
      const content = rewritten.get(id)?.();
      const section = sectionOf(module, id);
      if (content) writer.section(id, content);
      else if (section) writer.bytes(module.bytes.subarray(section.offset, section.end));
    }
    return writer.written;
  }

  /** The entries of the module's section, then the shim's. */
  #joined(id: number, count: number, addedCount: number): Uint8Array {
    const writer = new ByteWriter();
    writer.u32(count + addedCount);
    writer.bytes(entriesOf(this.#module, id));
    writer.bytes(entriesOf(this.#shim, id));
    return writer.written;
  }

  #functions(): Uint8Array {
    const { types, bodies } = this.#module;
    const writer = new ByteWriter();
    const shimTypes = typeIndices(this.#shim);
    writer.u32(this.#imports.length + bodies.length + shimTypes.length);
    for (const name of this.#imports) {
      writer.u32(types.length + shimTypes[shimFunction(name)! - this.#shimImports]!);
    }
    for (const index of typeIndices(this.#module)) writer.u32(index);
    for (const index of shimTypes) writer.u32(types.length + index);
    return writer.written;
  }

  #memories(): Uint8Array {
    const writer = new ByteWriter();
    writer.u32(2);
    writer.bytes(entriesOf(this.#module, SectionId.memory));
    writer.bytes(entriesOf(this.#shim, SectionId.memory));
    return writer.written;
  }

  #exports(): Uint8Array {
    const { exports, globals } = this.#module;
    const writer = new ByteWriter();
    const kinds = { function: functionKind, table: 1, memory: memoryKind, global: globalKind };
    const kept = exports.filter(({ name }) => name !== textExport && name !== textBytesExport);
    writer.u32(kept.length + 2);
    for (const { name, kind, index } of kept) {
      writer.name(name);
      writer.u8(kinds[kind]);
      writer.u32(wrapped.some((entry) => entry === name) ? this.#place(exported(this.#shim, name)!) : index);
    }
    writer.name(textExport);
    writer.u8(memoryKind);
    writer.u32(1);
    writer.name(textBytesExport);
    writer.u8(globalKind);
    writer.u32(globals.length + exported(this.#shim, textBytesExport)!);
    return writer.written;
  }

  #code(): Uint8Array {
    const { bytes, bodies } = this.#module;
    const writer = new ByteWriter(bytes.length);
    writer.u32(this.#imports.length + bodies.length + this.#shim.bodies.length);
    for (const name of this.#imports) writeBody(writer, this.#call(name));
    writer.bytes(entriesOf(this.#module, SectionId.code));
    for (const body of this.#shim.bodies) {
      writeBody(writer, this.#relocated(new CodeReader(this.#shim.bytes, body), body.start, body.end));
    }
    return writer.written;
  }

  /** The body of a function that passes its parameters to the shim's. */
  #call(name: string): Uint8Array {
    const target = shimFunction(name)!;
    const writer = new ByteWriter();
    writer.u32(0);
    for (const index of this.#shim.functions[target]!.params.keys()) {
      writer.u8(Op.localGet);
      writer.u32(index);
    }
    writer.u8(Op.call);
    writer.u32(this.#place(target));
    writer.u8(Op.end);
    return writer.written;
  }

  /** A body of the shim with the indices of functions and globals as they are in the joined module. */
  #relocated(code: CodeReader, start: number, end: number): Uint8Array {
    const { bytes } = this.#shim;
    const writer = new ByteWriter(end - start + 16);
    let copied = start;
    while (code.next()) {
      const { opcode, offset, immediate } = code;
      const isGlobal = opcode === Op.globalGet || opcode === Op.globalSet;
      if (opcode !== Op.call && !isGlobal) continue;
      writer.bytes(bytes.subarray(copied, offset));
      writer.u8(opcode);
      writer.u32(isGlobal ? this.#module.globals.length + immediate : this.#place(immediate));
      copied = code.position;
    }
    writer.bytes(bytes.subarray(copied, end));
    return writer.written;
  }

  /** Where a function of the shim is in the joined module. Its imports are the module's own exports. */
  #place(shimIndex: number): number {
    if (shimIndex >= this.#shimImports) return this.#module.functions.length + shimIndex - this.#shimImports;
    const { name } = functionImports(this.#shim)[shimIndex]!;
    const own = exported(this.#module, name);
    if (own !== undefined) return own;
    return this.#place(exported(this.#shim, name === "tick" ? "absent tick" : "absent post")!);
  }
}

const exported = ({ exports }: WasmModule, name: string): number | undefined =>
  exports.find((entry) => entry.name === name)?.index;

const sectionOf = ({ sections }: WasmModule, id: number): Section | undefined =>
  sections.find((section) => section.id === id);

/** What a section holds, without the count that it begins with. */
function entriesOf(module: WasmModule, id: number): Uint8Array {
  const section = sectionOf(module, id);
  if (!section) return new Uint8Array(0);
  const reader = new ByteReader(module.bytes, section.start, section.end);
  reader.u32();
  return module.bytes.subarray(reader.position, section.end);
}

function typeIndices(module: WasmModule): number[] {
  const entries = entriesOf(module, SectionId.function);
  const reader = new ByteReader(entries);
  return module.bodies.map(() => reader.u32());
}

function writeBody(writer: ByteWriter, body: Uint8Array): void {
  writer.u32(body.length);
  writer.bytes(body);
}
