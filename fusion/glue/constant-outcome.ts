// Finds nodes that do the same with every reading: whose `handle_scalar` is nothing but a constant. Such are inputs, sinks
// and whatever spreads messages; the glue need not ask them.

import { CodeReader } from "../binary/code.ts";
import { describeModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import type { NodeExports } from "../inspect/node-exports.ts";

const portsMask = 15;

/** The ports, as bits; undefined where the function is more than that, declines, or gives another value. */
export function constantOutcomeOf(wasm: Uint8Array, { handleScalar }: NodeExports): number | undefined {
  if (handleScalar === undefined) return undefined;
  const module = describeModule(wasm);
  const index = module.exports.find(({ name }) => name === handleScalar)?.index;
  const body = module.bodies.find(({ functionIndex }) => functionIndex === index);
  if (body === undefined) return undefined;
  const code = new CodeReader(module.bytes, body);
  const opcodes: number[] = [];
  let outcome = -1;
  while (opcodes.length <= 2 && code.next()) {
    opcodes.push(code.opcode);
    if (opcodes.length === 1) outcome = code.immediate;
  }
  const isAll = opcodes.length === 2 && opcodes[0] === Op.i32Const && opcodes[1] === Op.end;
  return isAll && outcome >= 0 && outcome <= portsMask ? outcome : undefined;
}
