import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { FlowFolder } from "./flow-folder.ts";

test("what flows that are gone have left is removed, and nothing else", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "ff-folder-"));
  const folder = path.join(root, "spool");
  const spools = new FlowFolder(folder);
  await spools.removeOrphans(() => false);
  for (const flow of ["boiler", "gone"]) {
    await mkdir(path.join(folder, flow, "out"), { recursive: true });
    await writeFile(path.join(folder, flow, "out", "000000000002.seg"), "x");
  }
  await spools.removeOrphans((flow) => flow === "boiler");
  expect(await readdir(folder, { recursive: true })).toEqual(["boiler", "boiler/out", "boiler/out/000000000002.seg"]);
  await spools.forget("boiler");
  await spools.forget("boiler");
  expect(await readdir(folder)).toEqual([]);
  await rm(root, { recursive: true });
});

test("files are told by what follows the flow's name, and others are left alone", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "ff-folder-"));
  const letters = new FlowFolder(folder, ".journal");
  for (const name of ["boiler.journal", "gone.journal", "notes.txt"]) await writeFile(path.join(folder, name), "x");
  await letters.removeOrphans((flow) => flow === "boiler");
  await letters.forget("boiler");
  await letters.forget("notes");
  expect(await readdir(folder)).toEqual(["notes.txt"]);
  await rm(folder, { recursive: true });
});
