import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dispatch } from "../../dispatch.ts";
import { importCommands } from "../import.ts";

const fixture = (name: string) => path.join(import.meta.dirname, `../../node-red/fixtures/${name}.json`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-import-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The command as it is typed. */
async function imported(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      streams[name] += String(text);
      return true;
    }),
  );
  try {
    const listed = [{ name: "import", summary: "", load: async () => importCommands }];
    return { code: await dispatch("flowfusion", listed, ["import", "node-red", ...args]), ...streams };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe("flowfusion import node-red", () => {
  test("makes a project of an export, and says how to go on", async () => {
    const project = path.join(folder, "plant");
    const { code, stdout, stderr } = await imported(fixture("boiler-house"), "-o", project);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("12 nodes of Node-RED: 10 taken over, 0 to do, 2 left out.");
    expect((await readdir(project)).sort()).toEqual(["Pulumi.yaml", "index.ts", "package.json"]);
    expect(await readFile(path.join(project, "Pulumi.yaml"), "utf8")).toContain("name: plant\n");
    const program = await readFile(path.join(project, "index.ts"), "utf8");
    expect(program).toContain('new ff.Driver("plant", {');
    expect(program).toContain('url: "mqtt://broker.plant.example:1883"');
  });

  test("writes over nothing unless told to, and then all of it", async () => {
    const project = path.join(folder, "twice");
    await imported(fixture("boiler-house"), "-o", project);
    const again = await imported(fixture("modbus-line"), "-o", project);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is there already; --force writes over it"),
    });
    expect(await readFile(path.join(project, "index.ts"), "utf8")).toContain("boiler-house");
    expect(await imported(fixture("modbus-line"), "-o", project, "--force")).toMatchObject({ code: 0 });
    expect(await readFile(path.join(project, "index.ts"), "utf8")).toContain("line-4");
  });

  test("prints the program where no folder is named, and the report beside it", async () => {
    const { code, stdout, stderr } = await imported(fixture("modbus-line"));
    expect([code, stdout.split("\n")[0]]).toEqual([0, 'import * as ff from "@flowfusion/sdk";']);
    expect(stderr).toContain("10 nodes of Node-RED: 10 taken over");
  });

  test("ends with 3 when something is to do, and names it for programs", async () => {
    const { code, stdout } = await imported(fixture("to-do"), "-o", path.join(folder, "todo"), "--json");
    const { todo, mapped, files } = JSON.parse(stdout);
    expect([code, mapped, todo.length, files.length]).toEqual([3, 4, 11, 3]);
    expect(todo[0]).toEqual({
      ...{ id: "o002", type: "function", name: "total", tab: "Odds and ends" },
      reasons: ["it keeps state in context, which needs a node of your own"],
    });
  });

  test.each<[string, string | undefined, string[], number, string]>([
    ["no file", undefined, [], 2, "FLOWS.json is missing"],
    ["a file that is not there", undefined, ["none.json"], 1, "FF_CLI_FILE"],
    ["a file that is no JSON", "flows", [], 1, "FF_CLI_FILE"],
    ["JSON that is no export", '[{"id":"a"}]', [], 1, "[0]: a node has a type [FF_IMPORT_NODE_RED]"],
    ["an export with nothing in it", "[]", [], 1, "it has no node that could be taken over [FF_IMPORT_NODE_RED]"],
    ["--json without a folder", "[]", ["--json"], 2, "--json needs --output FOLDER"],
  ])("says what is wrong with %s", async (_, content, args, code, message) => {
    const file = path.join(folder, "given.json");
    if (content !== undefined) await writeFile(file, content);
    const result = await imported(...(content === undefined ? [] : [file]), ...args);
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });
});
