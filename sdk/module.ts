// Custom nodes: a WebAssembly module of the user's own, with its ports and properties typed from a literal manifest.

import type { PortType } from "@flowfusion/graph";
import type * as pulumi from "@pulumi/pulumi";
import { type NodeSpec, nodeSpec } from "./node.ts";
import { mistake } from "./place.ts";

/** The part of a module's manifest that a program needs. The provider compares it with the module's own. */
export interface ModuleManifest {
  /** The node type; equal to `name` in the module's manifest. */
  readonly name: string;
  /** The input ports, in their order. */
  readonly inputs?: readonly { readonly name: string; readonly type: PortType }[];
  /** The output ports, in their order. */
  readonly outputs?: readonly { readonly name: string; readonly type: PortType }[];
  /** JSON Schema of the properties. */
  readonly props?: PropsSchema;
}

/** The keywords of JSON Schema that become TypeScript types; others are checked by the provider. */
export interface PropsSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: PropsSchema;
  readonly properties?: { readonly [name: string]: PropsSchema };
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

type PortMap<P> = P extends readonly { readonly name: string; readonly type: PortType }[]
  ? { readonly [Port in P[number] as Port["name"]]: Port["type"] }
  : Record<never, PortType>;

type Named<T> = T extends "string"
  ? string
  : T extends "number" | "integer"
    ? number
    : T extends "boolean"
      ? boolean
      : T extends "null"
        ? null
        : unknown;

/** The value that a JSON Schema describes, each part of it allowed to be an output of another resource. */
export type ValueOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: "array" }
    ? pulumi.Input<S extends { readonly items: infer I } ? ValueOf<I> : unknown>[]
    : S extends { readonly type: "object" }
      ? PropsOf<S>
      : S extends { readonly type: readonly (infer T)[] }
        ? Named<T>
        : S extends { readonly type: infer T }
          ? Named<T>
          : unknown;

type RequiredKeys<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** The properties object that a JSON Schema describes. */
export type PropsOf<S> = S extends { readonly properties: infer P }
  ? { [K in keyof P as K extends RequiredKeys<S> ? K : never]: pulumi.Input<ValueOf<P[K]>> } & {
      [K in keyof P as K extends RequiredKeys<S> ? never : K]?: pulumi.Input<ValueOf<P[K]>>;
    }
  : { [name: string]: pulumi.Input<unknown> };

/** Makes a node of a custom type; what {@link module} returns. */
export type ModuleBuilder<M extends ModuleManifest> = (
  ...props: Record<never, never> extends PropsOf<M["props"]>
    ? [props?: PropsOf<M["props"]>]
    : [props: PropsOf<M["props"]>]
) => NodeSpec<PortMap<M["inputs"]>, PortMap<M["outputs"]>>;

/**
 * Brings a WebAssembly module of your own as a node type. Write the manifest as a literal, so that its ports and
 * properties are checked by the compiler.
 *
 * @example
 *     const median = ff.module(
 *       {
 *         name: "median",
 *         inputs: [{ name: "in", type: "tag" }],
 *         outputs: [{ name: "out", type: "tag" }],
 *         props: { type: "object", properties: { size: { type: "integer" } }, required: ["size"] },
 *       },
 *       new pulumi.asset.FileAsset("median.wasm"),
 *     );
 *     // nodes: { smooth: median({ size: 5 }) }
 */
export function module<const M extends ModuleManifest>(
  manifest: M,
  wasm: pulumi.Input<pulumi.asset.Asset>,
): ModuleBuilder<M> {
  if (typeof manifest?.name !== "string") throw mistake("module: the manifest has a name, the node type");
  if (wasm === undefined || wasm === null)
    throw mistake(`module "${manifest.name}": the second argument is the module, as an asset`);
  const inputs = portTypes(manifest.inputs) as PortMap<M["inputs"]>;
  const outputs = portTypes(manifest.outputs) as PortMap<M["outputs"]>;
  return (...[props]) => nodeSpec(manifest.name, props ?? {}, { inputs, outputs }, wasm);
}

function portTypes(ports: ModuleManifest["inputs"]): Record<string, PortType> {
  return Object.fromEntries((ports ?? []).map((port) => [port.name, port.type]));
}
