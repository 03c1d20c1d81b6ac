// `flowfusion node` as scripts meet it: help, exit codes, JSON and errors, with the AssemblyScript node, which needs no
// toolchain.

import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { readModule } from "@flowfusion/fusion";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flowfusion, run } from "./flowfusion.ts";

const root = path.join(import.meta.dirname, "../..");

let scratch: string;
let folder: string;
let wasm: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-commands-"));
  folder = path.join(scratch, "smooth");
  wasm = path.join(folder, "dist", "smooth.wasm");
  expect(await flowfusion(["node", "new", folder, "--lang", "as"])).toMatchObject({ code: 0 });
  expect(await flowfusion(["node", "build", folder])).toMatchObject({ code: 0, stderr: "" });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("every command of flowfusion node", () => {
  test.each(["new", "build", "test", "pack", "inspect", "types"])(
    "%s has a help that says how it is used",
    async (name) => {
      const { code, stdout, stderr } = await flowfusion(["node", name, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: flowfusion node ${name} `));
    },
  );

  const wrong: [args: string[], says: string][] = [
    [[], "Commands:"],
    [["knit"], "there is no command knit"],
    [["new"], "NAME is missing"],
    [["new", "x"], "--lang is missing: one of as, c, rust"],
    [["new", "x", "--lang", "cobol"], "--lang cobol: one of as"],
    [["build", "a", "b"], "one FOLDER expected, 2 given"],
    [["bild"], "there is no command bild, did you mean `build`? See flowfusion node --help."],
    [["test", "--tabel", "x"], "Unknown option '--tabel', did you mean `--table`? See flowfusion node test --help."],
    [["test", "--verbatim"], "Unknown option '--verbatim'. See flowfusion node test --help."],
    [["pack"], "FILE.wasm is missing. See flowfusion node pack --help."],
  ];
  test.each(wrong)("%j is an error of use, exit code 2", async (args, says) => {
    const { code, stdout, stderr } = await flowfusion(["node", ...args]);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(says);
  });

  const failing: [args: string[], says: string][] = [
    [["build", "/nowhere"], "/nowhere/manifest.json cannot be read"],
    [["pack", "/nowhere.wasm"], "[FF_CLI_FILE]"],
    [["pack", import.meta.filename], "not a WebAssembly module"],
    [["types", import.meta.filename], "[FF_MODULE_MALFORMED]"],
  ];
  test.each(failing)("%j fails with exit code 1 and a code", async (args, says) => {
    const { code, stderr } = await flowfusion(["node", ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/\[FF_[A-Z_]+\]/);
  });
});

test.each(["--version", "-v", "version"])("flowfusion %s prints the version alone", async (given) => {
  const { version } = JSON.parse(await readFile(path.join(root, "cli/package.json"), "utf8"));
  expect(await flowfusion([given])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("flowfusion node test", () => {
  test("prints results as JSON, failures with what was expected and what came", async () => {
    const table = path.join(scratch, "wrong.json");
    const steps = [{ in: { value: 1 }, out: [{ value: 2 }, { value: 3 }] }];
    await writeFile(table, JSON.stringify({ cases: [{ title: "is wrong", props: { size: 1 }, steps }] }));
    const { code, stdout } = await flowfusion(["node", "test", folder, "--table", table, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 0,
      failed: 1,
      cases: [
        {
          title: "is wrong",
          failure: {
            step: 1,
            expected: [
              { port: "out", value: 2 },
              { port: "out", value: 3 },
            ],
            actual: [{ port: "out", value: 1 }],
          },
        },
      ],
    });
  });

  test("names a table that is not there once", async () => {
    const { code, stderr } = await flowfusion(["node", "test", folder, "--table", "/nowhere.json"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^flowfusion node test: \/nowhere\.json: cannot be read: ENOENT/),
    });
  });

  test("says what to do when the node is not built", async () => {
    const fresh = path.join(scratch, "fresh");
    await flowfusion(["node", "new", fresh, "--lang", "as"]);
    const { code, stderr } = await flowfusion(["node", "test", fresh]);
    expect(code).toBe(1);
    expect(stderr).toContain(`run flowfusion node build ${fresh} first`);
  });
});

describe("flowfusion node pack", () => {
  test("puts a manifest in, and leaves the file alone when it is refused", async () => {
    const target = path.join(scratch, "packed.wasm");
    await copyFile(wasm, target);
    const manifest = path.join(scratch, "manifest.json");
    const text = await readFile(path.join(folder, "manifest.json"), "utf8");
    await writeFile(manifest, text.replace('"smooth"', '"renamed"'));
    const packed = await flowfusion(["node", "pack", target, "-m", manifest, "--json"]);
    expect(JSON.parse(packed.stdout)).toMatchObject({ output: target, name: "renamed" });
    expect((await readModule(await readFile(target))).manifest.name).toBe("renamed");

    const before = await readFile(target);
    await writeFile(manifest, "{}");
    expect(await flowfusion(["node", "pack", target, "-m", manifest])).toMatchObject({ code: 1 });
    expect((await readFile(target)).equals(before)).toBe(true);
  });
});

test.each(["as", "c"])(
  "the built command line makes, builds and tests a node in %s, named by a relative path",
  async (lang) => {
    const bin = path.join(root, "cli/bin/flowfusion.mjs");
    const command = (...args: string[]) => run(process.execPath, [bin, "node", ...args], scratch);
    expect(await command("new", `built_${lang}`, "--lang", lang)).toMatchObject({ code: 0, stderr: "" });
    expect(await command("build", `built_${lang}`)).toMatchObject({ code: 0, stderr: "" });
    expect(await command("test", `built_${lang}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("7 passed, 0 failed"),
    });
  },
);

test("flowfusion node types writes a builder that refuses wrong ports and properties", async () => {
  // Inside the repository, so that packages resolve to it.
  await mkdir(path.join(root, ".flowfusion"), { recursive: true });
  const project = await mkdtemp(path.join(root, ".flowfusion", "types-"));
  try {
    const target = path.join(project, "smooth.ts");
    expect(await flowfusion(["node", "types", wasm, "-o", target, "--asset", "smooth.wasm"])).toMatchObject({
      code: 0,
    });
    const lines = [
      'import * as ff from "@flowfusion/sdk";',
      'import { smooth } from "./smooth.ts";',
      "export const flow = new ff.Flow('f', {",
      "  gateway: { endpoint: 'http://127.0.0.1:7480', token: 't' },",
      "  nodes: { in: ff.tagInput({ tags: ['#'] }), mean: smooth({ size: 5 }), out: ff.file({ path: 'x' }) },",
      "  wires: (n) => [n.in.out.to(n.mean.in), n.mean.out.to(n.out.in)],",
      "});",
      "// @ts-expect-error a property of the wrong type",
      "smooth({ size: 'five' });",
      "// @ts-expect-error a property that the node does not have",
      "smooth({ size: 5, width: 2 });",
      "// @ts-expect-error a property that is missing",
      "smooth({});",
    ];
    await writeFile(path.join(project, "program.ts"), lines.join("\n"));
    await writeFile(path.join(project, "package.json"), '{ "type": "module" }');
    const config = { extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] };
    await writeFile(path.join(project, "tsconfig.json"), JSON.stringify(config));
    const tsc = promisify(execFile)(path.join(root, "node_modules/.bin/tsc"), ["-p", project, "--pretty", "false"]);
    await expect(
      tsc.then(
        () => "",
        (error: { stdout: string }) => error.stdout,
      ),
    ).resolves.toBe("");
  } finally {
    await rm(project, { recursive: true });
  }
});
