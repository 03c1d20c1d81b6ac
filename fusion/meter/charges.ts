// Finds where one function body is charged, and how much: at its entry and at each loop head, for the instructions
// between these and the next inner loop head; before operations that are charged by length, by a helper call.
// It also finds where fuel may stay in a local: in loops, and in whole functions, out of which no call is made.

import { CodeReader } from "../binary/code.ts";
import { Op } from "../binary/opcodes.ts";
import type { CodeBody } from "../binary/types.ts";
import { entryCost, type LengthCost, lengthKindOf, lengthUnits } from "./cost.ts";

/** A stretch of instructions that is charged at one place, its head: a loop's own, or a function's. */
export interface Region {
  readonly around: Region | undefined;
  /** How many blocks are open around this one; 0 for the function. */
  readonly level: number;
  units: number;
  /** Whether a call lies anywhere inside, which changes the fuel behind this function's back. */
  hasCall: boolean;
  /** The outermost region without a call that this one lies in; fuel stays in a local throughout that. */
  cached: Region | undefined;
}

/**
 * A place where something may have to be inserted.
 * - `before`, `head`, `after` a region: in front of the loop, at its first instruction, behind its end.
 * - `exit`: in front of a branch or return out of the region, to a block with `level` blocks around it.
 * - `length`: in front of an operation whose length is charged.
 */
export type Slot =
  | { readonly kind: "before" | "head" | "after"; readonly offset: number; readonly region: Region }
  | { readonly kind: "exit"; readonly offset: number; readonly region: Region; readonly level: number }
  | { readonly kind: "length"; readonly offset: number; readonly lengthKind: number };

export interface BodyCharges {
  readonly code: CodeReader;
  /** In the order of their offsets. */
  readonly slots: readonly Slot[];
  /** No loop and no call: one run of the function is bounded by its size, so that it needs no check. */
  readonly isBounded: boolean;
}

export function chargesOf(
  bytes: Uint8Array,
  body: CodeBody,
  paramCount: number,
  costs: readonly LengthCost[],
): BodyCharges {
  const code = new CodeReader(bytes, body);
  const entry = newRegion(undefined, 0);
  entry.units = entryCost(paramCount + code.localCount);
  const regions = [entry];
  const slots: Slot[] = [{ kind: "head", offset: code.position, region: entry }];
  // The region of each open block; a block that is not a loop is of the region around it.
  const open = [entry];
  let region = entry;
  let constant: number | undefined;
  while (code.next()) {
    const { opcode, offset } = code;
    region.units++;
    if (opcode === Op.block || opcode === Op.if) open.push(region);
    else if (opcode === Op.loop) {
      region = newRegion(region, open.length);
      regions.push(region);
      open.push(region);
      slots.push({ kind: "before", offset, region }, { kind: "head", offset: code.position, region });
    } else if (opcode === Op.end) {
      region = closeBlock(code, open, slots);
    } else if (opcode >= Op.br && opcode <= Op.return) {
      const level = opcode === Op.return ? 0 : open.length - 1 - code.immediate;
      if (level < region.level || level === 0) slots.push({ kind: "exit", offset, region, level });
    } else if (opcode === Op.call || opcode === Op.callIndirect) {
      region.hasCall = true;
    } else if (opcode === Op.memoryGrow || opcode >= Op.memoryInit) {
      chargeLength(code, region, slots, costs, constant);
    }
    constant = opcode === Op.i32Const ? code.immediate >>> 0 : undefined;
  }
  for (const each of regions) each.cached = each.around?.cached ?? (each.hasCall ? undefined : each);
  return { code, slots, isBounded: regions.length === 1 && !entry.hasCall };
}

function newRegion(around: Region | undefined, level: number): Region {
  return { around, level, units: 0, hasCall: false, cached: undefined };
}

/** Ends the innermost block; gives the region that goes on. */
function closeBlock(code: CodeReader, open: Region[], slots: Slot[]): Region {
  const closed = open.pop()!;
  if (closed.level === open.length) {
    // What comes after a function's end would not run any more.
    slots.push({ kind: "after", offset: code.depth === 0 ? code.offset : code.position, region: closed });
    if (closed.hasCall && closed.around) closed.around.hasCall = true;
  }
  return open[open.length - 1] ?? closed;
}

function chargeLength(
  code: CodeReader,
  region: Region,
  slots: Slot[],
  costs: readonly LengthCost[],
  constant: number | undefined,
): void {
  const lengthKind = lengthKindOf(code.opcode);
  const cost = costs[lengthKind];
  if (cost === undefined) return;
  // A constant length is charged with its region, which saves the call.
  if (constant !== undefined) {
    region.units += lengthUnits(cost, constant);
    return;
  }
  region.units += cost.base;
  region.hasCall = true;
  slots.push({ kind: "length", offset: code.offset, lengthKind });
}
