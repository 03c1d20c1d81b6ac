// Go, the mainline compiler. Its modules import WASI, which fusion gives them (see fusion/wasi), and carry Go's runtime.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compile, findProgram, missingToolchain, withScratch } from "../compiler.ts";
import type { Language } from "../language.ts";
import { exampleFolder, kitFolder } from "../places.ts";

export const go: Language = {
  name: "go",
  title: "Go",
  marker: "go.mod",
  kit: kitFolder("go"),
  template: exampleFolder("go"),
  replacements: [{ file: "go.mod", from: "../../../nodekit/go", to: "./nodekit" }],
  demandToolchain: async () => void findGo(),
  async compile({ path, onLine }) {
    const program = findGo();
    return withScratch(async (scratch) => {
      const output = join(scratch, "node.wasm");
      const args = ["build", "-buildmode=c-shared", "-ldflags=-s -w", "-trimpath", "-o", output, "."];
      const env = { GOOS: "wasip1", GOARCH: "wasm", GOWORK: "off" };
      await compile(program, args, { cwd: path, env, onLine });
      return readFile(output);
    });
  },
};

function findGo(): string {
  const program = findProgram("go");
  if (program !== undefined) return program;
  throw missingToolchain("Go 1.24 or newer", "install it from go.dev/doc/install");
}
