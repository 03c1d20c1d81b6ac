// What a module declares of itself, as read by module.ts.

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref";
export type ReferenceType = "funcref" | "externref";
export type ExternKind = "function" | "table" | "memory" | "global";

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface Limits {
  readonly minimum: number;
  readonly maximum?: number;
}

export interface TableType extends Limits {
  readonly element: ReferenceType;
}

export interface GlobalType {
  readonly type: ValueType;
  readonly mutable: boolean;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
}

/** One function's entry in the code section: locals and instructions. */
export interface CodeBody {
  readonly functionIndex: number;
  readonly start: number;
  readonly end: number;
}

/** `(i32, i32) -> i32`, as messages spell a function's type. */
export function typeText(type: FunctionType): string {
  const results = type.results.length === 1 ? type.results[0] : `(${type.results.join(", ")})`;
  return `(${type.params.join(", ")}) -> ${results}`;
}

/** The name by which a bound, and an error about it, calls an imported thing. */
export const importText = (entry: Import): string => `${entry.module}.${entry.name} (${entry.kind})`;
