import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);

let scratch: string;
const project = () => path.join(scratch, "project");
const program = () => path.join(scratch, "installed", "program.ts");

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-project-"));
  const compiler = path.join(project(), "node_modules", "some-compiler");
  await mkdir(path.join(project(), "nodes", "mean"), { recursive: true });
  await mkdir(path.dirname(program()));
  await mkdir(compiler, { recursive: true });
  const manifest = { name: "some-compiler", type: "module", exports: { "./asc": { import: "./asc.js" } } };
  await writeFile(path.join(compiler, "package.json"), JSON.stringify(manifest));
  await writeFile(path.join(compiler, "asc.js"), "export const compile = 1;");
  const module = path.join(import.meta.dirname, "project-package.ts");
  await writeFile(
    program(),
    `import { projectPackage } from ${JSON.stringify(module)};
     const found = projectPackage("some-compiler", () => import("some-compiler/asc"));
     console.log(JSON.stringify(await found.catch(({ code, message }) => ({ code, message }))));`,
  );
});
afterAll(() => rm(scratch, { recursive: true }));

async function foundIn(folder: string): Promise<unknown> {
  return JSON.parse((await run(process.execPath, [program()], { cwd: folder })).stdout);
}

it("finds a compiler in the project around the folder, where none is beside the program", async () => {
  expect(await foundIn(path.join(project(), "nodes", "mean"))).toEqual({ compile: 1 });
});

it("says what to install where neither has it", async () => {
  expect(await foundIn(scratch)).toEqual({
    code: "FF_PACKAGE_MISSING",
    message: "this needs the package some-compiler: run `npm install some-compiler`",
  });
});
