// Compiles a schema so that what is wrong with a value is told whole, and not only its first eight faults.

import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Settings } from "typebox/system";

/** Enough for a person, bounded for a body that is wrong in a million places. */
export const ERRORS_MAX = 64;

export const compileSchema: typeof Compile = ((schema: TSchema) => {
  Settings.Set({ maxErrors: ERRORS_MAX });
  return Compile(schema);
}) as typeof Compile;
