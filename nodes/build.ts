// Builds every built-in node to dist/<type>.wasm. A folder with a manifest is a node.

import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildNode } from "@flowfusion/nodekit-assemblyscript";

const folder = import.meta.dirname;

async function nodeTypes(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((entry) => path.basename(entry) === "manifest.json")
    .map((entry) => path.dirname(entry))
    .sort();
}

const dist = path.join(folder, "dist");
await mkdir(dist, { recursive: true });
for (const type of await nodeTypes()) {
  const manifest = JSON.stringify(JSON.parse(await readFile(path.join(folder, type, "manifest.json"), "utf8")));
  const wasm = await buildNode({ sourcePath: path.join(folder, type, "node.ts"), manifest });
  const target = path.join(dist, `${type}.wasm`);
  await writeFile(`${target}.new`, wasm);
  await rename(`${target}.new`, target);
}
