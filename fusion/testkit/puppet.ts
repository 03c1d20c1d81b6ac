// A node that does what the message tells it: emit any list, trap in any function, never end. So that one fused flow
// serves a whole table of misdeeds.

import type { NodeModule } from "@flowfusion/graph";
import { watNode } from "./wat-nodes.ts";

/** Where the puppet finds the body of a message without a topic, and the data that a command brings. */
const puppetBody = 4096 + 24;
export const puppetData = puppetBody + 16;
export const puppetMemoryBytes = 4 * 65536;

const actions = { emit: 0, arm: 1, answer: 2, loop: 3, recurse: 4, trap: 5 } as const;
const functions = { realloc: 1, postHandle: 2, tick: 3, save: 4, load: 5, postTick: 6 } as const;

export interface Command {
  /** Puppets that pass the command on before one obeys. */
  readonly hops?: number;
  readonly action: keyof typeof actions;
  /** For `emit` the number of emissions, for `answer` the address that `handle` gives. */
  readonly number?: number;
  /** For `emit`, where the list lies; the data when absent. */
  readonly list?: number;
  /** For `arm`: the function whose next call traps. */
  readonly function?: keyof typeof functions;
  readonly data?: readonly number[];
}

/** The body of the message that carries a command; `data` are 32-bit words. */
export function command(it: Command): Uint8Array {
  const number = it.function === undefined ? (it.number ?? 0) : functions[it.function];
  const words = [it.hops ?? 0, actions[it.action], number, it.list ?? puppetData, ...(it.data ?? [])];
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** A 24-byte message, as words of a command's data; `length` and `topic` are what its header claims. */
export const messageWords = (body = 0, topic = 0): number[] => [0, 0, 0, 0, topic << 16, body];

const guard = (name: keyof typeof functions) =>
  `(if (i32.eq (global.get $armed) (i32.const ${functions[name]})) (then unreachable))`;
const obey = (action: keyof typeof actions, then: string) =>
  `(if (i32.eq (i32.load offset=4 (local.get $body)) (i32.const ${actions[action]})) (then ${then}))`;

/** A message whose value is no bytes, such as a reading, passes on port 0. */
export const puppet: NodeModule = watNode(
  "puppet",
  `(memory (export "memory") 4)
  (global $armed (mut i32) (i32.const 0))
  (global $handled (mut i64) (i64.const 0))
  (func $recurse (param i32) (result i32) (i32.add (call $recurse (local.get 0)) (i32.const 1)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${guard("realloc")} (i32.const 4096))
  (func $result (param $list i32) (param $count i32) (result i32)
    (i32.store (i32.const 16) (local.get $list)) (i32.store (i32.const 20) (local.get $count)) (i32.const 16))
  (func $one (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (local.get $at))
    (i32.store (i32.const 40) (local.get $length)) (call $result (i32.const 32) (i32.const 1)))
  (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
    (local $body i32)
    (global.set $handled (i64.add (global.get $handled) (i64.const 1)))
    (local.set $body (i32.const ${puppetBody}))
    (if (i32.ne (i32.load8_u offset=16 (local.get $at)) (i32.const 5))
      (then (return (call $one (local.get $at) (local.get $length)))))
    (if (i32.load (local.get $body))
      (then
        (i32.store (local.get $body) (i32.sub (i32.load (local.get $body)) (i32.const 1)))
        (return (call $one (local.get $at) (local.get $length)))))
    ${obey("emit", "(return (call $result (i32.load offset=12 (local.get $body)) (i32.load offset=8 (local.get $body))))")}
    ${obey("arm", "(global.set $armed (i32.load offset=8 (local.get $body))) (return (call $result (i32.const 0) (i32.const 0)))")}
    ${obey("answer", "(return (i32.load offset=8 (local.get $body)))")}
    ${obey("loop", "(loop $forever (br $forever))")}
    ${obey("recurse", "(return (call $recurse (i32.const 0)))")}
    unreachable)
  (func (export "cabi_post_handle") (param i32) ${guard("postHandle")})
  (func (export "tick") (param $now i64) (result i32)
    ${guard("tick")}
    (memory.fill (i32.const 64) (i32.const 0) (i32.const 24))
    (i64.store (i32.const 72) (local.get $now))
    (i32.store8 (i32.const 80) (i32.const 2))
    (call $one (i32.const 64) (i32.const 24)))
  (func (export "cabi_post_tick") (param i32) ${guard("postTick")})
  (func (export "save_state") (result i32)
    ${guard("save")}
    (i64.store (i32.const 96) (global.get $handled))
    (call $result (i32.const 96) (i32.const 8)))
  (func (export "load_state") (param $at i32) (param $length i32) (result i32)
    ${guard("load")}
    (global.set $handled (i64.load (local.get $at)))
    (i32.store8 (i32.const 16) (i32.const 0))
    (i32.const 16))`,
  {
    outputs: [
      { name: "out", type: "any" },
      { name: "spare", type: "any" },
    ],
    stateVersion: 1,
  },
);
