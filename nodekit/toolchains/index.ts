// Makes node folders and compiles them, in any of the languages that have a kit.

export { findProgram, runProgram, withScratch } from "./compiler.ts";
export { buildFolder, type NodeFolder, openNodeFolder } from "./folder.ts";
export type { Language } from "./language.ts";
export { languageNames, languageOf, languages } from "./languages.ts";
export { createNode, type NewNode } from "./new-node.ts";
export {
  toolchainCache,
  wasmtimeFolder,
  wasmtimeVersion,
  zigExecutable,
  zigFolder,
  zigVersion,
} from "./toolchain-cache.ts";
