// Writes the instructions of one function: structured blocks whose labels are told by their own handles, locals that
// are used again once they are free, and one label where to go when an expression fails.

import { ByteWriter } from "../binary/writer.ts";
import { BlockOp, type Instruction, instructions } from "./instructions.ts";
import type { RuntimeFunction } from "./runtime.ts";

export type WasmType = "i32" | "i64" | "f64";

/** A block that is open; what branches to it leaves it. */
export interface Label {
  readonly depth: number;
}

const typeBytes: Record<WasmType, number> = { i32: 0x7f, i64: 0x7e, f64: 0x7c };
const noType = 0x40;

export class CodeWriter {
  readonly #writer = new ByteWriter(1024);
  readonly #parameterCount: number;
  readonly #locals: WasmType[] = [];
  readonly #free: Record<WasmType, number[]> = { i32: [], i64: [], f64: [] };
  readonly #functionIndex: (name: RuntimeFunction) => number;
  #depth = 0;
  #failure: Label | undefined;

  /** `functionIndex` finds a function of the runtime by its name. */
  constructor(parameterCount: number, functionIndex: (name: RuntimeFunction) => number) {
    this.#parameterCount = parameterCount;
    this.#functionIndex = functionIndex;
  }

  /** Instructions without immediates. */
  op(...names: readonly Instruction[]): void {
    for (const name of names) this.#writer.u8(instructions[name]);
  }

  i32(value: number): void {
    this.#writer.u8(BlockOp.i32Const);
    this.#writer.signed(value);
  }

  i64(value: bigint): void {
    this.#writer.u8(BlockOp.i64Const);
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.#writer.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#writer.u8(Number(rest & 0x7fn));
  }

  f64(value: number): void {
    this.#writer.u8(BlockOp.f64Const);
    this.#writer.bytes(new Uint8Array(Float64Array.of(value).buffer));
  }

  get(local: number): void {
    this.#indexed(BlockOp.localGet, local);
  }

  set(local: number): void {
    this.#indexed(BlockOp.localSet, local);
  }

  tee(local: number): void {
    this.#indexed(BlockOp.localTee, local);
  }

  setGlobal(index: number): void {
    this.#indexed(BlockOp.globalSet, index);
  }

  call(name: RuntimeFunction): void {
    this.#indexed(BlockOp.call, this.#functionIndex(name));
  }

  load(name: Instruction, offset: number): void {
    this.#writer.u8(instructions[name]);
    this.#writer.u32(0);
    this.#writer.u32(offset);
  }

  block(result: WasmType | undefined, write: (label: Label) => void): void {
    this.#open(BlockOp.block, result);
    write({ depth: this.#depth });
    this.#close();
  }

  /** Takes its condition from the stack. */
  if(result: WasmType | undefined, then: () => void, otherwise?: () => void): void {
    this.#open(BlockOp.if, result);
    then();
    if (otherwise) {
      this.#writer.u8(BlockOp.else);
      otherwise();
    }
    this.#close();
  }

  branch(label: Label): void {
    this.#indexed(BlockOp.br, this.#depth - label.depth);
  }

  /** Takes its condition from the stack. */
  branchIf(label: Label): void {
    this.#indexed(BlockOp.brIf, this.#depth - label.depth);
  }

  /** While `write` writes, an expression that fails goes to `label`. */
  failingTo(label: Label, write: () => void): void {
    const before = this.#failure;
    this.#failure = label;
    write();
    this.#failure = before;
  }

  fail(): void {
    this.branch(this.#failure!);
  }

  /** Takes its condition from the stack. */
  failIf(): void {
    this.branchIf(this.#failure!);
  }

  /** Locals that are the writer's own while `write` writes. */
  withLocals<const T extends readonly WasmType[]>(
    types: T,
    write: (...locals: { [K in keyof T]: number }) => void,
  ): void {
    const locals = types.map((type) => this.#free[type].pop() ?? this.#parameterCount + this.#locals.push(type) - 1);
    write(...(locals as { [K in keyof T]: number }));
    for (const [index, type] of types.entries()) this.#free[type].push(locals[index]!);
  }

  /** The body as the code section holds it, without its size. */
  finish(): Uint8Array {
    const body = new ByteWriter(this.#writer.length + 16);
    body.u32(this.#locals.length);
    for (const type of this.#locals) {
      body.u32(1);
      body.u8(typeBytes[type]);
    }
    body.bytes(this.#writer.written);
    body.u8(BlockOp.end);
    return body.written;
  }

  #open(opcode: number, result: WasmType | undefined): void {
    this.#writer.u8(opcode);
    this.#writer.u8(result === undefined ? noType : typeBytes[result]);
    this.#depth++;
  }

  #close(): void {
    this.#writer.u8(BlockOp.end);
    this.#depth--;
  }

  #indexed(opcode: number, index: number): void {
    this.#writer.u8(opcode);
    this.#writer.u32(index);
  }
}
