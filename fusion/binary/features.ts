// What a module may use, and what is refused by name. Accepted: the first version of WebAssembly and the features
// below, all of which are deterministic and single-threaded. The rest of the later proposals is refused, so that
// a module runs the same on every engine that a gateway may have.

import { FlowFusionError } from "@flowfusion/graph";
import { hex } from "./reader.ts";

export const Feature = {
  mutableGlobals: "mutable globals",
  signExtension: "sign extension",
  saturatingFloatToInt: "saturating float-to-int",
  multiValue: "multi-value",
  bulkMemory: "bulk memory",
  referenceTypes: "reference types",
  simd: "SIMD",
  multiMemory: "multi-memory",
} as const;

export type Feature = (typeof Feature)[keyof typeof Feature];

export const refusedFeatures = [
  "compact imports",
  "custom page sizes",
  "exceptions",
  "extended constant expressions",
  "garbage collection",
  "half-precision floats",
  "memory64",
  "relaxed SIMD",
  "tail calls",
  "threads",
  "typed function references",
  "wide arithmetic",
] as const;

export type RefusedFeature = (typeof refusedFeatures)[number];

export function refused(
  feature: RefusedFeature,
  what: string,
  offset: number,
  functionIndex?: number,
): FlowFusionError {
  const place = functionIndex === undefined ? "" : `function ${functionIndex}, `;
  return new FlowFusionError("FF_MODULE_FEATURE", `uses ${feature} (${what}) at ${place}byte ${hex(offset)}`);
}
