// Which part may import which: the table of docs/architecture/overview.md, made to hold. A part is the workspace folder; what a part
// imports from another goes through the names that the other's package.json exports.

import { importsOf, isTest, type Rule, resolveRelative, type Source } from "./sources.ts";

export interface Workspace {
  /** Folder from the root. */
  readonly folder: string;
  readonly name: string;
  /** The keys of package.json's `exports`: ".", "./assembly". */
  readonly exports: readonly string[];
}

export const everything = "everything";

/** Build scripts and bundles may import the tools, tests any part but those that `never` names; they are at the top of the graph. */
export const mayImport: Record<string, readonly string[] | typeof everything> = {
  proto: [],
  graph: ["proto"],
  fusion: ["graph"],
  "nodekit/assemblyscript": [],
  "nodekit/toolchains": ["graph", "nodekit/assemblyscript"],
  nodes: ["graph", "fusion", "nodekit/assemblyscript"],
  transport: [],
  testkit: [],
  "drivers/kit": ["proto", "transport"],
  "drivers/simulator": ["proto", "transport", "drivers/kit"],
  "drivers/modbus": ["proto", "transport", "drivers/kit"],
  "drivers/opcua": ["proto", "transport", "drivers/kit"],
  "drivers/mqtt": ["proto", "transport", "drivers/kit"],
  "drivers/replay": ["graph", "proto", "drivers/kit"],
  "drivers/catalog": [
    ...["drivers/kit", "drivers/simulator", "drivers/modbus"],
    ...["drivers/opcua", "drivers/mqtt", "drivers/replay"],
  ],
  client: ["graph"],
  engine: ["graph", "fusion", "proto", "transport", "drivers/kit", "drivers/catalog", "drivers/replay"],
  console: ["graph", "fusion", "client", "sdk"],
  sdk: ["graph"],
  testing: ["graph", "fusion", "nodes", "sdk", "drivers/replay"],
  provider: ["graph", "fusion", "client", "nodes", "proto", "drivers/kit", "drivers/catalog"],
  cli: everything,
  bench: everything,
  test: everything,
  tools: everything,
  "examples/fleet": ["sdk"],
  "examples/quickstart": ["sdk"],
  "examples/custom-node": ["sdk", "nodekit/assemblyscript"],
  "examples/alarm-mqtt": ["sdk"],
  "examples/modbus-line": ["sdk"],
  "examples/policy": [],
};

/** Holds for tests too. */
const never: Record<string, readonly string[]> = {
  graph: ["engine", "provider", "cli"],
  fusion: ["engine", "provider", "cli"],
  engine: ["provider", "console", "cli"],
  cli: ["console"],
};

/** Within a workspace: what runs in the data plane's threads knows nothing of the agent's HTTP and storage. */
const neverWithin: Record<string, readonly string[]> = {
  "engine/dataplane": ["engine/agent", "engine/store"],
  "engine/sinks": ["engine/agent", "engine/store"],
  "engine/store": ["engine/agent"],
};

/** Contracts at the root that belong to no workspace. */
const sharedFiles = new Set(["schema.json"]);

/** Packages that say what a part is about; elsewhere they are a sign of a wrong place. */
const reservedFor: Record<string, readonly string[]> = {
  "@pulumi/pulumi": [
    "sdk",
    "testing",
    "provider",
    "tools",
    "test",
    "examples/fleet",
    "examples/quickstart",
    "examples/custom-node",
    "examples/alarm-mqtt",
    "examples/modbus-line",
  ],
  "@grpc/grpc-js": ["provider", "tools"],
  fastify: ["engine"],
  binaryen: ["fusion", "cli", "bench"],
};

export function importDirections(workspaces: readonly Workspace[]): Rule {
  return (sources) => {
    const unlisted = workspaces.filter(({ folder }) => mayImport[folder] === undefined);
    return [
      ...unlisted.map(({ folder }) => `${folder}: the import table has no line for this workspace`),
      ...sources.flatMap((source) =>
        importsOf(source).flatMap((specifier) => problemsOf(source, specifier, workspaces)),
      ),
    ];
  };
}

function problemsOf(source: Source, specifier: string, workspaces: readonly Workspace[]): string[] {
  const from = workspaces.find(({ folder }) => isInside(source.path, folder));
  if (from === undefined) return [];
  if (specifier.startsWith(".")) {
    const target = resolveRelative(source, specifier);
    if (sharedFiles.has(target)) return [];
    if (isInside(target, from.folder)) return withinProblems(source, target);
    return [`${source.path}: "${specifier}" reaches into another workspace`];
  }
  const to = workspaces.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (to === undefined) return reservedProblems(source, specifier, from);
  if (to === from) return [];

  const problems: string[] = [];
  const subpath = `.${specifier.slice(to.name.length)}`;
  if (!to.exports.includes(subpath)) problems.push(`${source.path}: "${specifier}" is not exported by ${to.folder}`);
  const allowed = mayImport[from.folder] ?? [];
  const isBuild = /\/(build|bundle)\.ts$/.test(source.path) && to.folder === "tools";
  const isAllowed = allowed === everything || allowed.includes(to.folder) || isTest(source.path) || isBuild;
  if (!isAllowed || (never[from.folder] ?? []).includes(to.folder)) {
    problems.push(`${source.path}: ${from.folder} may not import ${to.folder}`);
  }
  return problems;
}

function withinProblems(source: Source, target: string): string[] {
  if (isTest(source.path)) return [];
  return Object.entries(neverWithin).flatMap(([folder, forbidden]) =>
    isInside(source.path, folder)
      ? forbidden
          .filter((other) => isInside(target, other))
          .map((other) => `${source.path}: ${folder} may not import ${other}`)
      : [],
  );
}

function reservedProblems(source: Source, specifier: string, from: Workspace): string[] {
  const found = Object.entries(reservedFor).find(([name]) => specifier === name || specifier.startsWith(`${name}/`));
  if (found === undefined || found[1].includes(from.folder) || isTest(source.path)) return [];
  return [`${source.path}: ${found[0]} is for ${found[1].join(", ")}`];
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
