// Says why before trapping, so that the host can tell the glue's refusals from a node's own trap.

import { controlBlock, faults, type Layout } from "./layout.ts";

export function faultFunction(layout: Layout): string {
  return `
(func $fault (param $why i32)
  (i32.store $io (i32.const ${layout.controlStart + controlBlock.fault}) (local.get $why))
  unreachable)`;
}

export const fault = (why: keyof typeof faults): string => `(call $fault (i32.const ${faults[why]}))`;
