// Where everything of several modules comes to lie in one. Each module is a unit with its own index spaces; a map for
// each space tells the index that the same thing has in the linked module.
//
//   functions, tables, memories, segments   first unit's own, second unit's own, …
//   globals                                 the same, but the first unit's own last: their values may be globals of others
//   types                                   one for each signature, in order of first appearance
//
// The first unit is the one that imports. What it imports has no place of its own, its map leads to the export. Imports
// that are left open come first in their space, in their order.

import { FlowFusionError } from "@flowfusion/graph";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { type ExternKind, type FunctionType, typeText } from "../binary/types.ts";

export interface LinkInput {
  /** What imports call the module. */
  readonly name: string;
  readonly wasm: Uint8Array;
}

export type Space = ExternKind | "type" | "element" | "data";

/** Index in the unit → index in the linked module. */
type IndexMaps = { readonly [Key in Space]: Uint32Array };

export interface Unit {
  readonly name: string;
  readonly module: WasmModule;
  readonly maps: IndexMaps;
}

export interface LinkLayout {
  /** Their maps hold what each declares by itself; those of imports are completed by `resolveImports`. */
  readonly units: readonly Unit[];
  /** The units in the order in which their globals stand. */
  readonly globalOrder: readonly Unit[];
  readonly types: TypeTable;
}

/** `open`: names of modules whose exports the linked module goes on importing. */
export function layOutUnits(inputs: readonly LinkInput[], open: ReadonlySet<string>): LinkLayout {
  const types = new TypeTable();
  // Nodes of one kind share a module, which is read once.
  const modules = new Map<Uint8Array, WasmModule>();
  const units = inputs.map(({ name, wasm }) => {
    const module = modules.get(wasm) ?? describeModule(wasm);
    modules.set(wasm, module);
    return { name, module, maps: emptyMaps(module) };
  });
  for (const { module, maps } of units) {
    for (const [index, type] of module.types.entries()) maps.type[index] = types.indexOf(type);
  }
  const openCounts = placeOpenImports(units[0], open);
  for (const space of ["function", "table", "memory"] as const) place(units, space, openCounts[space]);
  for (const space of ["element", "data"] as const) place(units, space, 0);
  const globalOrder = [...units.slice(1), ...units.slice(0, 1)];
  place(globalOrder, "global", openCounts.global);
  return { units, globalOrder, types };
}

function emptyMaps(module: WasmModule): IndexMaps {
  return {
    type: new Uint32Array(module.types.length),
    function: new Uint32Array(module.functions.length),
    table: new Uint32Array(module.tables.length),
    memory: new Uint32Array(module.memories.length),
    global: new Uint32Array(module.globals.length),
    element: new Uint32Array(module.elementSegmentCount),
    data: new Uint32Array(module.dataSegmentCount),
  };
}

/** Gives how many there are in each space. */
function placeOpenImports(importer: Unit | undefined, open: ReadonlySet<string>): Readonly<Record<ExternKind, number>> {
  const seen = { function: 0, table: 0, memory: 0, global: 0 };
  const placed = { ...seen };
  for (const { module, kind } of importer?.module.imports ?? []) {
    const index = seen[kind]++;
    if (open.has(module)) importer!.maps[kind][index] = placed[kind]++;
  }
  return placed;
}

function place(units: readonly Unit[], space: Exclude<Space, "type">, first: number): void {
  let next = first;
  for (const { module, maps } of units) {
    const map = maps[space];
    for (let index = importCount(module, space); index < map.length; index++) map[index] = next++;
  }
}

/** Throws for an index that the unit does not have, as only a module that was never validated can. */
export function mapped({ name, maps }: Unit, space: Space, index: number): number {
  const target = maps[space][index];
  if (target !== undefined) return target;
  const message = `module ${name} names ${space} ${index}, and has ${maps[space].length}`;
  throw new FlowFusionError("FF_FUSE_LINK", message);
}

/** How many of a space's first indices are imported. */
export function importCount(module: WasmModule, space: Space): number {
  return module.imports.reduce((count, { kind }) => (kind === space ? count + 1 : count), 0);
}

/** The types of the linked module, no two alike. */
export class TypeTable {
  readonly list: FunctionType[] = [];
  readonly #indices = new Map<string, number>();

  indexOf(type: FunctionType): number {
    const key = typeText(type);
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.list.length);
    return this.list.push(type) - 1;
  }
}
