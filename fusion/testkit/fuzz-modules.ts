// Valid modules of any content, as binaryen's fuzzer makes them from random bytes. Its command is a script that ends its
// process; here it is loaded once and called for each module, which takes 7 ms in place of 500.

import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generator } from "../meter/random-program.ts";

/** What node modules may use, see binary/features.ts. */
const acceptedFeatures = [
  ...["--mvp-features", "--enable-mutable-globals", "--enable-sign-ext", "--enable-nontrapping-float-to-int"],
  ...["--enable-multivalue", "--enable-bulk-memory", "--enable-bulk-memory-opt", "--enable-reference-types"],
  "--enable-simd",
];
/** What they may not use, by the options that let the fuzzer use it. */
export const refusedFeatures = [
  ...["--enable-tail-call", "--enable-threads", "--enable-memory64", "--enable-exception-handling"],
  ...["--enable-relaxed-simd", "--enable-extended-const", "--enable-gc", "--enable-fp16"],
] as const;

/** NaN has bits that engines choose, and their compilers choose anew for each module. */
const deterministic = ["--denan"];

const bytesMin = 200;
const bytesMax = 6_000;

interface Tool {
  callMain(args: readonly string[]): unknown;
  stackSave(): number;
  stackRestore(stack: number): void;
}

export class FuzzModules {
  readonly #tool: Tool;
  readonly #folder = mkdtempSync(join(tmpdir(), "flowfusion-fuzz-"));

  private constructor(tool: Tool) {
    this.#tool = tool;
  }

  static async load(): Promise<FuzzModules> {
    return new FuzzModules(await loadTool());
  }

  /** The same module for the same seed. `further`: features that it may use besides those that nodes may. */
  make(seed: number, ...further: readonly (typeof refusedFeatures)[number][]): Uint8Array<ArrayBuffer> {
    const random = generator(seed);
    const bytes = Uint8Array.from({ length: bytesMin + random(bytesMax - bytesMin) }, () => random(256));
    const [input, output] = [join(this.#folder, "seed"), join(this.#folder, "module.wasm")];
    writeFileSync(input, bytes);
    rmSync(output, { force: true });
    const features = [...acceptedFeatures, ...further];
    // The arguments stay on the stack, since the process is expected to end.
    const stack = this.#tool.stackSave();
    this.#tool.callMain([input, "--translate-to-fuzz", "--output", output, ...features, ...deterministic]);
    this.#tool.stackRestore(stack);
    return Uint8Array.from(readFileSync(output));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function loadTool(): Promise<Tool> {
  const path = join(import.meta.dirname, "../../node_modules/binaryen/bin/wasm-opt");
  const script = readFileSync(path, "utf8").replace(/^#!.*\n/, "");
  const { promise, resolve } = Promise.withResolvers<Tool>();
  const module = {
    noInitialRun: true,
    onRuntimeInitialized: () => queueMicrotask(() => resolve(tool)),
  };
  const run = new Function(
    "Module",
    "require",
    "__filename",
    "__dirname",
    `${script}\nreturn { callMain, stackSave, stackRestore };`,
  );
  const tool = run(module, quietRequire(path), path, dirname(path)) as Tool;
  return promise;
}

/** Node.js's modules, but that nothing is written to standard error: each call would warn that it optimises nothing. */
function quietRequire(path: string): (name: string) => unknown {
  const require = createRequire(path);
  const writeSync = (file: number, bytes: Uint8Array, offset: number, length: number, position?: number | null) =>
    file === 2 ? length : fs.writeSync(file, bytes, offset, length, position);
  return (name) => (/^(node:)?fs$/.test(name) ? { ...fs, writeSync } : require(name));
}
