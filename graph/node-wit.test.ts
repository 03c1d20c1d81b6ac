import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { componentEmbed, componentNew, componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { expect, test } from "vitest";

const contract = await readFile(join(import.meta.dirname, "../wit/node.wit"), "utf8");

/** Has wasm-tools make a component without code for the world, and gives back what the component says it is. */
async function worldOf(witSource: string): Promise<string> {
  const core = await componentEmbed({ witSource, world: "node", dummy: true });
  return await componentWit(await componentNew(core, []));
}

test("node.wit is a valid world, and a component made for it exports these functions and imports nothing", async () => {
  const world = await worldOf(contract);
  const lines = world.split("\n").map((line) => line.trim());
  expect(lines.filter((line) => line.startsWith("import"))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("export")).sort()).toEqual([
    "export configure: func(props: list<u8>) -> result<_, string>;",
    "export handle: func(port: u32, message: list<u8>) -> list<emission>;",
    "export load-state: func(state: list<u8>) -> result<_, string>;",
    "export save-state: func() -> list<u8>;",
    "export tick: func(now-ns: u64) -> list<emission>;",
  ]);
  expect(world).toMatch(/record emission \{\s+port: u32,\s+message: list<u8>,\s+\}/);
});

test("node.wit carries the major version that manifests name as their contract", () => {
  expect(contract).toMatch(/^package flowfusion:node@1\.\d+\.\d+;$/m);
});

test("a world with a slip in it is refused, so the test above can fail", async () => {
  await expect(worldOf(contract.replace("list<emission>", "list<emision>"))).rejects.toThrow("emision");
});
