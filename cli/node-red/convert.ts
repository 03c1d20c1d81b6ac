// An export of Node-RED as a Pulumi program. What was mapped is fused before it is written; where that fails, the node in
// question becomes a place to be written, with the reason.

import { fuse } from "@flowfusion/fusion";
import { FlowFusionError, type ModuleCatalog, type PropValue, parseGraph, resolveGraph } from "@flowfusion/graph";
import { driverText, nodeText, programText, subflowText, variable, type WrittenGraph } from "@flowfusion/sdk/program";
import { type Draft, draftOf, type Finding, type SheetResult } from "./draft.ts";
import type { RedExport, RedSheet } from "./export.ts";
import type { DriverNeed } from "./mapping.ts";
import { slug } from "./slug.ts";

interface Driver {
  readonly name: string;
  readonly kind: DriverNeed["kind"];
  readonly config: { readonly [name: string]: PropValue };
}

export interface Conversion {
  /** The program. */
  readonly text: string;
  readonly flows: readonly { readonly name: string; readonly tabs: readonly string[]; readonly nodes: number }[];
  readonly drivers: readonly Driver[];
  readonly findings: readonly Finding[];
  /** What holds for several nodes. */
  readonly notes: readonly string[];
}

type Refused = ReadonlyMap<string, string>;

export async function convert(red: RedExport, builtins: ModuleCatalog): Promise<Conversion> {
  let refused: Refused = new Map();
  for (;;) {
    const drafts = draftAll(red, refused);
    const found = await problemsOf(drafts, builtins);
    if (found.size === 0) return written(red, drafts, builtins);
    if ([...found.keys()].every((id) => refused.has(id))) throw new Error([...found.values()].join("; "));
    refused = new Map([...refused, ...found]);
  }
}

interface Drafts {
  readonly flows: ReadonlyMap<string, SheetResult>;
  /** By the id of the definition. */
  readonly subflows: ReadonlyMap<string, SheetResult>;
}

function draftAll(red: RedExport, refused: Refused): Drafts {
  const flows = new Map<string, SheetResult>();
  for (const sheets of joined(red)) {
    const result = draftOf(sheets, red, refused);
    if (result.draft.nodes.length > 0 || result.findings.length > 0) flows.set(freeName(sheets, flows), result);
  }
  const used = new Set(red.nodes.filter(({ isDisabled }) => !isDisabled).map(({ type }) => type));
  const subflows = [...red.subflows]
    .filter(([id]) => used.has(`subflow:${id}`))
    .map(([id, sheet]) => [id, draftOf([sheet], red, refused)] as const);
  return { flows, subflows: new Map(subflows) };
}

/** Tabs, those that links join together. */
function joined({ tabs, nodes }: RedExport): RedSheet[][] {
  const active = tabs.filter(({ isDisabled }) => !isDisabled);
  const tabOf = new Map(nodes.map(({ id, z }) => [id, z]));
  const group = new Map(active.map(({ id }) => [id, id]));
  const rootOf = (id: string): string => (group.get(id) === id ? id : rootOf(group.get(id)!));
  for (const { type, z, settings, isDisabled } of nodes) {
    if (type !== "link out" || isDisabled || !group.has(z) || !Array.isArray(settings.links)) continue;
    for (const link of settings.links) {
      const other = tabOf.get(String(link));
      if (other !== undefined && group.has(other)) group.set(rootOf(other), rootOf(z));
    }
  }
  return [...Map.groupBy(active, ({ id }) => rootOf(id)).values()];
}

function freeName([first]: readonly RedSheet[], taken: ReadonlyMap<string, unknown>): string {
  const stem = slug(first!.label) || "flow";
  let name = stem;
  for (let count = 2; taken.has(name); count++) name = `${stem}-${count}`;
  return name;
}

/** What does not resolve or fuse, by the node of Node-RED. */
async function problemsOf({ flows, subflows }: Drafts, builtins: ModuleCatalog): Promise<Refused> {
  const found = new Map<string, string>();
  for (const { draft } of flows.values()) {
    if (draft.nodes.length === 0) continue;
    const flat = flattened(draft, subflows);
    try {
      const graph = resolveGraph(parseGraph({ nodes: flat.nodes, wires: flat.wires }), builtins);
      await fuse(graph, builtins);
    } catch (error) {
      if (!(error instanceof FlowFusionError)) throw error;
      const problems = error.diagnostics.length > 0 ? error.diagnostics : [{ path: "", message: error.message }];
      for (const { path, message } of problems) {
        const origin = flat.origins.get(/nodes\.([^.[]+)/.exec(path)?.[1] ?? /^([\w-]+): /.exec(message)?.[1] ?? "");
        if (origin === undefined) throw error;
        found.set(origin, `${message} (${path.split(".props.")[1] ?? path})`);
      }
    }
  }
  return found;
}

interface Flat {
  readonly nodes: Record<string, { type: string; props: { readonly [name: string]: PropValue } }>;
  readonly wires: string[];
  /** Node id → the node of Node-RED. */
  readonly origins: Map<string, string>;
}

/** As the SDK puts it together: ids of a subflow have that of its use before them. */
function flattened(draft: Draft, subflows: Drafts["subflows"]): Flat {
  const flat: Flat = { nodes: {}, wires: [], origins: new Map() };
  add(draft, "");
  return flat;

  function add({ nodes, wires }: Draft, scope: string): void {
    const faces = new Map<string, string>();
    for (const { id, origin, made } of nodes) {
      if ("subflow" in made) {
        const inner = subflows.get(made.subflow)!.draft;
        add(inner, `${scope}${id}-`);
        for (const [name, [node, port]] of [...inner.inputs, ...inner.outputs])
          faces.set(`${id}.${name}`, resolvedFace(inner, node, port, `${scope}${id}-`));
      } else {
        flat.nodes[`${scope}${id}`] = { type: made.type, props: made.props };
        flat.origins.set(`${scope}${id}`, origin);
      }
    }
    const end = ([node, port]: readonly [string, string]) => faces.get(`${node}.${port}`) ?? `${scope}${node}.${port}`;
    for (const { from, to } of wires) flat.wires.push(`${end(from)} -> ${end(to)}`);
  }

  /** A face may be one of a subflow inside. */
  function resolvedFace(inner: Draft, node: string, port: string, scope: string): string {
    const made = inner.nodes.find(({ id }) => id === node)?.made;
    if (made === undefined || !("subflow" in made)) return `${scope}${node}.${port}`;
    const below = subflows.get(made.subflow)!.draft;
    const [, target] = [...below.inputs, ...below.outputs].find(([name]) => name === port)!;
    return resolvedFace(below, target[0], target[1], `${scope}${node}-`);
  }
}

function written(red: RedExport, { flows, subflows }: Drafts, builtins: ModuleCatalog): Conversion {
  const names = new Map<string, string>();
  const taken = new Set([...flows.keys()].map(variable));
  for (const [id, { draft }] of subflows) {
    const stem = variable(slug(draft.sheets[0]!.label) || "subflow");
    let name = stem;
    for (let count = 2; taken.has(name); count++) name = `${stem}${count}`;
    taken.add(name);
    names.set(id, name);
  }
  const graphOf = (draft: Draft): WrittenGraph => ({
    nodes: draft.nodes.map(({ id, made, comments }) => ({
      id,
      text: "subflow" in made ? names.get(made.subflow)! : nodeText(made, builtins),
      comments,
    })),
    wires: draft.wires.map(({ from, to }) => `${from.join(".")} -> ${to.join(".")}`),
    inputs: Object.fromEntries(draft.inputs.map(([name, port]) => [name, port.join(".")])),
    outputs: Object.fromEntries(draft.outputs.map(([name, port]) => [name, port.join(".")])),
  });
  const results = [...flows.values(), ...subflows.values()];
  const drivers = driversOf(results.flatMap((result) => result.drivers));
  const filled = [...flows].filter(([, { draft }]) => draft.nodes.length > 0);
  const text = programText({
    statements: [
      ...drivers.map(driverText),
      ...inOrder(subflows).map(([id, { draft }]) => subflowText(names.get(id)!, graphOf(draft), draft.comments)),
    ],
    flows: filled.map(([name, { draft }]) => ({ name, graph: graphOf(draft), comments: draft.comments })),
  });
  return {
    text,
    flows: filled.map(([name, { draft }]) => ({
      name,
      tabs: draft.sheets.map(({ label }) => label),
      nodes: Object.keys(flattened(draft, subflows).nodes).length,
    })),
    drivers,
    notes: [...new Set(results.flatMap(({ notes }) => notes))],
    findings: [...results.flatMap(({ findings }) => findings), ...ofDisabledTabs(red)],
  };
}

/** Subflows before those that use them. */
function inOrder(subflows: Drafts["subflows"]): [string, SheetResult][] {
  const done = new Map<string, SheetResult>();
  const visit = (id: string) => {
    const result = subflows.get(id)!;
    for (const { made } of result.draft.nodes) if ("subflow" in made && !done.has(made.subflow)) visit(made.subflow);
    done.set(id, result);
  };
  for (const id of subflows.keys()) if (!done.has(id)) visit(id);
  return [...done];
}

function ofDisabledTabs({ tabs, nodes }: RedExport): Finding[] {
  const off = new Map(tabs.filter(({ isDisabled }) => isDisabled).map(({ id, label }) => [id, label]));
  return nodes
    .filter(({ z }) => off.has(z))
    .map(({ id, type, name, z }) => ({
      id,
      type,
      name,
      tab: off.get(z)!,
      fate: "left out",
      reasons: ["its tab is disabled"],
    }));
}

/** One driver for each device. */
function driversOf(needs: readonly DriverNeed[]): Driver[] {
  const drivers = new Map<string, Driver>();
  const byDevice = Map.groupBy(needs, (need) => (need.kind === "mqtt" ? need.url : `${need.host}:${need.port}`));
  for (const all of byDevice.values()) {
    const [first] = all;
    const stem = slug(first!.name) || first!.kind;
    let name = stem;
    for (let count = 2; drivers.has(name); count++) name = `${stem}-${count}`;
    drivers.set(name, { name, kind: first!.kind, config: configOf(all) });
  }
  return [...drivers.values()];
}

function configOf(needs: readonly DriverNeed[]): Driver["config"] {
  const [first] = needs;
  if (first!.kind === "mqtt") {
    const subscriptions = needs.flatMap((need) => (need.kind === "mqtt" ? [need.subscription] : []));
    return { url: first!.url, subscriptions: unique(subscriptions) };
  }
  const groups = needs.flatMap((need) => (need.kind === "modbus" ? [need.group] : []));
  const merged = Map.groupBy(groups, ({ pollIntervalMs, unitId }) => `${pollIntervalMs} ${unitId}`);
  return {
    host: first!.host,
    port: first!.port,
    groups: [...merged.values()].map((same) => ({
      pollIntervalMs: same[0]!.pollIntervalMs,
      unitId: same[0]!.unitId,
      tags: unique(same.flatMap(({ tags }) => tags)),
    })),
  };
}

const unique = (values: readonly PropValue[]): PropValue[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];
