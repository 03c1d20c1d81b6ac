// Pieces of glue that copy: the same wherever a message goes.

import { fault } from "./fault.ts";
import { controlBlock, type Layout, outboxMaxBytes } from "./layout.ts";

/** Length of a message's header, bytes. */
export const headerBytes = 24;

/** Name of a node's memory; the flow's own is `io`. */
export const memoryOf = (index: number): string => `m${index}`;

/** Sets `$at` to where the next frame goes, writes its head and takes its room. Needs locals `$used` and `$at`. */
export function openFrame(layout: Layout, framePort: number, length: string): string {
  const used = layout.controlStart + controlBlock.outboxBytes;
  return `
  (local.set $used (i32.load $io (i32.const ${used})))
  (if (i32.gt_u ${length} (i32.sub (i32.const ${outboxMaxBytes - 8}) (local.get $used))) (then ${fault("outboxOverflow")}))
  (local.set $at (i32.add (i32.const ${layout.outboxStart}) (local.get $used)))
  (i32.store $io (local.get $at) (i32.const ${framePort | 0}))
  (i32.store $io offset=4 (local.get $at) ${length})
  (i32.store $io (i32.const ${used}) (i32.add (local.get $used) (i32.add ${length} (i32.const 8))))`;
}

/**
 * The body of a function that copies a message of a multiple of 8 bytes, at least a header. Word by word up to 64 bytes,
 * which is nearly every reading: between two memories `memory.copy` is a call into the engine.
 */
export function copyMessage(from: string, to: string): string {
  const word = (offset: number) =>
    `(i64.store $${to} offset=${offset} (local.get $to) (i64.load $${from} offset=${offset} (local.get $from)))`;
  const rest = `(memory.copy $${to} $${from} (i32.add (local.get $to) (i32.const 64)) (i32.add (local.get $from) (i32.const 64)) (i32.sub (local.get $length) (i32.const 64)))`;
  const longer = [56, 48, 40, 32, 24].reduce(
    (inner, offset) => `(if (i32.gt_u (local.get $length) (i32.const ${offset})) (then ${word(offset)} ${inner}))`,
    `(if (i32.gt_u (local.get $length) (i32.const 64)) (then ${rest}))`,
  );
  return `${word(0)} ${word(8)} ${word(16)}
  ${longer}`;
}
