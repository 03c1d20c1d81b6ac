// Builds a node written in AssemblyScript: generates the entry that speaks the canonical ABI around the functions
// which the node exports, compiles it and adds the manifest as a custom section.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import asc from "assemblyscript/asc";
import { leb, ownImport } from "./own-import.ts";

const kitName = "@flowfusion/nodekit-assemblyscript";
const kitFolder = import.meta.dirname;
const entryName = "flowfusion-entry.ts";
const outName = "node.wasm";
const compilerOptions = [
  "-O3",
  "--converge",
  "--noAssert",
  "--runtime",
  "stub",
  "--use",
  "abort=",
  "--exportStart",
  "_initialize",
  // The compiler leaves 1 KiB free, else; what a node touches is to lie on one page of 4 KiB.
  "--memoryBase",
  "16",
];
const expressionFiles = ["expression-runtime", "expression-literals"];
/** The standard library's logarithms and powers then do without tables, which would be 12 KiB in each such module. */
const expressionOptions = ["--shrinkLevel", "1"];

export interface NodeSource {
  /** The AssemblyScript file. It exports `handle` and, as needed, `handleScalar`, `configure`, `tick`, `saveState` and `loadState`. */
  readonly sourcePath: string;
  /** The manifest, as JSON text; it becomes the custom section `flowfusion:manifest`. */
  readonly manifest: string;
}

/** Compiles a node to a core module. Rejects with the compiler's own messages when the source is in error. */
export async function buildNode({ sourcePath, manifest }: NodeSource): Promise<Uint8Array> {
  const folder = path.dirname(sourcePath);
  const hasExpressions = "expressions" in (JSON.parse(manifest) as object);
  const entry = entryFor(await readFile(sourcePath, "utf8"), path.basename(sourcePath, ".ts"), hasExpressions);
  const options = hasExpressions ? [...compilerOptions, ...expressionOptions] : compilerOptions;
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([entryName, ...options, "--outFile", outName], {
    readFile: (name) => (name === entryName ? entry : readFile(locate(name, folder), "utf8").catch(() => null)),
    writeFile: (name, contents) => {
      if (name === outName && typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) {
    const said = errorsLast(stripVTControlCharacters(stderr.toString())) || error?.message;
    throw new Error(`${sourcePath} does not compile:\n${said}`);
  }
  const complete = hasExpressions ? ownImport(wasm) : wasm;
  return withCustomSection(complete, "flowfusion:manifest", new TextEncoder().encode(manifest));
}

/** What the compiler says, its errors at the end, without its warnings of the kit, which a node's author cannot mend. */
function errorsLast(said: string): string {
  const messages = said.trim().split(/\n{2,}(?=(?:INFO|WARNING|ERROR|PEDANTIC|FAILURE)\b)/);
  const isError = (message: string) => message.startsWith("ERROR");
  const others = messages.filter((message) => !isError(message) && !message.startsWith("FAILURE"));
  const ofNode = others.filter((message) => !message.includes(`~lib/${kitName}/`));
  return [...ofNode, ...messages.filter(isError)].map((message) => message.trimEnd()).join("\n\n");
}

/** The compiler looks for packages under node_modules; the kit is wherever this file is. */
function locate(name: string, folder: string): string {
  const inKit = name.indexOf(`${kitName}/`);
  return inKit < 0 ? path.resolve(folder, name) : path.join(kitFolder, name.slice(inKit + kitName.length + 1));
}

function entryFor(source: string, moduleName: string, hasExpressions: boolean): string {
  const exports = (name: string) => new RegExp(`^[ \\t]*export function ${name}\\b`, "m").test(source);
  if (!exports("handle"))
    throw new Error(`${moduleName}.ts exports no function handle(port: u32, message: Message): void`);
  const parts = [
    `import * as node from "./${moduleName}";`,
    `import * as abi from "${kitName}/assembly/abi";`,
    `export { cabi_realloc } from "${kitName}/assembly/abi";`,
    ...(hasExpressions ? expressionFiles.map((file) => `export * from "${kitName}/assembly/${file}";`) : []),
    exportsCall(
      "handle",
      "port: u32, start: usize, length: u32",
      exports("handleScalar") ? handleBoth : ["node.handle(port, changetype<abi.Message>(start));"],
      "abi.takeEmissions()",
    ),
  ];
  if (exports("handleScalar")) {
    parts.push(
      `export { scalar_bits, scalar_meta } from "${kitName}/assembly/abi";`,
      "export function handle_scalar(port: u32, meta: u32, bits: u64): i32 { return node.handleScalar(port, meta, bits); }",
    );
  }
  if (exports("configure")) {
    parts.push(
      exportsCall(
        "configure",
        "start: usize, length: usize",
        ["node.configure(abi.propertiesAt(start, length));"],
        "abi.takeResult()",
      ),
    );
  }
  if (exports("tick")) {
    parts.push(exportsCall("tick", "nowNs: u64", ["node.tick(nowNs);"], "abi.takeEmissions()"));
  }
  if (exports("saveState") !== exports("loadState")) {
    throw new Error(`${moduleName}.ts exports one of saveState and loadState; a node with state needs both`);
  }
  if (exports("saveState")) {
    parts.push(
      exportsCall(
        "save_state",
        "",
        ["const writer = abi.newWriter();", "node.saveState(writer);"],
        "abi.writtenState(writer)",
      ),
      exportsCall(
        "load_state",
        "start: usize, length: usize",
        ["const reader = abi.newReader(start, length);", "node.loadState(reader);", "abi.checkRead(reader);"],
        "abi.takeResult()",
      ),
    );
  }
  return parts.join("\n");
}

/** `handle` of a node that also exports `handleScalar`: both ways to call it run the same code. */
const handleBoth = [
  "const message = changetype<abi.Message>(start);",
  "const outcome = message.isScalar ? node.handleScalar(port, message.meta, message.bits) : -1;",
  "if (outcome < 0) node.handle(port, message);",
  "else abi.emitOutcome(outcome, message);",
];

function exportsCall(name: string, parameters: string, statements: readonly string[], result: string): string {
  return [
    `export function ${name}(${parameters}): usize {`,
    ...statements.map((statement) => `  ${statement}`),
    `  return ${result};`,
    "}",
    `export function cabi_post_${name}(result: usize): void {`,
    "  abi.release();",
    "}",
  ].join("\n");
}

function withCustomSection(wasm: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const payload = [...leb(nameBytes.length), ...nameBytes];
  const head = Uint8Array.from([0, ...leb(payload.length + content.length), ...payload]);
  const result = new Uint8Array(wasm.length + head.length + content.length);
  result.set(wasm);
  result.set(head, wasm.length);
  result.set(content, wasm.length + head.length);
  return result;
}
