// Makes node folders and compiles them, in any of the languages that have a kit.

export { buildFolder, type NodeFolder, openNodeFolder } from "./folder.ts";
export { type Language, languageNames, languageOf, languages } from "./languages.ts";
export { createNode, type NewNode } from "./new-node.ts";
export { toolchainCache, zigVersion } from "./toolchain-cache.ts";
