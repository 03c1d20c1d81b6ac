// The types of values in expressions, as CEL names them, and how each lies in WebAssembly.

import type { WasmType } from "./code.ts";

export type ValueType = "int" | "double" | "bool" | "string" | "bytes" | "null";

/** A text or bytes are one i64: the address in the lower half, the length in the upper. */
export const wasmTypes: Record<ValueType, WasmType> = {
  int: "i64",
  double: "f64",
  bool: "i32",
  string: "i64",
  bytes: "i64",
  null: "i32",
};

/** A type as messages spell it. */
export const typeName = (type: ValueType): string => (type === "null" ? "null_type" : type);
