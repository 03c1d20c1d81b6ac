// A node of one's own with expressions: built by the kit, compiled by fusion, run by the contract.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadModule, NodeInstance } from "@flowfusion/fusion";
import { decodeMessage, encodeMessage, type Message, type NodeModule } from "@flowfusion/graph";
import { beforeAll, describe, expect, it } from "vitest";
import { buildNode } from "./build.ts";

const source = `
import { emit, Expression, Message } from "@flowfusion/nodekit-assemblyscript/assembly";

export function handle(port: u32, message: Message): void {
  for (let rule: u32 = 0; rule < 2; rule++) {
    const answer = Expression.resultFor(rule, message);
    emit(rule, answer === null ? Expression.failureFor(message) : answer);
  }
}
`;
const port = (name: string) => ({ name, type: "any" });
const manifest = {
  ...{ contract: 1, name: "rules", version: "1.0.0", doc: "Two rules.", stateVersion: 0 },
  inputs: [port("in")],
  outputs: [port("first"), port("second")],
  props: { type: "object" },
  expressions: { property: "rules[].when" },
};

async function build(manifestText: string): Promise<NodeModule> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-kit-"));
  try {
    const sourcePath = path.join(folder, "node.ts");
    await writeFile(sourcePath, source);
    return loadModule(await buildNode({ sourcePath, manifest: manifestText }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

let rules: NodeModule;
beforeAll(async () => {
  rules = await build(JSON.stringify(manifest));
});

const message: Message = { topic: "t", timestampNs: 5n, quality: 0, value: 7 };

function run(wasm: Uint8Array): Message[] {
  const node = new NodeInstance(wasm);
  node.configure(new Uint8Array());
  const emitted: Message[] = [];
  node.handle(0, encodeMessage(message), (_, bytes) => emitted.push(decodeMessage(bytes)));
  return emitted;
}

describe("a node with expressions", () => {
  it("gets the result of each under its number", () => {
    const props = { rules: [{ when: "value + 0.5" }, { when: "topic + '!'" }] };
    expect(rules.expressions!.check(props)).toEqual([]);
    expect(run(rules.expressions!.compile(props))).toEqual([
      { ...message, value: 7.5 },
      { ...message, value: "t!" },
    ]);
  });

  it("has no result for a number under which there is no expression", () => {
    const failed = { ...message, value: null, quality: 2 };
    expect(run(rules.expressions!.compile({ rules: [{ other: true }] }))).toEqual([failed, failed]);
    expect(run(rules.expressions!.compile({}))).toEqual([failed, failed]);
  });

  it("runs as it was built, without any result", () => {
    expect(run(rules.wasm).map(({ quality }) => quality)).toEqual([2, 2]);
  });

  it("leaves nothing of the expressions' own exports, and of their functions what is called", () => {
    const names = (wasm: Uint8Array) =>
      WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(wasm))).map(({ name }) => name);
    const plain = rules.expressions!.compile({ rules: [{ when: "1" }] });
    expect(names(rules.wasm).filter((name) => name.startsWith("expression_")).length).toBeGreaterThan(20);
    expect(names(plain).sort()).toEqual(["_initialize", "cabi_post_handle", "cabi_realloc", "handle", "memory"].sort());
    const heavy = rules.expressions!.compile({ rules: [{ when: "math.pow(value, 2.5)" }] });
    expect(heavy.length - plain.length).toBeGreaterThan(1_000);
  });

  it("refuses texts that do not fit into its room", () => {
    const text = "x".repeat(4_000);
    const list = Array.from({ length: 7 }, (_, index) => ({ when: `'${index}${text}'` }));
    expect(() => rules.expressions!.compile({ rules: list })).toThrow(
      expect.objectContaining({ code: "FF_EXPR_LIMIT" }),
    );
  });
});

describe("a node that asks for expressions", () => {
  it("is refused when its manifest does not say where they are", async () => {
    const { expressions: _, ...silent } = manifest;
    await expect(build(JSON.stringify(silent))).rejects.toMatchObject({ code: "FF_MODULE_IMPORT" });
  });
});
