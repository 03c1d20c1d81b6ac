// Finds where one function body is charged, and how much: at its entry and at each loop head, for the instructions
// that follow; where a branch may skip more than a few of them, at the first of those; before operations that are
// charged by length, by a helper call. So what inlining brings along and a message never runs through costs nothing.
// Behind each call of the probe, by which a flow asks what fuel is left, a new charge begins, so that the difference
// between two answers is what ran between them. It also finds where fuel may stay in a local: in loops, and in whole functions, out of which no call is made.

import { CodeReader } from "../binary/code.ts";
import { Op } from "../binary/opcodes.ts";
import type { CodeBody } from "../binary/types.ts";
import { entryCost, type LengthCost, lengthKindOf, lengthUnits } from "./cost.ts";

/**
 * Instructions that run together or not at all, as far as it matters: charged where they begin. A small group is charged
 * with the one that it branches off from, which saves the check.
 */
interface Group {
  units: number;
  readonly from: Group | undefined;
  isMerged: boolean;
}

/** Below this, a check costs more than what it leaves uncharged, or unchecked. */
const mergedUnitsMax = 64;

/** A function, or a loop in it. */
export interface Region {
  readonly around: Region | undefined;
  /** How many blocks are open around this one; 0 for the function. */
  readonly level: number;
  readonly head: Group;
  /** Whether a call lies anywhere inside, which changes the fuel behind this function's back. */
  hasCall: boolean;
  /** The outermost region without a call that this one lies in; fuel stays in a local throughout that. */
  cached: Region | undefined;
}

/**
 * A place where something may have to be inserted.
 * - `before`, `head`, `after` a region: in front of the loop, at its first instruction, behind its end.
 * - `exit`: in front of a branch or return out of the region, to a block with `level` blocks around it.
 * - `branch`: at the first instruction of a group.
 * - `length`: in front of an operation whose length is charged.
 */
export type Slot =
  | { readonly kind: "before" | "head" | "after"; readonly offset: number; readonly region: Region }
  | { readonly kind: "exit"; readonly offset: number; readonly region: Region; readonly level: number }
  | { readonly kind: "branch"; readonly offset: number; readonly region: Region; readonly group: Group }
  | { readonly kind: "length"; readonly offset: number; readonly lengthKind: number };

export interface BodyCharges {
  readonly code: CodeReader;
  /** In the order of their offsets. */
  readonly slots: readonly Slot[];
  /** No loop, no call and little work: one run of the function costs less than a check, which its callers have. */
  readonly isSmall: boolean;
}

/** `probe`: the function that reads the fuel; what runs behind a call of it is charged behind it. */
export function chargesOf(
  bytes: Uint8Array,
  body: CodeBody,
  paramCount: number,
  costs: readonly LengthCost[],
  probe?: number,
): BodyCharges {
  const code = new CodeReader(bytes, body);
  const entry = newRegion(undefined, 0);
  entry.head.units = entryCost(paramCount + code.localCount);
  const regions = [entry];
  const groups: Group[] = [];
  const slots: Slot[] = [{ kind: "head", offset: code.position, region: entry }];
  // For each open block its region, and the group that goes on behind it. A block that is not a loop is of the region
  // around it.
  const open: Open[] = [{ region: entry, behind: entry.head, isSplit: false }];
  let region = entry;
  let group = entry.head;
  const branchOff = (from: Group) => {
    group = { units: 0, from, isMerged: false };
    groups.push(group);
    slots.push({ kind: "branch", offset: code.position, region, group });
  };
  const split = () => {
    group = { units: 0, from: undefined, isMerged: false };
    slots.push({ kind: "branch", offset: code.position, region, group });
  };
  let constant: number | undefined;
  while (code.next()) {
    const { opcode, offset } = code;
    group.units++;
    if (opcode === Op.block || opcode === Op.if) {
      open.push({ region, behind: group, isSplit: false });
      if (opcode === Op.if) branchOff(group);
    } else if (opcode === Op.else) {
      branchOff(open.at(-1)!.behind);
    } else if (opcode === Op.loop) {
      const inner = newRegion(region, open.length);
      regions.push(inner);
      open.push({ region: inner, behind: group, isSplit: false });
      slots.push({ kind: "before", offset, region: inner }, { kind: "head", offset: code.position, region: inner });
      region = inner;
      group = inner.head;
    } else if (opcode === Op.end) {
      const { behind, isSplit } = open.at(-1)!;
      region = closeBlock(code, open, slots);
      group = behind;
      if (isSplit && code.depth > 0) split();
    } else if (opcode >= Op.br && opcode <= Op.return) {
      const level = opcode === Op.return ? 0 : open.length - 1 - code.immediate;
      if (level < region.level || level === 0) slots.push({ kind: "exit", offset, region, level });
      if (opcode === Op.brIf) branchOff(group);
    } else if (opcode === Op.call || opcode === Op.callIndirect) {
      region.hasCall = true;
      if (opcode === Op.call && code.immediate === probe) {
        // What stands behind the block that asks whether to probe is as much behind the probe as what stands in it.
        open.at(-1)!.isSplit = true;
        split();
      }
    } else if (opcode === Op.memoryGrow || opcode >= Op.memoryInit) {
      chargeLength(code, region, group, slots, costs, constant);
    }
    constant = opcode === Op.i32Const ? code.immediate >>> 0 : undefined;
  }
  for (const each of regions) each.cached = each.around?.cached ?? (each.hasCall ? undefined : each);
  // Before small groups are added to others.
  const units = groups.reduce((sum, group) => sum + group.units, entry.head.units);
  mergeSmall(groups);
  return { code, slots, isSmall: regions.length === 1 && !entry.hasCall && units <= mergedUnitsMax };
}

interface Open {
  readonly region: Region;
  readonly behind: Group;
  /** Whether fuel is read in it. */
  isSplit: boolean;
}

function newRegion(around: Region | undefined, level: number): Region {
  const head = { units: 0, from: undefined, isMerged: false };
  return { around, level, head, hasCall: false, cached: undefined };
}

/** Innermost first: a group comes after the one that it branches off from. */
function mergeSmall(groups: readonly Group[]): void {
  for (const group of groups.toReversed()) {
    if (group.units > mergedUnitsMax || group.from === undefined) continue;
    group.isMerged = true;
    group.from.units += group.units;
  }
}

/** Ends the innermost block; gives the region that goes on. */
function closeBlock(code: CodeReader, open: Open[], slots: Slot[]): Region {
  const { region: closed } = open.pop()!;
  if (closed.level === open.length) {
    // What comes after a function's end would not run any more.
    slots.push({ kind: "after", offset: code.depth === 0 ? code.offset : code.position, region: closed });
    if (closed.hasCall && closed.around) closed.around.hasCall = true;
  }
  return open.at(-1)?.region ?? closed;
}

function chargeLength(
  code: CodeReader,
  region: Region,
  group: Group,
  slots: Slot[],
  costs: readonly LengthCost[],
  constant: number | undefined,
): void {
  const lengthKind = lengthKindOf(code.opcode);
  const cost = costs[lengthKind];
  if (cost === undefined) return;
  // A constant length is charged with its region, which saves the call.
  if (constant !== undefined) {
    group.units += lengthUnits(cost, constant);
    return;
  }
  group.units += cost.base;
  region.hasCall = true;
  slots.push({ kind: "length", offset: code.offset, lengthKind });
}
