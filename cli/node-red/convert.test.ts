// Whole exports: the programs that they become are held in fixtures/, compile against the SDK, and fuse (which convert
// itself makes sure of).

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { driverKinds } from "@flowfusion/driver-catalog";
import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, test } from "vitest";
import { type Conversion, convert } from "./convert.ts";
import { readExport } from "./export.ts";
import { countsOf, reportLines } from "./report.ts";

const root = path.join(import.meta.dirname, "../..");
const fixtures = ["boiler-house", "modbus-line", "subflows-and-links", "to-do"] as const;

async function converted(name: string): Promise<Conversion> {
  const text = await readFile(path.join(import.meta.dirname, `fixtures/${name}.json`), "utf8");
  return convert(readExport(JSON.parse(text)), await builtinCatalog());
}

describe.each(fixtures)("%s", (name) => {
  test("becomes the program and the report that are written down", async () => {
    const conversion = await converted(name);
    await expect(conversion.text).toMatchFileSnapshot(`fixtures/${name}.program.txt`);
    await expect(`${reportLines(conversion).join("\n")}\n`).toMatchFileSnapshot(`fixtures/${name}.report.txt`);
  });
});

test("the programs compile against the SDK", async () => {
  await mkdir(path.join(root, ".flowfusion"), { recursive: true });
  // Inside the repository, so that packages resolve to it.
  const folder = await mkdtemp(path.join(root, ".flowfusion", "import-"));
  try {
    await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
    const config = { extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    for (const name of fixtures) await writeFile(path.join(folder, `${name}.ts`), (await converted(name)).text);
    const tsc = promisify(execFile)(path.join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"]);
    await expect(tsc.catch(({ stdout }: { stdout: string }) => ({ stdout }))).resolves.toMatchObject({ stdout: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the drivers' configurations are ones that the drivers take", async () => {
  for (const name of fixtures) {
    for (const { kind, config } of (await converted(name)).drivers) {
      expect(driverKinds.get(kind)!.checkConfig(config), name).toMatchObject({ problems: [] });
    }
  }
});

test("every node of an export is told of, each once", async () => {
  for (const name of fixtures) {
    const text = await readFile(path.join(import.meta.dirname, `fixtures/${name}.json`), "utf8");
    const { nodes } = readExport(JSON.parse(text));
    const { findings } = await converted(name);
    expect(findings.map(({ id }) => id).sort()).toEqual(nodes.map(({ id }) => id).sort());
    const counts = countsOf(findings);
    expect(Object.values(counts).reduce((a, b) => a + b)).toBe(nodes.length);
  }
});

describe("an export that is none", () => {
  test.each<[string, unknown, string]>([
    ["a number", 5, "a list of nodes expected"],
    ["a list of numbers", [5], "[0]: a node expected"],
    ["a node without an id", [{ type: "inject" }], "[0]: a node has an id"],
    ["a node without a type", [{ id: "a" }], "[0]: a node has a type"],
    ["wires that are none", [{ id: "a", type: "b", wires: ["c"] }], "[0]: wires are a list of targets"],
    [
      "two nodes of one id",
      [
        { id: "a", type: "b", x: 1 },
        { id: "a", type: "c", x: 1 },
      ],
      "a: two nodes have this id",
    ],
  ])("is refused: %s", (_, document, message) => {
    try {
      readExport(document);
      expect.unreachable();
    } catch (error) {
      const { code, diagnostics } = error as { code: string; diagnostics: { path: string; message: string }[] };
      expect(code).toBe("FF_IMPORT_NODE_RED");
      expect(diagnostics.map(({ path: at, message: what }) => `${at}: ${what}`).join()).toContain(message);
    }
  });

  test("wires to nodes that are not there, and subflows that are not there, are no failure", async () => {
    const nodes = [
      { id: "t", type: "tab", label: "T" },
      {
        id: "i",
        type: "inject",
        z: "t",
        repeat: "1",
        payload: "5",
        payloadType: "num",
        x: 1,
        y: 1,
        wires: [["gone", "s"]],
      },
      { id: "s", type: "subflow:none", z: "t", x: 1, y: 1, wires: [["f"]] },
      { id: "f", type: "file", z: "t", filename: "a.txt", x: 1, y: 1, wires: [[]] },
    ];
    const { findings, text } = await convert(readExport({ flows: nodes, rev: "1" }), await builtinCatalog());
    expect(findings.find(({ id }) => id === "s")).toMatchObject({
      fate: "todo",
      reasons: ["its subflow is not in the export"],
    });
    expect(text).toContain('n.inject.out.to(n["subflow-none"].in)');
  });

  test("nodes behind a sink, which passes nothing on here, are left out", async () => {
    const nodes = [
      { id: "i", type: "inject", z: "t", repeat: "1", payload: "5", payloadType: "num", x: 1, y: 1, wires: [["f"]] },
      { id: "f", type: "file", z: "t", filename: "a.txt", x: 1, y: 1, wires: [["c"]] },
      {
        id: "c",
        type: "change",
        z: "t",
        rules: [{ t: "set", p: "payload", to: "1", tot: "num" }],
        x: 1,
        y: 1,
        wires: [["d"]],
      },
      { id: "d", type: "debug", z: "t", active: true, x: 1, y: 1, wires: [] },
    ];
    const { findings } = await convert(readExport(nodes), await builtinCatalog());
    expect(findings.map(({ id, fate }) => [id, fate])).toEqual([
      ["i", "mapped"],
      ["f", "different"],
      ["c", "left out"],
      ["d", "left out"],
    ]);
  });
});
