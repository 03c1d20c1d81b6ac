// Joins the imports of the first unit to the exports of the others. As an engine would when it instantiates: same kind,
// same signature, same type and mutability, and a memory or table at least as large, and capped at least as low, as the
// import asks for.

import { externText } from "../binary/extern-text.ts";
import type { WasmModule } from "../binary/module.ts";
import { type Export, type ExternKind, type Import, importText, type Limits, typeText } from "../binary/types.ts";
import { throwProblems } from "../problems.ts";
import type { Unit } from "./index-spaces.ts";

/**
 * Completes the maps of `importer`, for modules that are not left `open`. Throws a FlowFusionError `FF_FUSE_LINK` with all
 * that does not fit.
 */
export function resolveImports([importer, ...others]: readonly Unit[], open: ReadonlySet<string>): void {
  if (importer === undefined) return;
  const exporters = new Map(others.map((unit) => [unit.name, { unit, exports: exportsByName(unit) }]));
  const problems = others.flatMap(({ name, module }) =>
    module.imports.map((entry) => `${name} imports ${importText(entry)}, and only ${importer.name} may import`),
  );
  const next: Record<ExternKind, number> = { function: 0, table: 0, memory: 0, global: 0 };
  for (const entry of importer.module.imports) {
    const index = next[entry.kind]++;
    if (open.has(entry.module)) continue;
    const exporter = exporters.get(entry.module);
    const found = exporter?.exports.get(entry.name);
    const problem = mismatch(importer, entry, index, exporter?.unit, found);
    if (problem !== undefined) problems.push(problem);
    else importer.maps[entry.kind][index] = exporter!.unit.maps[entry.kind][found!.index]!;
  }
  for (const { name, module } of [importer, ...others]) {
    if (module.start !== undefined) problems.push(`${name} has a start function, which would run without fuel`);
  }
  throwProblems(
    "modules to link",
    problems.map((message) => ({ code: "FF_FUSE_LINK", path: "link", message })),
  );
}

const exportsByName = ({ module }: Unit): ReadonlyMap<string, Export> =>
  new Map(module.exports.map((entry) => [entry.name, entry]));

function mismatch(
  importer: Unit,
  entry: Import,
  index: number,
  exporter: Unit | undefined,
  found: Export | undefined,
): string | undefined {
  const wanted = `${importer.name} imports ${importText(entry)} as ${externText(importer.module, entry.kind, index)}`;
  if (exporter === undefined) return `${wanted}, and there is no module ${entry.module}`;
  if (found === undefined) return `${wanted}, and ${entry.module} has no such export`;
  const given = `${wanted}, and ${entry.module} exports it as ${found.kind}`;
  if (found.kind !== entry.kind) return given;
  if (fits[entry.kind](importer.module, index, exporter.module, found.index)) return undefined;
  return `${given} ${externText(exporter.module, found.kind, found.index)}`;
}

type Fits = (importer: WasmModule, imported: number, exporter: WasmModule, exported: number) => boolean;

const fits: Record<ExternKind, Fits> = {
  function: (importer, imported, exporter, exported) =>
    typeText(importer.functions[imported]!) === typeText(exporter.functions[exported]!),
  table: (importer, imported, exporter, exported) => {
    const [wanted, given] = [importer.tables[imported]!, exporter.tables[exported]!];
    return wanted.element === given.element && limitsFit(wanted, given);
  },
  memory: (importer, imported, exporter, exported) =>
    limitsFit(importer.memories[imported]!, exporter.memories[exported]!),
  global: (importer, imported, exporter, exported) => {
    const [wanted, given] = [importer.globals[imported]!, exporter.globals[exported]!];
    return wanted.type === given.type && wanted.mutable === given.mutable;
  },
};

function limitsFit(wanted: Limits, given: Limits): boolean {
  if (given.minimum < wanted.minimum) return false;
  return wanted.maximum === undefined || (given.maximum ?? Number.POSITIVE_INFINITY) <= wanted.maximum;
}
