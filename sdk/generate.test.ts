import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generateNodes } from "./generate.ts";
import * as ff from "./index.ts";

test("the generated builders are up to date with the nodes' manifests", async () => {
  const committed = await readFile(new URL("./generated/nodes.ts", import.meta.url), "utf8");
  expect(committed, "run `node sdk/generate.ts`").toBe(await generateNodes());
});

test("each generated builder and its properties are exported", async () => {
  const committed = await readFile(new URL("./generated/nodes.ts", import.meta.url), "utf8");
  const index = await readFile(new URL("./index.ts", import.meta.url), "utf8");
  for (const [, name] of committed.matchAll(/^export (?:function|interface|type) (\w+)/gm))
    expect(index).toContain(`${name},`);
  expect(ff.switch({ cases: [{ op: ">", value: 1 }] }).type).toBe("switch");
});
