// Which node reaches which, on one sheet or on several that are joined by links: through link nodes and junctions, without
// what is disabled, and without wires that would close a loop.

import type { RedNode } from "./export.ts";

export interface Edge {
  readonly from: string;
  readonly output: number;
  readonly to: string;
}

export interface Wiring {
  /** Nodes that do something, by id. */
  readonly nodes: ReadonlyMap<string, RedNode>;
  readonly edges: readonly Edge[];
  /** Wires that close a loop and were left out. */
  readonly loops: readonly Edge[];
  /** The nodes that do something behind those named. */
  behind(ids: readonly string[]): readonly string[];
}

/** Nodes that only pass on, and say where to. */
const transparent = new Set(["junction", "link in", "link out"]);

export function wiringOf(all: readonly RedNode[]): Wiring {
  const active = new Map(all.filter(({ isDisabled }) => !isDisabled).map((node) => [node.id, node]));
  const nodes = new Map([...active].filter(([, node]) => !isTransparent(node)));

  const behind = (ids: readonly string[], seen = new Set<string>()): string[] =>
    ids.flatMap((id) => {
      const node = active.get(id);
      if (node === undefined || seen.has(id)) return [];
      if (!isTransparent(node)) return [id];
      seen.add(id);
      return behind(nextOf(node), seen);
    });

  const drawn = [...nodes.values()].flatMap((node) =>
    node.wires.flatMap((targets, output) =>
      [...new Set(behind(targets))].map((to): Edge => ({ from: node.id, output, to })),
    ),
  );
  const loops = loopsOf([...nodes.keys()], drawn);
  return {
    nodes,
    edges: drawn.filter((edge) => !loops.includes(edge)),
    loops,
    behind: (ids) => [...new Set(behind(ids))],
  };
}

const isTransparent = ({ type, settings }: RedNode): boolean =>
  transparent.has(type) && (type !== "link out" || settings.mode === undefined || settings.mode === "link");

function nextOf({ type, wires, settings }: RedNode): readonly string[] {
  if (type !== "link out") return wires.flat();
  return Array.isArray(settings.links) ? settings.links.map(String) : [];
}

/** The wires that lead back to where the way came from. */
function loopsOf(ids: readonly string[], edges: readonly Edge[]): Edge[] {
  const from = Map.groupBy(edges, (edge) => edge.from);
  const state = new Map<string, "open" | "done">();
  const loops: Edge[] = [];
  const visit = (id: string): void => {
    state.set(id, "open");
    for (const edge of from.get(id) ?? []) {
      if (state.get(edge.to) === "open") loops.push(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, "done");
  };
  for (const id of ids) if (!state.has(id)) visit(id);
  return loops;
}
