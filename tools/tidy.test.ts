// The rules of the house, held against the whole tree. Each failure lists the places and says how to mend them.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorRegistry } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { driverPages, driverPagesFolder } from "./docs/drivers.ts";
import { errorPage, errorPagePath } from "./docs/errors.ts";
import { nodePages, nodePagesFolder } from "./docs/nodes.ts";
import { resourcePages, resourcePagesFolder } from "./docs/resources.ts";
import { noCircles } from "./tidy/circles.ts";
import { everything, importDirections, mayImport, type Workspace } from "./tidy/imports.ts";
import {
  errorCodes,
  fileLength,
  missingPlatformPackages,
  noBlockingIo,
  noExportStar,
  noFocusedTests,
  pureParts,
  strayFiles,
} from "./tidy/rules.ts";
import { type Rule, readSources } from "./tidy/sources.ts";

const root = dirname(import.meta.dirname);
const sources = readSources(root);

const workspaces = readWorkspaces();

const rules: { title: string; rule: Rule; mend: string }[] = [
  {
    title: "every import goes in the direction that the architecture allows, through a public surface",
    rule: importDirections(workspaces),
    mend: "move the code to where it may import this, or export it from the other workspace's index.ts; the table is in tools/tidy/imports.ts",
  },
  {
    title: "no folders of a workspace import each other",
    rule: noCircles(workspaces.map(({ folder }) => folder)),
    mend: "move what both need below them, or what needs both above",
  },
  {
    title: "no file is too long",
    rule: fileLength,
    mend: "split the file by concept; where one file is truly clearer, list it with the reason in tools/tidy/rules.ts",
  },
  { title: "no file exports a star", rule: noExportStar, mend: "list the exported names" },
  {
    title: "no test is focused or skipped in its source",
    rule: noFocusedTests,
    mend: "remove the modifier; a test that cannot run on some machine calls context.skip with the reason",
  },
  {
    title: "graph/ and fusion/ are pure",
    rule: pureParts,
    mend: "take the value as a parameter, and do the I/O in the workspace that calls",
  },
  {
    title: "no flow waits for a disk",
    rule: noBlockingIo,
    mend: "await a promise, or have the agent tell what it knows already, as `Recovered` does",
  },
  {
    title: "every error code is in the registry and raised somewhere",
    rule: errorCodes(Object.keys(errorRegistry)),
    mend: "add the code to graph/errors.ts, or remove the entry that nothing raises",
  },
];

test.each(rules)("$title", ({ rule, mend }) => {
  expect(rule(sources), `How to mend: ${mend}`).toEqual([]);
});

test("the page of errors says what the registry says", () => {
  const path = join(root, errorPagePath);
  const present = existsSync(path) ? readFileSync(path, "utf8") : "";
  expect(present === errorPage(), "How to mend: node tools/docs/errors.ts").toBe(true);
});

const generated = [
  { what: "nodes", folder: nodePagesFolder, pages: nodePages, mend: "node tools/docs/nodes.ts" },
  { what: "drivers", folder: driverPagesFolder, pages: driverPages, mend: "node tools/docs/drivers.ts" },
  { what: "resources", folder: resourcePagesFolder, pages: resourcePages, mend: "node tools/docs/resources.ts" },
];

test.each(generated)("the pages of $what say what they are written from", ({ folder, pages, mend }) => {
  const path = join(root, folder);
  const names = existsSync(path) ? readdirSync(path) : [];
  const present = new Map(names.map((name) => [name, readFileSync(join(path, name), "utf8")] as const));
  const wanted = pages();
  const stale = [...new Set([...names, ...wanted.keys()])].filter((name) => present.get(name) !== wanted.get(name));
  expect(stale, `How to mend: ${mend}`).toEqual([]);
});

test("the overview says what may import what", () => {
  const overview = readFileSync(join(root, "docs/architecture/overview.md"), "utf8");
  const namesIn = (cell: string) => [...cell.matchAll(/`([\w/]+?)\/?`/g)].map(([, name]) => name!);
  const told = [...overview.matchAll(/^\| (`[^|]+\/`) \| [^|]+ \| ([^|]+) \|$/gm)].flatMap(([, folders, imports]) =>
    namesIn(folders!).map(
      (folder) => [folder, /^all\b/.test(imports!) ? everything : namesIn(imports!).sort()] as const,
    ),
  );
  const allowed = Object.entries(mayImport)
    .filter(([folder]) => !folder.startsWith("examples/"))
    .map(([folder, others]) => [folder, others === everything ? everything : [...others].sort()] as const);
  expect(Object.fromEntries(told.filter(([folder]) => folder !== "wit"))).toEqual(Object.fromEntries(allowed));
});

test("nothing is tracked that nobody meant to keep", (context) => {
  if (!existsSync(join(root, ".git"))) return context.skip("not a clone");
  const listing = execFileSync("git", ["ls-files", "--stage", "-z"], { cwd: root, encoding: "utf8" });
  expect(strayFiles(listing), "How to mend: git rm; what belongs at the root is in tools/tidy/rules.ts").toEqual([]);
});

test("the lock file holds the packages of every platform", () => {
  const { packages } = readJson("package-lock.json") as { packages: Parameters<typeof missingPlatformPackages>[0] };
  expect(
    missingPlatformPackages(packages),
    "How to mend: take a version whose packages the registry has for all platforms, remove the package from node_modules, install again",
  ).toEqual([]);
});

function readWorkspaces(): Workspace[] {
  const { workspaces } = readJson("package.json") as { workspaces: string[] };
  return workspaces.map((folder) => {
    const manifest = readJson(`${folder}/package.json`) as { name: string; exports?: Record<string, string> };
    return { folder, name: manifest.name, exports: Object.keys(manifest.exports ?? {}) };
  });
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}
