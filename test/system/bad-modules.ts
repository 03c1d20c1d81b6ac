// Node modules that must be refused, each for one reason, and one that is accepted and does harm.

import binaryen from "binaryen";

const memory = '(memory (export "memory") 1)';
const handle = '(func (export "handle") (param i32 i32 i32) (result i32) (i32.const 0))';
const realloc = '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))';

function moduleOf(fields: string, manifest: object = {}): Uint8Array<ArrayBuffer> {
  const whole = {
    ...{ contract: 1, name: "probe", version: "1.0.0", doc: "A node for tests.", stateVersion: 0 },
    ...{ inputs: [{ name: "in", type: "any" }], outputs: [{ name: "out", type: "any" }], props: { type: "object" } },
    ...manifest,
  };
  const module = binaryen.parseText(`(module ${fields})`);
  try {
    module.addCustomSection("flowfusion:manifest", new TextEncoder().encode(JSON.stringify(whole)));
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}

const ports = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `in${index + 1}`, type: "any" }));
const sound = moduleOf(memory + handle + realloc);

/** A node `trip` with an input `in` and an output `out` that is well-formed, and traps on every message. */
export const tripModule = moduleOf(
  `${memory}(func (export "handle") (param i32 i32 i32) (result i32) unreachable)${realloc}`,
  { name: "trip", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
);

export interface BadModule {
  readonly title: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly code: string;
  /** What the message must name. */
  readonly says: string;
}

export const badModules: readonly BadModule[] = [
  {
    title: "a file that is no WebAssembly",
    wasm: Uint8Array.from(Buffer.from("%PDF-1.7, not a module")),
    code: "FF_MODULE_MALFORMED",
    says: "not a WebAssembly module",
  },
  {
    title: "a module that is cut off",
    wasm: sound.slice(0, 60),
    code: "FF_MODULE_MALFORMED",
    says: "announced",
  },
  {
    title: "an unknown import",
    wasm: moduleOf(`(import "env" "open_socket" (func (param i32))) ${memory}${handle}${realloc}`),
    code: "FF_MODULE_IMPORT",
    says: "env.open_socket",
  },
  {
    title: "no handle",
    wasm: moduleOf(memory + realloc),
    code: "FF_MODULE_EXPORT",
    says: "`handle` (i32, i32, i32) -> i32 is missing",
  },
  {
    title: "five input ports",
    wasm: moduleOf(memory + handle + realloc, { inputs: ports(5) }),
    code: "FF_MODULE_MANIFEST",
    says: "inputs",
  },
];
