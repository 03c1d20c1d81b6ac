// Where one function body is charged, and how much: at its entry and at each loop head, for the instructions that
// lie between these and the next inner loop head; before operations that are charged by length, by a helper call.

import { CodeReader } from "../binary/code.ts";
import { Op } from "../binary/opcodes.ts";
import type { CodeBody } from "../binary/types.ts";
import { entryCost, type LengthCost, lengthKindOf, lengthUnits } from "./cost.ts";

/** Insertions into one body, in the order of their offsets. */
export interface BodyCharges {
  readonly code: CodeReader;
  /** Where to insert. */
  readonly offsets: readonly number[];
  /** What to insert: units to charge there, or `-1 - kind` for a call of that length kind's helper. */
  readonly units: readonly number[];
}

export function chargesOf(
  bytes: Uint8Array,
  body: CodeBody,
  paramCount: number,
  costs: readonly LengthCost[],
): BodyCharges {
  const code = new CodeReader(bytes, body);
  const offsets = [code.position];
  const units = [entryCost(paramCount + code.localCount)];
  // For each open block, which entry of `units` its instructions are charged to.
  const regions = [0];
  let region = 0;
  let previous = -1;
  let previousImmediate = 0;
  while (code.next()) {
    const { opcode } = code;
    units[region]!++;
    if (opcode === Op.loop) {
      region = units.length;
      offsets.push(code.position);
      units.push(0);
      regions.push(region);
    } else if (opcode === Op.block || opcode === Op.if) {
      regions.push(region);
    } else if (opcode === Op.end) {
      regions.pop();
      region = regions[regions.length - 1] ?? 0;
    } else if (opcode >= 0xfc08 || opcode === Op.memoryGrow) {
      const kind = lengthKindOf(opcode);
      if (kind >= 0) {
        const cost = costs[kind]!;
        // A constant length is charged with the region; it saves the call.
        if (previous === Op.i32Const) units[region]! += lengthUnits(cost, previousImmediate >>> 0);
        else {
          units[region]! += cost.base;
          offsets.push(code.offset);
          units.push(-1 - kind);
        }
      }
    }
    previous = opcode;
    previousImmediate = code.immediate;
  }
  return { code, offsets, units };
}
