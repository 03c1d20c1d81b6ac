// From a component of the node world to its core module, byte for byte: what the canonical ABI of the world asks of a core
// module is the node contract, so that a component and a plain module are one thing to fusion.
//
// A component's sections are those of a module with other numbers: an id byte, a size, the content. Section 1 holds a
// whole core module. Where the core has `_initialize`, the toolchain adds a small second module that calls it; fusion calls
// it by itself. A core that needs other modules of the component has imports, and is refused for them.

import { FlowFusionError, optionalPackage } from "@flowfusion/graph";
import { appendCustomSection, customSection } from "../binary/edit.ts";
import { describeModule } from "../binary/module.ts";
import { ByteReader } from "../binary/reader.ts";
import { manifestSection } from "../inspect/check.ts";
import { sizeProblem } from "../inspect/measure.ts";
import { nodeLimits } from "../limits.ts";
import { worldProblems } from "./world.ts";

const header = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const customSectionId = 0;
const coreModuleId = 1;

export const isComponent = (bytes: Uint8Array): boolean => header.every((byte, index) => bytes[index] === byte);

/**
 * The core module of a component, with the component's manifest where the module has none. Throws FF_MODULE_COMPONENT when
 * the component is not of the node world.
 */
export async function unwrapComponent(bytes: Uint8Array): Promise<Uint8Array> {
  const oversize = sizeProblem(bytes, nodeLimits);
  if (oversize) throw new FlowFusionError("FF_MODULE_LIMIT", `component refused: ${oversize}`);
  const problems = worldProblems(await worldOf(bytes));
  if (problems.length > 0) throw refusal(`the component ${problems.join("; ")}`);
  const { modules, manifest } = readComponent(bytes);
  const cores = modules.filter((module) => describeModule(module).exports.some(({ name }) => name === "handle"));
  if (cores.length !== 1) throw refusal(`${cores.length} core modules export \`handle\`, 1 expected`);
  const core = cores[0]!;
  return manifest && !customSection(core, manifestSection)
    ? appendCustomSection(core, manifestSection, manifest)
    : core;
}

/** Loaded when it is asked for: it is large, and most nodes are plain modules. */
async function worldOf(bytes: Uint8Array): Promise<string> {
  const { componentWit } = await optionalPackage(
    "@bytecodealliance/jco-transpile",
    () => import("@bytecodealliance/jco-transpile/wasm-tools"),
  );
  try {
    return await componentWit(bytes);
  } catch (error) {
    throw refusal(`not a valid component: ${reasonOf(error)}`, error);
  }
}

/** wasm-tools throws what its world calls an error: an object with the text as its payload. */
function reasonOf(error: unknown): string {
  const { payload, message } = error as { payload?: unknown; message?: string };
  return String(typeof payload === "string" ? payload : (message ?? error)).trim();
}

function readComponent(bytes: Uint8Array): { modules: Uint8Array[]; manifest?: Uint8Array } {
  const reader = new ByteReader(bytes, header.length);
  const modules: Uint8Array[] = [];
  let manifest: Uint8Array | undefined;
  while (!reader.atEnd) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    if (id === coreModuleId) modules.push(bytes.slice(start, reader.position));
    if (id !== customSectionId) continue;
    const content = new ByteReader(bytes, start, reader.position);
    if (content.name() === manifestSection) manifest ??= bytes.slice(content.position, reader.position);
  }
  return { modules, ...(manifest && { manifest }) };
}

const refusal = (message: string, cause?: unknown): FlowFusionError =>
  new FlowFusionError("FF_MODULE_COMPONENT", message, { cause });
