// The functions of the node contract: names, types, and which a module has. A component's core module spells two of
// them with a hyphen, a C or AssemblyScript module cannot; both spellings are one function here.

import { describeModule, type WasmModule } from "../binary/module.ts";
import { type FunctionType, typeText, type ValueType } from "../binary/types.ts";

interface ContractFunction {
  /** Accepted spellings; the first that the module exports counts. */
  readonly names: readonly string[];
  readonly type: FunctionType;
  readonly isRequired?: true;
}

const signature = (params: readonly ValueType[], results: readonly ValueType[]): FunctionType => ({ params, results });
const postReturn = signature(["i32"], []);

const contractFunctions = {
  handle: { names: ["handle"], type: signature(["i32", "i32", "i32"], ["i32"]), isRequired: true },
  handleScalar: { names: ["handle_scalar", "handle-scalar"], type: signature(["i32", "i32", "i64"], ["i32"]) },
  realloc: { names: ["cabi_realloc"], type: signature(["i32", "i32", "i32", "i32"], ["i32"]), isRequired: true },
  initialize: { names: ["_initialize"], type: signature([], []) },
  configure: { names: ["configure"], type: signature(["i32", "i32"], ["i32"]) },
  tick: { names: ["tick"], type: signature(["i64"], ["i32"]) },
  saveState: { names: ["save_state", "save-state"], type: signature([], ["i32"]) },
  loadState: { names: ["load_state", "load-state"], type: signature(["i32", "i32"], ["i32"]) },
  postHandle: { names: ["cabi_post_handle"], type: postReturn },
  postConfigure: { names: ["cabi_post_configure"], type: postReturn },
  postTick: { names: ["cabi_post_tick"], type: postReturn },
  postSaveState: { names: ["cabi_post_save_state", "cabi_post_save-state"], type: postReturn },
  postLoadState: { names: ["cabi_post_load_state", "cabi_post_load-state"], type: postReturn },
} as const satisfies Record<string, ContractFunction>;

type ContractKey = keyof typeof contractFunctions;

/** For each function of the contract that a module has: the name under which it exports it. */
export type NodeExports = { readonly [Key in ContractKey]?: string };

const contract = Object.entries(contractFunctions) as [ContractKey, ContractFunction][];

export function nodeExports(wasm: Uint8Array): NodeExports {
  return exportsOf(describeModule(wasm));
}

export function exportsOf(module: WasmModule): NodeExports {
  const present = new Set(module.exports.map(({ name }) => name));
  const found = contract.map(([key, { names }]) => [key, names.find((name) => present.has(name))] as const);
  // A node with a WASI clock is shown the time of the message, so that it needs the message whole.
  const isShort = ([key]: readonly [ContractKey, unknown]) => key === "handleScalar" && module.imports.length > 0;
  return Object.fromEntries(found.filter((entry) => entry[1] !== undefined && !isShort(entry)));
}

/** What the exports lack for the contract, as messages; empty when all is well. */
export function exportProblems(module: WasmModule): string[] {
  const byName = new Map(module.exports.map((entry) => [entry.name, entry]));
  const problems: string[] = [];
  if (byName.get("memory")?.kind !== "memory") problems.push("export `memory` is missing");
  for (const [, { names, type, isRequired }] of contract) {
    const entry = names.map((name) => byName.get(name)).find((candidate) => candidate !== undefined);
    if (entry === undefined) {
      if (isRequired) problems.push(`export \`${names[0]}\` ${typeText(type)} is missing`);
      continue;
    }
    const actual = entry.kind === "function" ? typeText(module.functions[entry.index]!) : `a ${entry.kind}`;
    if (actual !== typeText(type)) problems.push(`export \`${entry.name}\` is ${actual}, expected ${typeText(type)}`);
  }
  return [...problems, ...scalarProblems(module)];
}

/** Where a node that exports `handle_scalar` leaves the value that it emits. */
const scalarGlobals = { scalar_meta: "i32", scalar_bits: "i64" } as const;

function scalarProblems(module: WasmModule): string[] {
  if (exportsOf(module).handleScalar === undefined) return [];
  return Object.entries(scalarGlobals).flatMap(([name, type]) => {
    const entry = module.exports.find((candidate) => candidate.name === name);
    const global = entry?.kind === "global" ? module.globals[entry.index] : undefined;
    const isRight = global?.mutable === true && global.type === type;
    return isRight ? [] : [`export \`${name}\` is no mutable ${type} global, which \`handle_scalar\` needs`];
  });
}
