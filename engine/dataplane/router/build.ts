// Builds the router to dist/router.wasm.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import asc from "assemblyscript/asc";

const folder = import.meta.dirname;
const dist = path.join(folder, "dist");
await mkdir(dist, { recursive: true });
const { error, stderr } = await asc.main(
  [
    "assembly/router.ts",
    "-O3",
    "--converge",
    "--noAssert",
    "--runtime",
    "stub",
    "--use",
    "abort=",
    "--baseDir",
    folder,
    "--outFile",
    "dist/router.wasm",
  ],
  { writeFile: (name, contents, base) => writeFile(path.join(base, name), contents) },
);
if (error) throw new Error(`the router does not compile:\n${stderr.toString()}`);
