// binaryen, in this process: assembles the glue's text and optimises the linked module. Its settings are global to the
// process, so each call sets all of them: the result depends on the module alone, not on what ran before.
//
// Inlining alone makes a flow as fast as -O3 does, in a tenth of the time (docs/adr/0007-own-linker.md has the figures):
// the rest engines do themselves, and node modules were optimised by their own compilers. The passes after it undo what
// inlining adds to size and to the number of locals, which a call is charged for.

import { FlowFusionError } from "@flowfusion/graph";
import type Binaryen from "binaryen";
import { stripCustomSections } from "../binary/edit.ts";
import { binaryen } from "../binaryen/index.ts";

const { Features } = binaryen;

/** What node modules may use (binary/features.ts). With more, binaryen would write what other engines refuse. */
const features =
  Features.MultiMemory |
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.MutableGlobals |
  Features.SignExt |
  Features.NontrappingFPToInt |
  Features.SIMD128 |
  Features.ReferenceTypes |
  Features.Multivalue;

/**
 * What `configure` alone reached goes first, so that no write is left to what it set: those globals become constants, and
 * branches on them fall away before functions are measured for inlining.
 */
const passes = [
  "remove-unused-module-elements",
  "simplify-globals",
  "precompute-propagate",
  "optimize-instructions",
  "dce",
  "remove-unused-brs",
  "vacuum",
  "inlining",
  "coalesce-locals",
  "vacuum",
  "remove-unused-module-elements",
];

/**
 * Size, in expressions, up to which a function with one caller is inlined into that. Without a bound, a chain of many nodes
 * would become one function, larger than a gateway accepts and slow to compile.
 */
const oneCallerInlineMaxSize = 4_000;

/**
 * Size up to which a function is inlined wherever it is called, whether or not it makes calls: a node's `handle_scalar` with
 * what the glue puts around it, and what follows on its wires. A flow grows by this much for each wire at most.
 */
const inlineMaxSize = 500;

/** WebAssembly text to a module with names. Throws a FlowFusionError `FF_FUSE_LINK`. */
export function assemble(text: string): Uint8Array {
  return withModule(
    "assemble the glue",
    () => binaryen.parseText(text),
    (module) => {
      binaryen.setDebugInfo(true);
      return module.emitBinary();
    },
  );
}

/**
 * A valid module to a faster one that does the same, without custom sections. Functions whose names match one of `apart`,
 * in which a star stands for any characters, are not inlined. Throws a FlowFusionError `FF_FUSE_LINK`.
 */
export function optimise(wasm: Uint8Array, apart: readonly string[]): Uint8Array<ArrayBuffer> {
  return withModule(
    "optimise the linked module",
    () => binaryen.readBinary(wasm),
    (module) => {
      binaryen.setOptimizeLevel(3);
      binaryen.setShrinkLevel(0);
      binaryen.setDebugInfo(false);
      binaryen.setOneCallerInlineMaxSize(oneCallerInlineMaxSize);
      binaryen.setFlexibleInlineMaxSize(inlineMaxSize);
      binaryen.setAlwaysInlineMaxSize(inlineMaxSize);
      for (const pattern of apart) {
        binaryen.setPassArgument("no-inline", pattern);
        module.runPasses(["no-inline"]);
      }
      binaryen.clearPassArguments();
      module.runPasses(passes);
      return stripCustomSections(module.emitBinary());
    },
  );
}

/** A module to WebAssembly text. Throws a FlowFusionError `FF_FUSE_LINK`. */
export function disassemble(wasm: Uint8Array): string {
  return withModule(
    "read the module",
    () => binaryen.readBinary(wasm),
    (module) => module.emitText(),
  );
}

function withModule<Result>(
  what: string,
  make: () => Binaryen.Module,
  use: (module: Binaryen.Module) => Result,
): Result {
  let module: Binaryen.Module | undefined;
  try {
    module = make();
    module.setFeatures(features);
    return use(module);
  } catch (cause) {
    // An exception of C++ is a bare pointer here, without a text.
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    throw new FlowFusionError("FF_FUSE_LINK", `binaryen could not ${what}${reason}`, { cause });
  } finally {
    module?.dispose();
  }
}
