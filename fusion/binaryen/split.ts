// binaryen's npm package is one file of JavaScript that carries 10 MB of WebAssembly as the text of a literal. Reading that
// takes four times as long as compiling what it says, each time a process loads it. Here the two are taken apart.

import { runInNewContext } from "node:vm";

export interface SplitModule {
  /** Reads the WebAssembly from `wasmFile` beside it. */
  readonly javascript: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

/** The call that decodes the literal, up to its text. */
const literalStart = /[\w$]+\((?=`\\0asm)/;

/** `source`: the package's JavaScript. Throws when it is not built as expected. */
export function splitModule(source: string, wasmFile: string): SplitModule {
  const start = literalStart.exec(source);
  if (start === null) throw new Error("no literal begins like WebAssembly");
  const from = start.index + start[0].length;
  const to = endOfLiteral(source, from);
  if (source[to] !== ")") throw new Error("the literal is not all that is decoded");
  // A character is a byte; U+0100, which some builds write for zero, has zero as its lower byte too.
  const wasm = Uint8Array.from(Buffer.from(runInNewContext(source.slice(from, to)), "latin1"));
  if (!WebAssembly.validate(wasm)) throw new Error("what the literal says is not WebAssembly");
  const read = `process.getBuiltinModule("node:fs").readFileSync(new URL(${JSON.stringify(wasmFile)},import.meta.url))`;
  return { javascript: source.slice(0, start.index) + read + source.slice(to + 1), wasm };
}

/** Behind the backtick that ends the literal that begins at `from`. */
function endOfLiteral(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return at + 1;
  }
  throw new Error("the literal has no end");
}
