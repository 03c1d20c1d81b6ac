// What a command writes: whole or not at all, also when the power goes right after it has said so.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeOutput } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "ff-files-")));
});
afterEach(() => rm(folder, { recursive: true }));

test("a file is on disk before it has its name, and the name is on disk before the command goes on", async (context) => {
  if (spawnSync("strace", ["-D", "true"]).status !== 0) context.skip("strace is not installed, or may not trace here");
  const [trace, file] = [join(folder, "trace"), join(folder, "a.backup")];
  const program = `
    import { writeOutput } from ${JSON.stringify(join(import.meta.dirname, "files.ts"))};
    await writeOutput(process.argv[1], Buffer.from("content"), 0o600);`;
  const calls = "trace=fsync,fdatasync,rename,renameat,renameat2";
  const node = [process.execPath, "--input-type=module", "--eval", program, file];
  execFileSync("strace", ["-f", "-y", "-qq", "-e", calls, "-o", trace, ...node], { cwd: import.meta.dirname });
  const lines = (await readFile(trace, "utf8")).split("\n").filter((line) => line.includes(folder));
  const names = lines.map((line) => [
    /(fsync|fdatasync|rename)/.exec(line)?.[1],
    ...[...line.matchAll(/[<"]([^>"]+)[>"]/g)].map(([, path]) => path!.replace(/\.\d+\.new$/, ".new")),
  ]);
  expect(names).toEqual([
    ["fsync", `${file}.new`],
    ["rename", `${file}.new`, file],
    ["fsync", folder],
  ]);
  expect(await readFile(file, "utf8")).toBe("content");
});

test("what cannot be written leaves what is there, and nothing half-written", async () => {
  const file = join(folder, "taken", "a.backup");
  await writeFile(join(folder, "taken"), "before");
  await symlink(join(folder, "nowhere"), join(folder, "link"));
  for (const path of [file, join(folder, "link", "a")]) {
    await expect(writeOutput(path, Buffer.from("x"))).rejects.toMatchObject({
      code: "FF_CLI_FILE",
      message: expect.stringContaining(`${path}: cannot be written: `),
    });
  }
  expect((await readdir(folder)).sort()).toEqual(["link", "taken"]);
  expect(await readFile(join(folder, "taken"), "utf8")).toBe("before");
});
