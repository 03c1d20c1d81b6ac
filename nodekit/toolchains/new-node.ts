// A new node to begin with: the example node of a language under another name, with the kit beside it, so that the folder
// stands alone.

import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { FlowFusionError, isNodeId } from "@flowfusion/graph";
import { kitName } from "./folder.ts";
import type { Language } from "./language.ts";

export interface NewNode {
  /** Folder to make; it must not exist yet. */
  readonly path: string;
  /** Node type. */
  readonly name: string;
  readonly language: Language;
}

/** What builds leave behind. */
const generated = new Set(["dist", "target", "Cargo.lock", "go.sum", ".zig-cache"]);
const isSource = (path: string): boolean => !generated.has(basename(path)) && !path.endsWith(".test.ts");

/** Gives the names of what was made. Throws FF_NODE_FOLDER when the name or the folder will not do. */
export async function createNode({ path, name, language }: NewNode): Promise<string[]> {
  if (!isNodeId(name)) {
    throw new FlowFusionError(
      "FF_NODE_FOLDER",
      `${name} is no name for a node: a lower-case letter, then a-z, 0-9, _ and -`,
    );
  }
  if (existsSync(path)) throw new FlowFusionError("FF_NODE_FOLDER", `${path} exists already`);
  await mkdir(path, { recursive: true });
  await cp(language.template, path, { recursive: true, filter: isSource });
  if (language.kit !== undefined) await cp(language.kit, join(path, kitName), { recursive: true, filter: isSource });
  for (const { file, from, to } of language.replacements) {
    await edit(join(path, file), (text) => text.replace(from, to.replace("NAME", name)));
  }
  await edit(join(path, "manifest.json"), (text) => text.replace(/("name": )"[^"]*"/, `$1"${name}"`));
  await writeFile(join(path, ".gitignore"), `${[...generated].join("\n")}\n`);
  return (await readdir(path)).sort();
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, "utf8")));
}
