import { describe, expect, test } from "vitest";
import { noCircles } from "./circles.ts";
import { importDirections } from "./imports.ts";
import {
  errorCodes,
  fileLength,
  missingPlatformPackages,
  noBlockingIo,
  noExportStar,
  noFocusedTests,
  pureParts,
  strayFiles,
} from "./rules.ts";
import { importsOf, type Source } from "./sources.ts";

function source(path: string, ...lines: string[]): Source {
  return { path, text: lines.join("\n") };
}

describe("the imports of a file", () => {
  test.each([
    { line: 'import { a } from "x";', expected: ["x"] },
    { line: 'import type { A } from "./x.ts";', expected: ["./x.ts"] },
    { line: 'import {\n  a,\n  b,\n} from "x";', expected: ["x"] },
    { line: 'import "x";', expected: ["x"] },
    { line: 'export { a } from "x";', expected: ["x"] },
    { line: 'const a = await import("x");', expected: ["x"] },
    { line: 'const text = "taken from \\"x\\"";', expected: [] },
    { line: '// Why.\n\nimport { a } from "x";\nimport b from "y";\n\nconst c = 1;', expected: ["x", "y"] },
    { line: 'const generated = `\nimport { a } from "x";`;', expected: [] },
    { line: 'export type { A } from "x";\nexport { b } from "y";', expected: ["x", "y"] },
  ])("are found in $line", ({ line, expected }) => {
    expect(importsOf(source("a.ts", line))).toEqual(expected);
  });
});

test("the imports of a component are those of its scripts", () => {
  const component = source(
    "a.svelte",
    "<script>",
    '  import A from "./A.svelte";',
    "</script>",
    'import "x";',
    "<A />",
  );
  expect(importsOf(component)).toEqual(["./A.svelte"]);
});

describe("import directions", () => {
  const workspaces = [
    { folder: "graph", name: "@flowfusion/graph", exports: ["."] },
    { folder: "fusion", name: "@flowfusion/fusion", exports: ["."] },
    { folder: "engine", name: "@flowfusion/engine", exports: ["."] },
    { folder: "provider", name: "@flowfusion/provider", exports: ["."] },
  ];
  const rule = importDirections(workspaces);

  test.each([
    ["fusion/a.ts", 'import { x } from "@flowfusion/graph";'],
    ["fusion/glue/a.ts", 'import { x } from "../b.ts";'],
    ["graph/a.test.ts", 'import { fuse } from "@flowfusion/fusion";'],
  ])("%s may say %s", (path, line) => {
    expect(rule([source(path, line)])).toEqual([]);
  });

  test.each([
    ["graph/a.ts", 'import { x } from "@flowfusion/fusion";', "graph may not import fusion"],
    ["fusion/a.ts", 'import { x } from "@flowfusion/graph/digest.ts";', "is not exported by graph"],
    ["fusion/a.ts", 'import { x } from "../graph/digest.ts";', "reaches into another workspace"],
    ["engine/a.test.ts", 'import { x } from "@flowfusion/provider";', "engine may not import provider"],
    ["engine/dataplane/a.ts", 'import { x } from "../agent/b.ts";', "engine/dataplane may not import engine/agent"],
    ["graph/a.ts", 'import { Server } from "@grpc/grpc-js";', "@grpc/grpc-js is for"],
  ])("%s may not say %s", (path, line, problem) => {
    expect(rule([source(path, line)])).toEqual([expect.stringContaining(problem)]);
  });

  test("a workspace without a line in the table is named", () => {
    const added = importDirections([{ folder: "new", name: "@flowfusion/new", exports: ["."] }]);
    expect(added([])).toEqual([expect.stringContaining("new: the import table has no line")]);
  });
});

describe("circles of imports", () => {
  const rule = noCircles(["cli", "console"]);

  test("are found between folders, straight and round about, and between a folder and a file beside it", () => {
    const straight = [source("cli/a/x.ts", 'import "../b/y.ts";'), source("cli/b/z.ts", 'import "../a/x.ts";')];
    expect(rule(straight)).toEqual(["cli/a, cli/b: import each other"]);
    const roundAbout = [...straight.slice(0, 1), source("cli/b/y.ts", 'import "../c.ts";')];
    expect(rule([...roundAbout, source("cli/c.ts", 'import "./a/x.ts";')])).toEqual([
      "cli/a, cli/b, cli/c.ts: import each other",
    ]);
    const below = [
      source("console/src/a/x.ts", 'import "../b/y.ts";'),
      source("console/src/b/y.ts", 'import "../a/x.ts";'),
    ];
    expect(rule(below)).toEqual(["console/src/a, console/src/b: import each other"]);
  });

  test("are none within a folder, in one direction, or through a test", () => {
    expect(
      rule([
        source("cli/a/x.ts", 'import "./y.ts";', 'import "../b/y.ts";'),
        source("cli/a/y.ts", 'import "./x.ts";'),
        source("cli/b/y.test.ts", 'import "../a/x.ts";'),
      ]),
    ).toEqual([]);
  });
});

test("a file of 501 lines is too long, one of 500 is not, nor is the registry of errors", () => {
  const lines = Array.from({ length: 501 }, () => "x");
  const sources = [source("a.ts", ...lines), source("b.ts", ...lines.slice(1)), source("graph/errors.ts", ...lines)];
  expect(fileLength(sources)).toEqual(["a.ts: 501 lines, 500 allowed"]);
});

test("`export *` is found", () => {
  expect(noExportStar([source("a.ts", "", 'export * from "./b.ts";')])).toEqual([expect.stringMatching(/^a\.ts:2: /)]);
});

test.each(["only", "skip", "todo", "concurrent.only"])("a test with .%s is found", (modifier) => {
  expect(noFocusedTests([source("a.test.ts", `test.${modifier}("x", () => {});`)])).toHaveLength(1);
});

test("blocking calls are found where flows run, and there alone", () => {
  const text = "const names = readdirSync(folder);";
  expect(noBlockingIo([source("engine/sinks/a.ts", text)])).toHaveLength(1);
  expect(noBlockingIo([source("engine/store/a.ts", text), source("engine/sinks/a.test.ts", text)])).toEqual([]);
});

test.each(["Math.random()", "Date.now()", "performance.now()", "process.env.HOME", "console.log(1)"])(
  "%s is not pure",
  (call) => {
    expect(pureParts([source("graph/a.ts", `const x = ${call};`)])).toHaveLength(1);
    expect(pureParts([source("engine/a.ts", `const x = ${call};`)])).toEqual([]);
  },
);

test("a pure part that imports a module for I/O is named", () => {
  expect(pureParts([source("fusion/a.ts", 'import { readFile } from "node:fs/promises";')])).toHaveLength(1);
});

test("an unknown error code and an unused one are named", () => {
  const sources = [
    source("engine/a.ts", '"FF_API_KNOWN", "FF_API_UNKNOWN"'),
    source("engine/a.test.ts", "FF_API_UNUSED"),
  ];
  expect(errorCodes(["FF_API_KNOWN", "FF_API_UNUSED"])(sources)).toEqual([
    "engine/a.ts: FF_API_UNKNOWN is not in graph/errors.ts",
    "graph/errors.ts: FF_API_UNUSED is raised nowhere",
  ]);
});

test("a tracked file that is empty, or that does not belong at the root, is found", () => {
  const empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  const full = "9de4bc425475020658b51a2ed4948d7e31457c27";
  const listing = `100644 ${empty} 0\t:memory:\0` + `100644 ${full} 0\tREADME.md\0` + `100644 ${empty} 0\tgraph/a.ts\0`;
  expect(strayFiles(listing)).toEqual([
    ":memory:: is empty",
    ":memory:: does not belong at the root",
    "graph/a.ts: is empty",
  ]);
});

test("a lock file without a package of another platform is found", () => {
  const packages = {
    "node_modules/a": { optionalDependencies: { "@a/darwin": "1.0.0", "@a/linux": "1.0.0" } },
    "node_modules/@a/linux": {},
  };
  expect(missingPlatformPackages(packages)).toEqual([expect.stringContaining("@a/darwin")]);
});
