// The vocabulary of a flow: what a user declares, what fusion links, what the gateway runs.
// Data only; parsing, checking and comparing live in the files beside this one.

import type { ErrorCode } from "./errors.ts";

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Identifies a node inside one flow; matches `[a-z][a-z0-9_-]{0,62}`. */
export type NodeId = Branded<string, "NodeId">;
/** Identifies a flow on one gateway; matches `[a-z][a-z0-9_-]{0,62}`. */
export type FlowName = Branded<string, "FlowName">;
/** A content digest, spelled `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = Branded<string, "Digest">;

/** Any JSON value; what a node property may hold. */
export type PropValue = null | boolean | number | string | readonly PropValue[] | { readonly [key: string]: PropValue };

/**
 * What travels on a port. `tag`: a reading whose topic is a tag name and whose value is a scalar.
 * `message`: any payload. `any` accepts and gives both.
 */
export type PortType = "tag" | "message" | "any";

export interface PortSpec {
  readonly name: string;
  readonly type: PortType;
  readonly doc?: string;
  /** An input that must be wired for the flow to be valid. Inputs default to required, outputs may always dangle. */
  readonly optional?: boolean;
}

/** What a node module says of itself, in its custom section `flowfusion:manifest`. */
export interface NodeManifest {
  /** Version of the node contract that the module was built against. */
  readonly contract: 1;
  /** The node type that a graph refers to, for example `filter`. */
  readonly name: string;
  readonly version: string;
  readonly doc: string;
  /** In port order: index in this list = port number in `handle`. At most 4. */
  readonly inputs: readonly PortSpec[];
  /** In port order. At most 4. */
  readonly outputs: readonly PortSpec[];
  /** JSON Schema (draft 2020-12) of the properties object. */
  readonly props: JsonSchema;
  /** Version of what `save_state` writes; 0 for a node without state. */
  readonly stateVersion: number;
  /** The oldest state version that `load_state` still accepts; `stateVersion` when absent. */
  readonly acceptsStateFrom?: number;
  /** Whether what `load_state` takes replaces all that the node holds, so that it may be called more than once. */
  readonly replacesState?: boolean;
  /** Present on a node that the gateway feeds: it receives every update whose tag matches this property's patterns. */
  readonly subscribes?: { readonly property: string };
  /** Present on a node whose emissions on port 0 leave the flow: the kind of sink that the gateway sends them with. */
  readonly delivers?: { readonly to: SinkKind };
  /** Present on a node into which fusion compiles the expressions in its properties. */
  readonly expressions?: ExpressionPlace;
}

export interface ExpressionPlace {
  /** The property that holds the expression, or one in each item of a list: `expression`, `cases[].expression`. */
  readonly property: string;
  /** What the expressions must give; anything when absent. */
  readonly result?: "boolean";
}

export const sinkKinds = ["mqtt", "http", "file", "nng", "nats"] as const;
export type SinkKind = (typeof sinkKinds)[number];

export type JsonSchema = { readonly [keyword: string]: PropValue };

export interface GraphNode {
  readonly type: string;
  readonly props: { readonly [name: string]: PropValue };
}

/** A wire from an output port to an input port. */
export interface Wire {
  readonly source: NodeId;
  readonly sourcePort: string;
  readonly target: NodeId;
  readonly targetPort: string;
}

/** A parsed graph. Nodes and wires are keyed and unordered; `resolveGraph` gives the one order that counts. */
export interface FlowGraph {
  readonly nodes: ReadonlyMap<NodeId, GraphNode>;
  readonly wires: readonly Wire[];
}

/** What of a module it takes to check a graph: enough for an editor, which has no use for the code. */
export interface ModuleDescription {
  readonly manifest: NodeManifest;
  readonly digest: Digest;
  /** Present when the manifest names expressions and fusion, which has their compiler, described the module. */
  readonly expressions?: Pick<ModuleExpressions, "check"> | undefined;
}

/** Node type name → what is known of its module. */
export type ModuleDescriptions = ReadonlyMap<string, ModuleDescription>;

/** A module that a graph's node types resolve to. */
export interface NodeModule extends ModuleDescription {
  /** The core WebAssembly module. */
  readonly wasm: Uint8Array;
  readonly expressions?: ModuleExpressions | undefined;
}

/** What a module does with the expressions in the properties of a node. */
export interface ModuleExpressions {
  /** What is wrong with them; steps lead from the properties to the place. */
  check(props: { readonly [name: string]: PropValue }): readonly ExpressionFault[];
  /** The core module with them compiled in. They must be without fault. */
  compile(props: { readonly [name: string]: PropValue }): Uint8Array;
}

export interface ExpressionFault {
  readonly code: ErrorCode;
  readonly at: readonly (string | number)[];
  /** Begins with line and column in the expression. */
  readonly message: string;
}

/** Node type name → module. Built-in and custom modules stand side by side in it. */
export type ModuleCatalog = ReadonlyMap<string, NodeModule>;

/** A node with everything that decides its behaviour: defaults filled in, the module pinned by digest. */
export interface CanonicalNode {
  readonly id: NodeId;
  readonly type: string;
  readonly module: Digest;
  /** In port order, without documentation. */
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  /** Keys sorted, at every level. */
  readonly props: { readonly [name: string]: PropValue };
  readonly stateVersion: number;
  readonly acceptsStateFrom: number;
  readonly subscribes?: { readonly property: string };
  readonly delivers?: { readonly to: SinkKind };
}

/** A checked graph in the one order that counts; what is fused, digested, stored and compared. */
export interface CanonicalGraph {
  /** Sorted by id. */
  readonly nodes: readonly CanonicalNode[];
  /** Sorted by `wireKey`. */
  readonly wires: readonly Wire[];
}

/** A graph as people write it: Pulumi inputs, CLI files. */
export interface GraphDocument {
  readonly nodes: {
    readonly [id: string]: { readonly type: string; readonly props?: { readonly [name: string]: PropValue } };
  };
  /** Keys are wires, `a.out -> b.in`. */
  readonly wires: { readonly [wire: string]: Record<string, never> };
}

/** One property that differs. `from` or `to` is absent where the property is. */
export interface PropChange {
  /** Relative to the node, for example `props.cases[1].value`. */
  readonly path: string;
  readonly from?: PropValue;
  readonly to?: PropValue;
}

export interface NodeChange {
  readonly id: NodeId;
  readonly change: "added" | "removed" | "updated";
  readonly from?: CanonicalNode;
  readonly to?: CanonicalNode;
  /** For an updated node, what differs; empty for the others. */
  readonly props: readonly PropChange[];
  readonly moduleChanged: boolean;
  readonly typeChanged: boolean;
}

export interface WireChange {
  /** As `wireKey` spells it. */
  readonly key: string;
  readonly change: "added" | "removed";
}

export interface GraphDiff {
  /** Sorted by id. */
  readonly nodes: readonly NodeChange[];
  /** Sorted by key. */
  readonly wires: readonly WireChange[];
  readonly isEmpty: boolean;
}
