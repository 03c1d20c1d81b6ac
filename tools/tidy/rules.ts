// The rules of the house that neither the compiler nor the linter knows. Each is a pure function over the source files, so
// that rules.test.ts can show it a file that breaks it.

import { importsOf, isTest, type Rule, type Source } from "./sources.ts";

const linesMax = 500;

/** Files that may be longer, each with the reason. An entry that is not needed any more fails. */
const longFiles: Record<string, string> = {
  "graph/errors.ts": "the one registry of error codes, a sorted list",
};

export const fileLength: Rule = (sources) => {
  const long = sources.filter((source) => lineCount(source) > linesMax);
  return [
    ...long
      .filter(({ path }) => longFiles[path] === undefined)
      .map((source) => `${source.path}: ${lineCount(source)} lines, ${linesMax} allowed`),
    ...Object.keys(longFiles)
      .filter((path) => !long.some((source) => source.path === path))
      .map((path) => `${path}: is listed as a long file and is none`),
  ];
};

export const noExportStar: Rule = (sources) =>
  placesOf(sources, /^\s*export\s*\*/, "`export *` hides what a workspace offers; name the exports");

export const noFocusedTests: Rule = (sources) =>
  placesOf(
    sources.filter(({ path }) => path.endsWith(".test.ts")),
    /\b(?:test|it|describe)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/,
    "this test would not count; inside a test, `context.skip(reason)` says why it cannot run here",
  );

/** Parts whose results depend on their arguments alone. */
const purePaths = /^(graph|fusion)\//;
const impureCalls =
  /\bMath\.random\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.(?:env|argv|cwd)\b|\bsetTimeout\(|\bconsole\./;
const pureNodeModules = new Set(["node:crypto", "node:assert"]);
/**
 * The linker runs in a process of its own, and bounds the time that it takes; the cache is on disk, and nothing of fusion
 * imports it; a generator is no part of what it generates, nor is the build of binaryen.
 */
const ioPaths = /^fusion\/(link\/|cache\/|wasi\/generate\.ts$|binaryen\/)/;

export const pureParts: Rule = (sources) => {
  const pure = sources.filter(({ path }) => purePaths.test(path) && !isTest(path) && !ioPaths.test(path));
  return [
    ...placesOf(pure, impureCalls, "graph/ and fusion/ know no clock, chance, environment or console"),
    ...pure.flatMap((source) =>
      importsOf(source)
        .filter((specifier) => specifier.startsWith("node:") && !pureNodeModules.has(specifier))
        .map((specifier) => `${source.path}: graph/ and fusion/ do no I/O, and this imports ${specifier}`),
    ),
  ];
};

/** What runs in the threads of the data plane, where a disk that is slow would hold up every flow. */
const dataPlanePaths = /^engine\/(dataplane|sinks|checkpoints|journal)\//;
/** The router's module is read once, when its thread starts; its build and the folder of checkpoints are another's, the agent's. */
const mayBlock = /^engine\/(dataplane\/router\/(router|build)|checkpoints\/checkpoint-folder)\.ts$/;

export const noBlockingIo: Rule = (sources) =>
  placesOf(
    sources.filter(({ path }) => dataPlanePaths.test(path) && !mayBlock.test(path) && !isTest(path)),
    /\w+Sync\(/,
    "the threads of the data plane wait for no disk",
  );

const codePattern = /\bFF_[A-Z]+_[A-Z0-9_]+\b/g;
const registryPath = "graph/errors.ts";

/** Every code of the registry is raised somewhere, and nothing but tests speaks of a code that is not there. */
export function errorCodes(registered: readonly string[]): Rule {
  return (sources) => {
    const raised = new Set<string>();
    const problems: string[] = [];
    for (const source of sources) {
      if (source.path === registryPath || isTest(source.path)) continue;
      for (const [code] of source.text.matchAll(codePattern)) {
        if (!registered.includes(code)) problems.push(`${source.path}: ${code} is not in ${registryPath}`);
        raised.add(code);
      }
    }
    const unused = registered.filter((code) => !raised.has(code));
    return [...problems, ...unused.map((code) => `${registryPath}: ${code} is raised nowhere`)];
  };
}

/** Packages that the registry itself lacks for some platforms: tests of the WIT contract cannot run there. */
const knownGaps = new Set(["node_modules/@bytecodealliance/jco-node-fs"]);

/**
 * npm leaves a package of another platform out of the lock file when the registry does not have it, or when it installs
 * over an existing node_modules; `npm ci` then fails on every fresh clone.
 */
export function missingPlatformPackages(
  packages: Record<string, { optionalDependencies?: Record<string, string> }>,
): string[] {
  const present = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/"))));
  const parents = Object.entries(packages).filter(([path]) => !knownGaps.has(path));
  return parents.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !present.has(`node_modules/${name}`))
      .map((name) => `package-lock.json: ${path} wants ${name}, which is not in the file`),
  );
}

/** What tools look for at the root, and what a visitor reads first; all else has a folder. */
const rootFiles = new Set([
  ...[".dockerignore", ".gitattributes", ".gitignore", ".npmrc", "Pulumi.yaml", "schema.json"],
  ...["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"],
  ...["biome.json", "knip.json", "package-lock.json", "package.json", "tsconfig.json", "vitest.config.ts"],
]);
/** How git names what an empty file holds. */
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/** Tracked files that nobody meant to keep, in what `git ls-files --stage -z` lists. */
export function strayFiles(listing: string): string[] {
  return [...listing.matchAll(/\d+ (\w+) \d\t([^\0]+)\0/g)].flatMap(([, blob, path]) => [
    ...(blob === emptyBlob ? [`${path}: is empty`] : []),
    ...(path!.includes("/") || rootFiles.has(path!) ? [] : [`${path}: does not belong at the root`]),
  ]);
}

function lineCount(source: Source): number {
  return source.text.trimEnd().split("\n").length;
}

function placesOf(sources: readonly Source[], pattern: RegExp, problem: string): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${problem}`] : [])),
  );
}
