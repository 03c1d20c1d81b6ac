// Zig.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compile, findProgram, missingToolchain, withScratch } from "../compiler.ts";
import type { Language } from "../language.ts";
import { exampleFolder, kitFolder } from "../places.ts";
import { toolchainCache, zigExecutable, zigVersion } from "../toolchain-cache.ts";

const flags = ["-target", "wasm32-freestanding", "-O", "ReleaseFast", "-fno-entry", "-rdynamic", "-fstrip"];

export const zig: Language = {
  name: "zig",
  title: "Zig",
  marker: "node.zig",
  kit: kitFolder("zig"),
  template: exampleFolder("zig"),
  replacements: [],
  demandToolchain: async () => void findZig(),
  async compile({ path, kit, onLine }) {
    const program = findZig();
    return withScratch(async (scratch) => {
      const output = join(scratch, "node.wasm");
      const modules = ["--dep", "flowfusion", "-Mroot=node.zig", `-Mflowfusion=${join(kit, "flowfusion.zig")}`];
      const caches = ["--cache-dir", scratch, "--global-cache-dir", join(toolchainCache(), "zig-cache")];
      const args = ["build-exe", ...flags, "--stack", "16384", ...modules, ...caches, `-femit-bin=${output}`];
      await compile(program, args, { cwd: path, onLine });
      return readFile(output);
    });
  },
};

function findZig(): string {
  const program = findProgram(zigExecutable(), "zig");
  if (program !== undefined) return program;
  throw missingToolchain(
    `Zig ${zigVersion}`,
    `install it from ziglang.org or a package manager, or run \`pip install ziglang==${zigVersion}\` and put it on PATH as zig`,
  );
}
