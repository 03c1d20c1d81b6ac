// Takes binaryen's npm package apart into dist/: `node fusion/binaryen/build.ts`. Its licence goes with it.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { splitModule } from "./split.ts";

const source = fileURLToPath(import.meta.resolve("binaryen"));
const dist = join(import.meta.dirname, "dist");
const { javascript, wasm } = splitModule(await readFile(source, "utf8"), "binaryen.wasm");
await mkdir(dist, { recursive: true });
await writeFile(join(dist, "binaryen.mjs"), javascript);
await writeFile(join(dist, "binaryen.wasm"), wasm);
await copyFile(join(dirname(source), "LICENSE"), join(dist, "LICENSE"));
