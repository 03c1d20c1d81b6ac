// What an instruction costs in fuel. One unit each, more for those whose work a flow can choose: calls set up a
// frame and clear locals, bulk operations and growth are charged by what they move, capped at what can succeed.

import { Op } from "../binary/opcodes.ts";
import type { FlowLimits } from "../limits.ts";

/** A frame, and four of its locals cleared for one unit. */
export const entryCost = (localCount: number): number => 4 + (localCount >>> 2);

/** How an operation is charged whose last operand is a length: `base`, and that many units for each `2^shift`. */
export interface LengthCost {
  readonly base: number;
  /** Lengths beyond this trap or fail in the operation itself, at no cost; they are not charged. */
  readonly lengthMax: number;
  /** Units = length × 2^shift. */
  readonly shift: number;
}

/** In the order in which the helper functions are appended. */
const LengthKind = { bytes: 0, elements: 1, pages: 2 } as const;

const pageBytesShift = 16;

export function lengthCosts(limits: FlowLimits, tableElementsMax: number): readonly LengthCost[] {
  const pagesMax = limits.maxPagesPerMemory;
  return [
    { base: 8, lengthMax: Math.min(pagesMax * 2 ** pageBytesShift, 0xffff_ffff), shift: -3 },
    { base: 8, lengthMax: tableElementsMax, shift: 0 },
    { base: 1_024, lengthMax: pagesMax, shift: 10 },
  ];
}

/** Which helper charges an opcode by its last operand; -1 for those that cost one unit. */
export function lengthKindOf(opcode: number): number {
  switch (opcode) {
    case Op.memoryCopy:
    case Op.memoryFill:
    case Op.memoryInit:
      return LengthKind.bytes;
    case Op.tableCopy:
    case Op.tableFill:
    case Op.tableInit:
    case Op.tableGrow:
      return LengthKind.elements;
    case Op.memoryGrow:
      return LengthKind.pages;
    default:
      return -1;
  }
}

/** Units for a length that is known, `base` included. */
export function lengthUnits(cost: LengthCost, length: number): number {
  const charged = length <= cost.lengthMax ? length : 0;
  return cost.base + Math.floor(charged * 2 ** cost.shift);
}
