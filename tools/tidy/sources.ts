// The source files of the repository and what they import, as the rules look at them.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

export interface Source {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A rule yields one line for each place that breaks it: `path: what is wrong`. */
export type Rule = (sources: readonly Source[]) => string[];

const skippedFolders = new Set(["node_modules", "dist", "generated", "coverage"]);
const sourceName = /\.(ts|mjs|js|svelte)$/;

export function readSources(root: string): Source[] {
  return namesIn(root).map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith(".") || skippedFolders.has(entry.name) ? [] : namesIn(path);
    return sourceName.test(entry.name) ? [path] : [];
  });
}

/** Tests, and what they are made with; `testing/` at the root is a package for users. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|(^|\/)(testkit|test)(\/|\.ts$)|\/testing(\/|\.ts$)/.test(path);
}

const importPattern = /^import\s(?:[^;"'`]*?from\s*)?["']([^"'\n]+)["']/gm;
const elsewherePattern = /^export\s[^;"'`]*?from\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']/gm;
/** The first line that is neither import, re-export, comment nor the inside of one of them. */
const firstStatement = /^(?!import\b|export\s+(?:type\s+)?[{*]|\/\/|\/?\*|\s|$|[}\])])/m;

/**
 * The module specifiers that a file names. Import statements count at its head alone: further down they are text, of code
 * that the file generates.
 */
export function importsOf(source: Source): string[] {
  const text = source.path.endsWith(".svelte") ? scriptsOf(source) : source.text;
  const end = text.search(firstStatement);
  const head = end === -1 ? text : text.slice(0, end);
  const matches = [...head.matchAll(importPattern), ...text.matchAll(elsewherePattern)];
  return matches.map((match) => (match[1] ?? match[2])!);
}

/** The scripts of a component, as if they were a file. */
function scriptsOf({ text }: Source): string {
  const scripts = [...text.matchAll(/^<script[^>]*>\n([\s\S]*?)^<\/script>/gm)];
  return scripts.map(([, script]) => script!.replaceAll(/^ {2}/gm, "")).join("\n");
}

/** Where a relative specifier leads, from the root. */
export function resolveRelative(source: Source, specifier: string): string {
  return normalize(join(dirname(source.path), specifier));
}
