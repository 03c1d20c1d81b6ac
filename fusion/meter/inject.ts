// Writes one function body with its charges. A charge takes its units from the fuel global and traps when the
// global goes below zero; the global keeps the negative value, by which the host tells exhaustion from other traps:
//
//   global.get $fuel   i64.const units   i64.sub   local.tee $left   global.set $fuel
//   local.get $left    i64.const 0       i64.lt_s  if  unreachable  end

import { Op } from "../binary/opcodes.ts";
import { ByteWriter } from "../binary/writer.ts";
import type { BodyCharges } from "./charges.ts";
import type { LengthCost } from "./cost.ts";

const i64 = 0x7e;
const voidBlock = 0x40;
const i32LtU = 0x49;
const i64LtS = 0x53;
const i64Sub = 0x7d;
const i64Shl = 0x86;
const i64ShrU = 0x88;
const i64ExtendI32U = 0xad;
const select = 0x1b;

export interface Injected {
  /** Index of the fuel global. */
  readonly fuel: number;
  /** Index of the first helper function; one for each length kind, in order. */
  readonly helpers: number;
}

export function writeBody(
  writer: ByteWriter,
  bytes: Uint8Array,
  end: number,
  paramCount: number,
  charges: BodyCharges,
  injected: Injected,
): void {
  const { code, offsets, units } = charges;
  const body = new ByteWriter(end - code.localEntries.start + 32 + offsets.length * 32);
  body.u32(code.localEntries.count + 1);
  body.bytes(bytes.subarray(code.localEntries.start, code.localEntries.end));
  body.u32(1);
  body.u8(i64);
  const left = paramCount + code.localCount;
  let copied = code.localEntries.end;
  for (let index = 0; index < offsets.length; index++) {
    const offset = offsets[index]!;
    const charge = units[index]!;
    body.bytes(bytes.subarray(copied, offset));
    copied = offset;
    if (charge >= 0) writeCharge(body, charge, left, injected.fuel);
    else {
      body.u8(Op.call);
      body.u32(injected.helpers - 1 - charge);
    }
  }
  body.bytes(bytes.subarray(copied, end));
  writer.u32(body.length);
  writer.bytes(body.written);
}

function writeCharge(body: ByteWriter, units: number, left: number, fuel: number): void {
  body.u8(Op.globalGet);
  body.u32(fuel);
  body.u8(Op.i64Const);
  body.signed(units);
  body.u8(i64Sub);
  body.u8(Op.localTee);
  body.u32(left);
  body.u8(Op.globalSet);
  body.u32(fuel);
  body.u8(Op.localGet);
  body.u32(left);
  body.bytes([Op.i64Const, 0, i64LtS, Op.if, voidBlock, Op.unreachable, Op.end]);
}

/** A function (i32) -> i32 that gives back its argument after charging for a length. */
export function writeHelper(writer: ByteWriter, cost: LengthCost, fuel: number): void {
  const body = new ByteWriter();
  body.bytes([1, 1, i64, Op.globalGet]);
  body.u32(fuel);
  // length > lengthMax ? 0 : length
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
