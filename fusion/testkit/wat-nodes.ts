// Nodes written by hand in WebAssembly text, for what no honest node does, and flows of them.

import {
  type CanonicalGraph,
  decodeMessage,
  encodeFrame,
  encodeMessage,
  frameHeaderBytes,
  type MessageValue,
  type ModuleCatalog,
  type NodeManifest,
  type NodeModule,
  parseGraph,
  resolveGraph,
} from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { appendCustomSection } from "../binary/edit.ts";
import { assemble } from "../binary/testing.ts";
import { fuse } from "../fuse.ts";
import { concatenate } from "../glue/properties.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import type { FlowTrap, RunningFlow } from "../host/running-flow.ts";
import { loadModule } from "../inspect/load.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { ReferenceFlow } from "../reference/reference-flow.ts";

const builtins = await builtinCatalog();

/** A node module from its fields. One input `in` and one output `out`, both of any type, unless `changes` differ. */
export function watNode(name: string, fields: string, changes: Partial<NodeManifest> = {}): NodeModule {
  const manifest = {
    ...{ contract: 1, name, version: "1.0.0", doc: "A node for tests.", stateVersion: 0 },
    inputs: [{ name: "in", type: "any" }],
    outputs: [{ name: "out", type: "any" }],
    props: { type: "object" },
    ...changes,
  };
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return loadModule(appendCustomSection(assemble(`(module ${fields})`), "flowfusion:manifest", json));
}

/** Takes messages at 4,096 and passes the one that came in on port 0; `before` runs first and may change it. */
export const passOn = (before = "") => `
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
    ${before}
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1))
    (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (local.get $at))
    (i32.store (i32.const 40) (local.get $length))
    (i32.const 16))`;

/** Fields of a node whose state is more than numbers, so that it is configured when the flow starts, not when it is fused. */
export const configuredAtStart = "(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))";

export interface TestFlow {
  readonly graph: CanonicalGraph;
  readonly catalog: ModuleCatalog;
  readonly wasm: Uint8Array;
  /** A fresh, configured instance of each kind. */
  fused(): FusedInstance;
  reference(): ReferenceFlow;
}

export type Wires = readonly string[];
export type Nodes = { readonly [id: string]: { readonly type: string; readonly props?: object } };

/** Every node that the tests put around theirs. */
export const source = { type: "tag_input", props: { tags: ["#"] } };
export const sink = { type: "file", props: { path: "out.jsonl" } };

export async function testFlow(nodes: Nodes, wires: Wires, modules: readonly NodeModule[] = []): Promise<TestFlow> {
  const catalog = new Map([...builtins, ...modules.map((module) => [module.manifest.name, module] as const)]);
  const graph = resolveGraph(parseGraph({ nodes, wires: [...wires] }), catalog);
  const { wasm } = await fuse(graph, catalog);
  const module = new WebAssembly.Module(meter(wasm, defaultFlowLimits));
  const configured = <Flow extends RunningFlow>(flow: Flow): Flow => {
    flow.configure();
    return flow;
  };
  return {
    ...{ graph, catalog, wasm },
    fused: () => configured(new FusedInstance(module, defaultFlowLimits)),
    reference: () => configured(new ReferenceFlow(graph, catalog)),
  };
}

/** Frames of input: a message each, with an empty topic, for input subscription 0. */
export function framesOf(...values: readonly MessageValue[]): Uint8Array {
  return concatenate(
    values.map((value) => encodeFrame(0, encodeMessage({ topic: "", timestampNs: 1n, quality: 0, value }))),
  );
}

/** Port and value of each frame. */
export function readFrames(frames: Uint8Array): [port: number, value: MessageValue][] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const read: [number, MessageValue][] = [];
  for (let at = 0; at < frames.length; at += frameHeaderBytes + view.getUint32(at + 4, true)) {
    read.push([view.getUint32(at, true), decodeMessage(frames, at + frameHeaderBytes).value]);
  }
  return read;
}

/** The id of the node, and why it trapped; fails the test when it did not. */
export function trapOf(graph: CanonicalGraph, run: () => unknown): { node?: string; cause: string; cursor: number } {
  try {
    run();
  } catch (error) {
    const { nodeIndex, trapCause: cause, cursor } = error as FlowTrap;
    const node = graph.nodes[nodeIndex]?.id;
    return { ...(node !== undefined && { node }), cause, cursor };
  }
  throw new Error("nothing trapped");
}
