// Makes what a compiler gave a complete node module: a component is reduced to its core module, and the manifest is put in.

import { type NodeModule, parseManifest } from "@flowfusion/graph";
import { appendCustomSection, customSection, stripCustomSections } from "../binary/edit.ts";
import { manifestSection } from "../inspect/check.ts";
import { loadModule } from "../inspect/load.ts";
import { isComponent, unwrapComponent } from "./unwrap.ts";

/** The core module of a component, or the module itself. */
export async function coreOf(bytes: Uint8Array): Promise<Uint8Array> {
  return isComponent(bytes) ? unwrapComponent(bytes) : bytes;
}

/** As `loadModule`, and takes components of the node world as well. */
export async function readModule(bytes: Uint8Array): Promise<NodeModule> {
  return loadModule(await coreOf(bytes));
}

/**
 * The module with `manifest`, JSON text, as its manifest, in place of one that it may have. Throws FF_MODULE_* with every
 * reason why the result would be refused.
 */
export async function packModule(bytes: Uint8Array, manifest?: string): Promise<NodeModule> {
  const core = await coreOf(bytes);
  if (manifest === undefined) return loadModule(core);
  const section = new TextEncoder().encode(manifest);
  parseManifest(section);
  if (sameBytes(customSection(core, manifestSection), section)) return loadModule(core);
  const bare = stripCustomSections(core, (name) => name !== manifestSection);
  return loadModule(appendCustomSection(bare, manifestSection, section));
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left?.length === right.length && right.every((byte, index) => left[index] === byte);
}
