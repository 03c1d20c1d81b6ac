// Writes one function body with its charges. A charge takes its units from the fuel global and traps when that goes
// below zero; the global then holds the negative value, by which the host tells exhaustion from other traps:
//
//   global.get $fuel   i64.const units   i64.sub   local.tee $left   global.set $fuel
//   local.get $left    i64.const 0       i64.lt_s  if  unreachable  end
//
// In a loop or function out of which no call is made, fuel stays in $left: it is read before, written back on every
// way out, and the trap. A charge there is half as dear:
//
//   local.get $left    i64.const units   i64.sub   local.tee $left
//   i64.const 0        i64.lt_s          if  local.get $left  global.set $fuel  unreachable  end
//
// A function without loops and calls is charged, but not checked: whoever calls it again and again is.

import { Op } from "../binary/opcodes.ts";
import { ByteWriter } from "../binary/writer.ts";
import { controlBlock } from "../glue/layout.ts";
import type { BodyCharges, Region, Slot } from "./charges.ts";
import type { LengthCost } from "./cost.ts";

const i64 = 0x7e;
const voidBlock = 0x40;
const i32LtU = 0x49;
const i64LtS = 0x53;
const i64Add = 0x7c;
const i64Sub = 0x7d;
const i64Mul = 0x7e;
const i64Shl = 0x86;
const i64ShrU = 0x88;
const i64ExtendI32U = 0xad;
const select = 0x1b;
const i32Store = 0x36;
/** Of a memory access: its alignment as a power of two, and that the index of its memory follows. */
const alignedWord = 2;
const explicitMemory = 0x40;

/** Indices of the globals by which fuel is granted, and of what tells where the outbox is. */
export interface Grant {
  readonly fuel: number;
  readonly fuelBurst: number;
  readonly fuelPerMessage: number;
  /** Absent in a module that has no control block, as only tests make. */
  readonly outbox: { readonly control: number; readonly memory: number } | undefined;
}

export interface Injected {
  /** Index of the fuel global. */
  readonly fuel: number;
  /** Index of the first helper function; one for each length kind, in order. */
  readonly helpers: number;
}

/** Appends the body that `charges` were found in, `end` being where it ends in `bytes`; with `grant`, fuel is granted first. */
export function writeBody(
  writer: ByteWriter,
  bytes: Uint8Array,
  end: number,
  paramCount: number,
  charges: BodyCharges,
  injected: Injected,
  grant?: Grant,
): void {
  const { localEntries, localCount } = charges.code;
  const body = new ByteWriter(end - localEntries.start + 32 + charges.slots.length * 16);
  body.u32(localEntries.count + 1);
  body.bytes(bytes.subarray(localEntries.start, localEntries.end));
  body.bytes([1, i64]);
  const fuel = new FuelWriter(body, injected, paramCount + localCount);
  if (grant !== undefined) writeGrant(body, grant);
  let copied = localEntries.end;
  for (const slot of charges.slots) {
    body.bytes(bytes.subarray(copied, slot.offset));
    copied = slot.offset;
    if (charges.isSmall) fuel.takeUnchecked(slot);
    else fuel.fill(slot);
  }
  body.bytes(bytes.subarray(copied, end));
  writer.u32(body.length);
  writer.bytes(body.written);
}

class FuelWriter {
  readonly #body: ByteWriter;
  readonly #injected: Injected;
  /** Index of the local that holds what fuel is left. */
  readonly #left: number;

  constructor(body: ByteWriter, injected: Injected, left: number) {
    this.#body = body;
    this.#injected = injected;
    this.#left = left;
  }

  fill(slot: Slot): void {
    switch (slot.kind) {
      case "before":
        if (slot.region.cached === slot.region) this.#copy(Op.globalGet, Op.localSet);
        return;
      case "head":
        this.#take(slot.region.head.units, slot.region, slot.region.level > 0);
        return;
      case "branch":
        if (!slot.group.isMerged) this.#take(slot.group.units, slot.region, true);
        return;
      case "after":
        if (slot.region.cached === slot.region) this.#copy(Op.localGet, Op.globalSet);
        return;
      case "exit": {
        const { cached } = slot.region;
        // A branch to the function's own block is a return.
        if (cached && (slot.level < cached.level || slot.level === 0)) this.#copy(Op.localGet, Op.globalSet);
        return;
      }
      case "length":
        this.#body.u8(Op.call);
        this.#body.u32(this.#injected.helpers + slot.lengthKind);
    }
  }

  takeUnchecked(slot: Slot): void {
    const group = slot.kind === "head" ? slot.region.head : slot.kind === "branch" ? slot.group : undefined;
    if (!group || group.isMerged) return;
    this.#access(Op.globalGet);
    this.#subtract(group.units);
    this.#access(Op.globalSet);
  }

  /** `isLoaded`: whether a cached fuel is in its local already, which it is not at a function's entry. */
  #take(units: number, { cached }: Region, isLoaded: boolean): void {
    this.#access(cached && isLoaded ? Op.localGet : Op.globalGet);
    this.#subtract(units);
    this.#access(Op.localTee);
    if (!cached) {
      this.#access(Op.globalSet);
      this.#access(Op.localGet);
    }
    this.#body.bytes([Op.i64Const, 0, i64LtS, Op.if, voidBlock]);
    if (cached) this.#copy(Op.localGet, Op.globalSet);
    this.#body.bytes([Op.unreachable, Op.end]);
  }

  #subtract(units: number): void {
    this.#body.u8(Op.i64Const);
    this.#body.signed(units);
    this.#body.u8(i64Sub);
  }

  #copy(from: number, to: number): void {
    this.#access(from);
    this.#access(to);
  }

  /** A `global` instruction on the fuel, or a `local` one on what is left. */
  #access(opcode: number): void {
    const isGlobal = opcode === Op.globalGet || opcode === Op.globalSet;
    this.#body.u8(opcode);
    this.#body.u32(isGlobal ? this.#injected.fuel : this.#left);
  }
}

/** Appends the body of the probe: the fuel that is left, for free. */
export function writeProbe(writer: ByteWriter, fuel: number): void {
  const body = new ByteWriter();
  body.bytes([0, Op.globalGet]);
  body.u32(fuel);
  body.u8(Op.end);
  writer.u32(body.length);
  writer.bytes(body.written);
}

/**
 * Appends the beginning of a function (start, bytes, messages): it grants fuel for that many messages and empties the outbox.
 * Fuel is a 64-bit number, which a host in JavaScript cannot set without making an object, of which a call with one message
 * would feel most; it would feel the write to the outbox's length as well, and a function that does both and then calls.
 */
function writeGrant(body: ByteWriter, { fuel, fuelBurst, fuelPerMessage, outbox }: Grant): void {
  if (outbox !== undefined) {
    body.u8(Op.globalGet);
    body.u32(outbox.control);
    body.bytes([Op.i32Const, 0, i32Store, alignedWord | (outbox.memory === 0 ? 0 : explicitMemory)]);
    if (outbox.memory !== 0) body.u32(outbox.memory);
    body.u32(controlBlock.outboxBytes);
  }
  body.u8(Op.globalGet);
  body.u32(fuelBurst);
  body.u8(Op.globalGet);
  body.u32(fuelPerMessage);
  body.bytes([Op.localGet, 2, i64ExtendI32U, i64Mul, i64Add, Op.globalSet]);
  body.u32(fuel);
}

/** Appends a function (i32) -> i32 that gives back its argument, a length, after charging for it. */
export function writeHelper(writer: ByteWriter, cost: LengthCost, fuel: number): void {
  const body = new ByteWriter();
  body.bytes([1, 1, i64, Op.globalGet]);
  body.u32(fuel);
  // lengthMax < length ? 0 : length
  body.bytes([Op.i32Const, 0, Op.localGet, 0, Op.i32Const]);
  body.signed(cost.lengthMax | 0);
  body.bytes([Op.localGet, 0, i32LtU, select, i64ExtendI32U, Op.i64Const]);
  body.signed(Math.abs(cost.shift));
  body.bytes([cost.shift < 0 ? i64ShrU : i64Shl, i64Sub, Op.localTee, 1, Op.globalSet]);
  body.u32(fuel);
  body.bytes([Op.localGet, 1, Op.i64Const, 0, i64LtS, Op.if, voidBlock, Op.unreachable, Op.end]);
  body.bytes([Op.localGet, 0, Op.end]);
  writer.u32(body.length);
  writer.bytes(body.written);
}
