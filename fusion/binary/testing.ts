// What tests of this workspace build modules with: WebAssembly text, or raw sections where the text cannot say it.

import binaryen from "binaryen";
import { writeHeader } from "./sections.ts";
import { ByteWriter } from "./writer.ts";

const { Features } = binaryen;
const acceptedFeatures =
  Features.MutableGlobals |
  Features.SignExt |
  Features.NontrappingFPToInt |
  Features.Multivalue |
  Features.BulkMemory |
  Features.ReferenceTypes |
  Features.SIMD128 |
  Features.MultiMemory;

/** Assembles WebAssembly text. `features` are those the binary may be written with; what the text uses stands anyway. */
export function assemble(text: string, features: number = acceptedFeatures): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(features);
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** Assembles text that uses features which we refuse. */
export const assembleRefused = (text: string): Uint8Array => assemble(text, Features.All);

/** A module of the given sections: id and content. */
export function moduleOf(...sections: readonly (readonly [id: number, content: readonly number[]])[]): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer);
  for (const [id, content] of sections) writer.section(id, Uint8Array.from(content));
  return writer.written;
}

/** A module with one function () -> () of these instructions, its final `end` excluded. */
export function moduleOfCode(instructions: readonly number[]): Uint8Array {
  const code = new ByteWriter();
  code.u8(1);
  code.u32(instructions.length + 2);
  code.u8(0);
  code.bytes(instructions);
  code.u8(0x0b);
  return moduleOf([1, [1, 0x60, 0, 0]], [3, [1, 0]], [10, [...code.written]]);
}
