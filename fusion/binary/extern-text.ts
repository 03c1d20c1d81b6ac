// How messages and reports spell the type of what a module imports or exports: as WebAssembly text does, for example
// `(i32, i32) -> i32`, `mut i64` or `1 to 256 pages`.

import type { WasmModule } from "./module.ts";
import { type ExternKind, type GlobalType, type Limits, typeText } from "./types.ts";

export function externText(module: WasmModule, kind: ExternKind, index: number): string {
  switch (kind) {
    case "function":
      return typeText(module.functions[index]!);
    case "table":
      return `${rangeText(module.tables[index]!)} ${module.tables[index]!.element}`;
    case "memory":
      return `${rangeText(module.memories[index]!)} pages`;
    case "global":
      return globalText(module.globals[index]!);
  }
}

const rangeText = ({ minimum, maximum }: Limits): string =>
  maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;

const globalText = ({ type, mutable }: GlobalType): string => (mutable ? `mut ${type}` : type);
