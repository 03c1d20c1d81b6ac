import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseManifest } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFolder, openNodeFolder } from "./folder.ts";
import { languages } from "./languages.ts";
import { createNode } from "./new-node.ts";

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "flowfusion-new-"));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

describe.each(languages)("a new node in $title", (language) => {
  it("is a folder that stands alone, under its own name", async () => {
    const folder = path.join(scratch, "my-node_2");
    const files = await createNode({ path: folder, name: "my-node_2", language });
    expect(files).toContain(language.marker);
    const manifest = parseManifest(await readFile(path.join(folder, "manifest.json")));
    expect(manifest.name).toBe("my-node_2");
    expect(await openNodeFolder(folder)).toMatchObject({ language, manifest });
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const text = await readFile(path.join(file.parentPath, file.name), "utf8");
      expect(text, file.name).not.toMatch(/\.\.\/\.\.\/\.\.|moving_average_|NAME/);
    }
  });

  it("brings nothing that builds leave behind", async () => {
    const folder = path.join(scratch, "clean");
    await createNode({ path: folder, name: "clean", language });
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => /(^|\/)(dist|target|Cargo\.lock|go\.sum)$/.test(name))).toEqual([]);
  });
});

describe("createNode", () => {
  const c = languages.find(({ name }) => name === "c")!;

  it.each(["Smooth", "2nd", "", "a b", "../x", "a".repeat(64)])(
    "refuses the name %j and makes nothing",
    async (name) => {
      const folder = path.join(scratch, "x");
      await expect(createNode({ path: folder, name, language: c })).rejects.toMatchObject({ code: "FF_NODE_FOLDER" });
      expect(existsSync(folder)).toBe(false);
    },
  );

  it("leaves a folder alone that exists", async () => {
    await expect(createNode({ path: scratch, name: "x", language: c })).rejects.toMatchObject({
      code: "FF_NODE_FOLDER",
    });
    expect(await readdir(scratch)).toEqual([]);
  });
});

describe("openNodeFolder", () => {
  it("says what is missing", async () => {
    await expect(openNodeFolder(scratch)).rejects.toMatchObject({
      code: "FF_NODE_FOLDER",
      message: expect.stringContaining("manifest.json cannot be read"),
    });
    const folder = path.join(scratch, "n");
    await createNode({ path: folder, name: "n", language: languages.find(({ name }) => name === "c")! });
    await rm(path.join(folder, "node.c"));
    await expect(openNodeFolder(folder)).rejects.toMatchObject({
      code: "FF_NODE_FOLDER",
      message: expect.stringContaining("has none of node.ts, node.c, Cargo.toml, go.mod, node.zig"),
    });
    await writeFile(path.join(folder, "manifest.json"), "{}");
    await expect(openNodeFolder(folder)).rejects.toMatchObject({ code: "FF_MODULE_MANIFEST" });
  });
});

describe("buildFolder", () => {
  // AssemblyScript's compiler is always there; Go is looked for where its installer puts it, too.
  it.each(languages.filter(({ name }) => name !== "as" && name !== "go"))(
    "says what to install where the compiler of $title is missing",
    async (language) => {
      const folder = path.join(scratch, "n");
      await createNode({ path: folder, name: "n", language });
      const opened = await openNodeFolder(folder);
      const before = { ...process.env };
      // The folders where installers put compilers beside PATH are under HOME or known by name.
      Object.assign(process.env, { PATH: scratch, HOME: scratch, FLOWFUSION_CACHE: scratch });
      try {
        await expect(buildFolder(opened)).rejects.toMatchObject({ code: "FF_NODE_TOOLCHAIN" });
      } finally {
        Object.assign(process.env, before);
      }
    },
  );

  it("shows a compiler's own words when it refuses the source", async () => {
    const folder = path.join(scratch, "n");
    await createNode({ path: folder, name: "n", language: languages[0]! });
    await writeFile(path.join(folder, "node.ts"), "export function handle(port: u32, message: Message): void { oops }");
    await expect(buildFolder(await openNodeFolder(folder))).rejects.toMatchObject({
      code: "FF_NODE_BUILD",
      message: expect.stringContaining("oops"),
    });
  });
});
