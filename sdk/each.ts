// Loops: the same node or sub-flow for each item of a list.

import type { AnyGraph } from "./graph.ts";
import { describe, type NodeSpec } from "./node.ts";
import { mistake } from "./place.ts";

/**
 * Makes a node or sub-flow for each item of a list, to stand under one id in `nodes`; `wires` goes over them with
 * `Object.values`. The id of each is made from the item, or its `name`: `boiler/1/temp` gives `boiler-1-temp`. It depends on
 * nothing else in the list, so that adding an item leaves the others' state alone.
 *
 * @example
 *     nodes: {
 *       temps: ff.each(["boiler/1/temp", "boiler/2/temp"], (tag) => ff.tagInput({ tags: [tag] })),
 *       log: ff.file({ path: "temps.jsonl" }),
 *     },
 *     wires: (n) => Object.values(n.temps).map((temp) => temp.out.to(n.log.in)),
 */
export function each<T extends string | { readonly name: string }, P extends NodeSpec | AnyGraph>(
  items: readonly T[],
  make: (item: T, id: string) => P,
): { readonly [id: string]: P } {
  if (!Array.isArray(items)) throw mistake(`each: the first argument is a list, ${describe(items)} given`);
  const made = new Map<string, { readonly name: string; readonly part: P }>();
  for (const item of items as readonly T[]) {
    const name = typeof item === "string" ? item : item?.name;
    if (typeof name !== "string") throw mistake(`each: an item is text or has a name, ${describe(item)} given`);
    const id = idOf(name);
    if (id === "") throw mistake(`each: no id can be made from "${name}"; give it a name with letters or digits`);
    const other = made.get(id);
    if (other !== undefined)
      throw mistake(`each: "${other.name}" and "${name}" both get the id "${id}"; rename one of them`);
    made.set(id, { name, part: make(item, id) });
  }
  return Object.fromEntries([...made].map(([id, { part }]) => [id, part]));
}

const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
