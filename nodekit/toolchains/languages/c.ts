// C, with clang and lld, or with the C compiler that Zig brings.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compile, findProgram, missingToolchain, withScratch } from "../compiler.ts";
import type { Language } from "../language.ts";
import { exampleFolder, kitFolder } from "../places.ts";
import { zigExecutable } from "../toolchain-cache.ts";

const flags = [
  "-O3",
  "-Wall",
  "-nostdlib",
  "-ffreestanding",
  "-mbulk-memory",
  "-Wl,--no-entry",
  "-Wl,--strip-debug",
  "-Wl,-z,stack-size=16384",
];

export const c: Language = {
  name: "c",
  title: "C",
  marker: "node.c",
  kit: kitFolder("c"),
  template: exampleFolder("c"),
  replacements: [],
  demandToolchain: async () => void findCompiler(),
  async compile({ path, kit, onLine }) {
    const [program, ...compiler] = findCompiler();
    return withScratch(async (scratch) => {
      const output = join(scratch, "node.wasm");
      const args = [...compiler, ...flags, "-I", kit, "-I", ".", "-o", output, "node.c"];
      await compile(program, args, { cwd: path, onLine });
      return readFile(output);
    });
  },
};

function findCompiler(): [program: string, ...args: string[]] {
  const clang = findProgram("clang");
  if (clang !== undefined && findProgram("wasm-ld") !== undefined) return [clang, "--target=wasm32"];
  const zig = findProgram(zigExecutable(), "zig");
  if (zig !== undefined) return [zig, "cc", "-target", "wasm32-freestanding"];
  throw missingToolchain("clang with lld", "run `apt-get install clang lld`, or install them from llvm.org");
}
