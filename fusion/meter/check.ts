// What a gateway refuses before it meters an artefact, all reasons at once. It trusts nothing of where the bytes
// come from: what fusion checked in each node is checked again in the whole.

import type { Diagnostic, ErrorCode } from "@flowfusion/graph";
import { faceExports } from "../artefact/flow-face.ts";
import type { WasmModule } from "../binary/module.ts";
import { SectionId } from "../binary/sections.ts";
import { importText } from "../binary/types.ts";
import { type CodeMeasures, limitProblems } from "../inspect/measure.ts";
import { artefactLimits, type FlowLimits } from "../limits.ts";

/** The exported global that holds what fuel is left. */
export const fuelExport = "ff_fuel";
/** Exported globals that a host sets once, and the function that grants by them and then calls `execute_flow`. */
export const fuelBurstExport = "ff_fuel_burst";
export const fuelPerMessageExport = "ff_fuel_per_message";
export const executeExport = faceExports.execute;

/** The function by which an artefact asks what fuel is left; it is the artefact's own, and metering gives it its body. */
export const probeExport = "fuel_probe";

const reservedExports: readonly string[] = [
  ...[fuelExport, fuelBurstExport, fuelPerMessageExport, executeExport],
  ...[faceExports.call, faceExports.get, faceExports.set],
];

export function artefactProblems(module: WasmModule, code: CodeMeasures, limits: FlowLimits): Diagnostic[] {
  const problem = (problemCode: ErrorCode, path: string, message: string) => ({ code: problemCode, path, message });
  const { maxPagesPerMemory } = limits;
  const reserved = module.exports.map(({ name }) => name).filter((name) => reservedExports.includes(name));
  return [
    ...module.imports.map((entry) =>
      problem("FF_ARTEFACT_IMPORT", "imports", `imports ${importText(entry)}; an artefact has no imports`),
    ),
    ...limitProblems(module, artefactLimits, code).map((text) => problem("FF_ARTEFACT_LIMIT", "module", text)),
    ...module.memories.flatMap(({ minimum }, index) =>
      minimum > maxPagesPerMemory
        ? [problem("FF_ARTEFACT_LIMIT", `memories.${index}`, `${minimum} pages at start, ${maxPagesPerMemory} allowed`)]
        : [],
    ),
    ...reserved.map((name) => problem("FF_ARTEFACT_RESERVED", "exports", `exports \`${name}\`, which is reserved`)),
    ...(module.start !== undefined
      ? [problem("FF_ARTEFACT_START", `sections.${SectionId.start}`, `has a start function, ${module.start}`)]
      : []),
  ];
}
