// The folder of a node: `manifest.json`, and sources in one of the languages.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FlowFusionError, type NodeManifest, parseManifest, reasonOf } from "@flowfusion/graph";
import type { Language } from "./language.ts";
import { languages } from "./languages.ts";

export interface NodeFolder {
  readonly path: string;
  readonly language: Language;
  readonly manifest: NodeManifest;
  /** The manifest as JSON text without spaces between, as it goes into the module. */
  readonly manifestText: string;
}

/** Throws FF_NODE_FOLDER when it is none, FF_MODULE_MANIFEST when its manifest is not valid. */
export async function openNodeFolder(path: string): Promise<NodeFolder> {
  const manifestPath = join(path, "manifest.json");
  const text = await readFile(manifestPath, "utf8").catch((cause: Error) => {
    throw new FlowFusionError("FF_NODE_FOLDER", `${manifestPath} cannot be read: ${reasonOf(cause)}`, { cause });
  });
  const manifest = parseManifest(new TextEncoder().encode(text));
  const language = await detectLanguage(path);
  return { path, language, manifest, manifestText: JSON.stringify(JSON.parse(text)) };
}

async function detectLanguage(path: string): Promise<Language> {
  for (const language of languages) {
    const marker = join(path, language.marker);
    if (!existsSync(marker)) continue;
    if (language.markerContent === undefined || language.markerContent.test(await readFile(marker, "utf8"))) {
      return language;
    }
  }
  const markers = [...new Set(languages.map(({ marker }) => marker))].join(", ");
  throw new FlowFusionError("FF_NODE_FOLDER", `${path} has none of ${markers}`);
}

/** Compiles a node. The kit is the one in the folder, where there is one, else the one of this installation. */
export async function buildFolder(folder: NodeFolder, onLine?: (line: string) => void): Promise<Uint8Array> {
  const { language, manifest, manifestText } = folder;
  // Compilers run in the folder, and are told of other paths.
  const path = resolve(folder.path);
  const own = join(path, kitName);
  return language.compile({
    path,
    name: manifest.name,
    manifest: manifestText,
    kit: existsSync(own) ? own : (language.kit ?? own),
    ...(onLine && { onLine }),
  });
}

/** Folder of the kit within a node's folder. */
export const kitName = "nodekit";
