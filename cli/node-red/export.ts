// Reads what Node-RED exports: one list of tabs, subflows, nodes, configuration nodes and groups, told apart by their fields.

import { FlowFusionError } from "@flowfusion/graph";

/** A node of Node-RED, its settings beside its place. */
export interface RedNode {
  readonly id: string;
  readonly type: string;
  /** The tab or subflow that it is on. */
  readonly z: string;
  readonly name: string;
  /** Targets by output. */
  readonly wires: readonly (readonly string[])[];
  readonly isDisabled: boolean;
  readonly settings: { readonly [name: string]: unknown };
}

/** A tab, or the definition of a subflow. */
export interface RedSheet {
  readonly id: string;
  readonly label: string;
  readonly info: string;
  readonly isDisabled: boolean;
  /** Of a subflow: the nodes that each input goes to. */
  readonly inputs: readonly (readonly string[])[];
  /** Of a subflow: what comes out of each output. */
  readonly outputs: readonly (readonly { readonly id: string; readonly port: number }[])[];
  /** Of a subflow: names of its properties. */
  readonly properties: readonly string[];
}

export interface RedExport {
  readonly tabs: readonly RedSheet[];
  readonly subflows: ReadonlyMap<string, RedSheet>;
  readonly nodes: readonly RedNode[];
  /** Configuration nodes, such as brokers, by id. */
  readonly configs: ReadonlyMap<string, RedNode>;
}

type Raw = { readonly [name: string]: unknown };

/** Throws FF_IMPORT_NODE_RED with every entry that is none. */
export function readExport(document: unknown): RedExport {
  const entries = Array.isArray(document) ? document : (document as { flows?: unknown } | null)?.flows;
  if (!Array.isArray(entries)) throw invalid([["", "a list of nodes expected, as Node-RED's Export writes it"]]);
  const problems: [string, string][] = [];
  entries.forEach((entry, index) => {
    const problem = problemOf(entry);
    if (problem !== undefined) problems.push([`[${index}]`, problem]);
  });
  const ids = (entries as Raw[]).map((entry) => entry?.id);
  const twice = ids.find((id, index) => typeof id === "string" && ids.indexOf(id) !== index);
  if (twice !== undefined) problems.push([String(twice), "two nodes have this id"]);
  if (problems.length > 0) throw invalid(problems);
  return sorted(entries as Raw[]);
}

function problemOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return "a node expected";
  const { id, type, wires } = entry as Raw;
  if (typeof id !== "string" || id === "") return "a node has an id";
  if (typeof type !== "string" || type === "") return "a node has a type";
  const isWires = (value: unknown) =>
    Array.isArray(value) &&
    value.every((output) => Array.isArray(output) && output.every((target) => typeof target === "string"));
  return wires === undefined || isWires(wires) ? undefined : "wires are a list of targets for each output";
}

function sorted(entries: readonly Raw[]): RedExport {
  const tabs: RedSheet[] = [];
  const subflows = new Map<string, RedSheet>();
  const nodes: RedNode[] = [];
  const configs = new Map<string, RedNode>();
  for (const entry of entries) {
    if (entry.type === "tab") tabs.push(sheetOf(entry));
    else if (entry.type === "subflow") subflows.set(String(entry.id), sheetOf(entry));
    else if (entry.type === "group") continue;
    else if (entry.x === undefined && entry.wires === undefined) configs.set(String(entry.id), nodeOf(entry));
    else nodes.push(nodeOf(entry));
  }
  // Nodes that were exported without their tab.
  const known = new Set([...tabs.map(({ id }) => id), ...subflows.keys()]);
  for (const { z } of nodes) {
    if (known.has(z)) continue;
    known.add(z);
    tabs.push(sheetOf({ id: z, label: tabs.length === 0 ? "Flow 1" : `Flow ${tabs.length + 1}` }));
  }
  return { tabs, subflows, nodes, configs };
}

function nodeOf({ id, type, z, name, wires, d, ...settings }: Raw): RedNode {
  return {
    id: String(id),
    type: String(type),
    z: typeof z === "string" ? z : "",
    name: typeof name === "string" ? name.trim() : "",
    wires: (wires ?? []) as RedNode["wires"],
    isDisabled: d === true,
    settings,
  };
}

function sheetOf(entry: Raw): RedSheet {
  const list = (value: unknown): Raw[] => (Array.isArray(value) ? (value as Raw[]) : []);
  return {
    id: String(entry.id),
    label: String(entry.label ?? entry.name ?? "") || "Flow",
    info: typeof entry.info === "string" ? entry.info : "",
    isDisabled: entry.disabled === true || entry.d === true,
    inputs: list(entry.in).map(({ wires }) => list(wires).map(({ id }) => String(id))),
    outputs: list(entry.out).map(({ wires }) =>
      list(wires).map(({ id, port }) => ({ id: String(id), port: Number(port ?? 0) })),
    ),
    properties: list(entry.env).map(({ name }) => String(name)),
  };
}

function invalid(problems: readonly (readonly [path: string, message: string])[]): FlowFusionError {
  const diagnostics = problems
    .slice(0, 20)
    .map(([path, message]) => ({ code: "FF_IMPORT_NODE_RED" as const, path, message }));
  const what = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new FlowFusionError("FF_IMPORT_NODE_RED", `this is no export of Node-RED, with ${what}`, { diagnostics });
}
