// What a node module with expressions brings for them, found by the names of its exports: the function to be replaced by
// the compiled expressions, the functions that these call, and room for their texts. The AssemblyScript kit adds all of
// it (nodekit/assemblyscript/assembly/expression-runtime.ts); a module of another toolchain may bring its own.

import { FlowFusionError } from "@flowfusion/graph";
import type { WasmModule } from "../binary/module.ts";
import { ByteReader } from "../binary/reader.ts";
import { SectionId } from "../binary/sections.ts";
import { type ExternKind, typeText } from "../binary/types.ts";
import { readValueType, skipConstantExpression } from "../binary/values.ts";

/** Every name that only expressions use begins so. */
export const runtimePrefix = "expression_";
const evaluateName = "evaluate";

/** The functions of the runtime and their types, as WebAssembly has them. */
const runtimeFunctions = {
  [evaluateName]: "(i32, i32, i64, i32) -> i32",
  text_equal: "(i64, i64) -> i32",
  text_compare: "(i64, i64) -> i32",
  text_starts_with: "(i64, i64) -> i32",
  text_ends_with: "(i64, i64) -> i32",
  text_contains: "(i64, i64) -> i32",
  text_size: "(i64) -> i64",
  text_concat: "(i64, i64) -> i64",
  text_of_bool: "(i32) -> i64",
  text_of_int: "(i64) -> i64",
  text_is_int: "(i64) -> i32",
  int_of_text: "(i64) -> i64",
  multiply_overflows: "(i64, i64) -> i32",
  compare_int_double: "(i64, f64) -> i32",
  round: "(f64) -> f64",
  pow: "(f64, f64) -> f64",
  exp: "(f64) -> f64",
  log: "(f64) -> f64",
  log2: "(f64) -> f64",
  log10: "(f64) -> f64",
} as const;

export type RuntimeFunction = keyof typeof runtimeFunctions;

const globals = ["literals", "literals_bytes", "result_bits"] as const;

export interface ExpressionRuntime {
  /** Index of the function that the compiled expressions take the place of. */
  readonly evaluate: number;
  /** Index of the global that takes the 64 bits of a result. */
  readonly resultGlobal: number;
  /** Where texts may lie in the module's memory. */
  readonly literals: { readonly start: number; readonly bytes: number };
  functionIndex(name: RuntimeFunction): number;
}

/** What a module lacks to have expressions compiled into it, as messages. */
export function runtimeProblems(module: WasmModule): string[] {
  const functions = Object.entries(runtimeFunctions).flatMap(([name, type]) => {
    const index = exportIndex(module, name, "function");
    if (index === undefined) return [`export \`${runtimePrefix}${name}\` ${type} is missing, which expressions need`];
    const actual = typeText(module.functions[index]!);
    return actual === type ? [] : [`export \`${runtimePrefix}${name}\` is ${actual}, expected ${type}`];
  });
  const missing = globals.filter((name) => exportIndex(module, name, "global") === undefined);
  return [
    ...functions,
    ...missing.map((name) => `export \`${runtimePrefix}${name}\`, a global, is missing, which expressions need`),
  ];
}

/** The runtime of a module of which `runtimeProblems` found nothing to say. */
export function runtimeOf(module: WasmModule): ExpressionRuntime {
  const global = (name: (typeof globals)[number]) => exportIndex(module, name, "global")!;
  const functionIndex = (name: RuntimeFunction) => exportIndex(module, name, "function")!;
  const [start, bytes] = [constantOf(module, global("literals")), constantOf(module, global("literals_bytes"))];
  return {
    evaluate: functionIndex(evaluateName),
    resultGlobal: global("result_bits"),
    literals: { start, bytes },
    functionIndex,
  };
}

function exportIndex({ exports }: WasmModule, name: string, kind: ExternKind): number | undefined {
  return exports.find((entry) => entry.name === `${runtimePrefix}${name}` && entry.kind === kind)?.index;
}

const i32Const = 0x41;

/** The value that a global begins with, when it is a plain number. */
function constantOf(module: WasmModule, index: number): number {
  const section = module.sections.find(({ id }) => id === SectionId.global)!;
  const reader = new ByteReader(module.bytes, section.start, section.end);
  const imported = module.imports.filter(({ kind }) => kind === "global").length;
  reader.u32();
  const skipType = () => {
    readValueType(reader, new Set());
    reader.u8();
  };
  for (let left = index - imported; left > 0; left--) {
    skipType();
    skipConstantExpression(reader);
  }
  skipType();
  if (reader.u8() !== i32Const) throw new FlowFusionError("FF_MODULE_EXPORT", `global ${index} is no plain number`);
  return reader.s32() >>> 0;
}
