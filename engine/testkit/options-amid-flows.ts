// Sets the engine's options while WebAssembly runs, and calls what was compiled before from instances of before and after,
// until the engine has compiled it anew. Says so.

import { compileWhole } from "../dataplane/compile.ts";
import { readingArtefact, setEngineOptions } from "../engine-options.ts";

// (module (func $next (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
//   (func (export "twice") (param i32) (result i32) (call $next (call $next (local.get 0)))))
const wasm = Uint8Array.from(
  Buffer.from(
    "0061736d01000000010601" +
      "60017f017f" +
      "03030200000709010574776963650001" +
      "0a12020700200041016a0b0800200010001000" +
      "0b",
    "hex",
  ),
);
const module = new WebAssembly.Module(wasm);
const instantiate = (of = module) => new WebAssembly.Instance(of).exports.twice as (value: number) => number;
const callsUntilOptimised = 200_000;

function run(twice: (value: number) => number, calls: number): void {
  for (let call = 0; call < calls; call++) {
    if (twice(call) !== call + 2) throw new Error(`twice(${call}) is not ${call + 2}`);
  }
}

const before = instantiate();
run(before, 100);
setEngineOptions();
const compiling = compileWhole(wasm);
run(instantiate(), callsUntilOptimised);
run(instantiate(await compiling), callsUntilOptimised);
await readingArtefact(1, () => run(instantiate(), callsUntilOptimised));
run(instantiate(), callsUntilOptimised);
run(before, callsUntilOptimised);
console.log("all ran");
