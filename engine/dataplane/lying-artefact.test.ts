// Artefacts come from outside and need not be what fusion makes. Whatever one says of itself, the data plane neither
// dies of it nor hangs.

import { defaultFlowLimits, meter } from "@flowfusion/fusion";
import type { FlowFusionError } from "@flowfusion/graph";
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import type { LoadedProgram } from "./launch.ts";
import { fileFlow, load, TestHost } from "./testkit/host.ts";
import { programOf } from "./testkit/test-plane.ts";
import { counterNode } from "./testkit/wat-nodes.ts";

const sound = await programOf(fileFlow({ type: "counter" }), counterNode());

interface Lies {
  readonly reserve?: string;
  readonly execute?: string;
  readonly save?: string;
  readonly load?: string;
  readonly configure?: string;
  readonly control?: number;
}

/** Words of the control block at 64, see fusion/glue/layout.ts. */
const set = (word: number, value: number) => `(i32.store (i32.const ${64 + word * 4}) (i32.const ${value}))`;
const outbox = (start: number, bytes: number, committed = bytes) => set(1, start) + set(2, bytes) + set(3, committed);
const cursor = (value: number) => set(4, value);
const word = (at: number, value: number) => `(i32.store (i32.const ${at}) (i32.const ${value}))`;

/** Has the graph of the sound program, and says of itself whatever it is told to. By itself it takes all and emits nothing. */
function lyingProgram(lies: Lies): LoadedProgram {
  const module = binaryen.parseText(`(module
    (memory (export "memory") 4)
    (global (export "control") i32 (i32.const ${lies.control ?? 64}))
    (global (export "current_node") (mut i32) (i32.const -1))
    (data (i32.const 64) "\\01")
    (func (export "reserve") (param i32) (result i32) ${lies.reserve ?? "(i32.const 65536)"})
    (func (export "configure") (result i32) ${lies.configure ?? "(i32.const 0)"})
    (func (export "execute_flow") (param $at i32) (param $bytes i32) (result i32)
      ${lies.execute ?? "(local.get $bytes)"})
    (func (export "tick") (param i64) (result i32) (i32.const 0))
    (func (export "save_state") (result i32) ${lies.save ?? "(i32.const 1024)"})
    (func (export "load_state") (param i32 i32) (result i32) ${lies.load ?? "(i32.const 0)"}))`);
  try {
    const metered = meter(Uint8Array.from(module.emitBinary()), defaultFlowLimits);
    return { ...load(sound), module: new WebAssembly.Module(metered) };
  } finally {
    module.dispose();
  }
}

const all = "(local.get $bytes)";
const cases: [title: string, lies: Lies][] = [
  ["consumes nothing", { execute: "(i32.const 0)" }],
  ["consumes less than nothing", { execute: "(i32.const -8)" }],
  ["consumes more than there is", { execute: "(i32.add (local.get $bytes) (i32.const 8))" }],
  ["consumes part of a frame", { execute: "(i32.const 12)" }],
  ["traps beyond the input", { execute: `${cursor(-16)} unreachable` }],
  ["traps within a frame", { execute: `${cursor(20)} unreachable` }],
  ["has an outbox of 4 GiB", { execute: outbox(1024, -8) + all }],
  ["has an outbox beyond its memory", { execute: outbox(262_144, 8) + all }],
  ["has an outbox that lies askew", { execute: outbox(1026, 40) + all }],
  ["has an outbox that lies across the end", { execute: outbox(262_136, 40) + all }],
  ["emits a frame of 4 GiB", { execute: outbox(1024, 40) + word(1028, -8) + all }],
  ["emits a frame of nothing", { execute: outbox(1024, 40) + all }],
  ["emits a message longer than its frame", { execute: outbox(1024, 40) + word(1028, 32) + word(1052, 1000) + all }],
  ["emits half a header at the end", { execute: outbox(262_136, 8) + all }],
  ["emits to a sink that it does not have", { execute: outbox(1024, 40) + word(1024, 7) + word(1028, 32) + all }],
  ["logs for a node that it does not have", { execute: outbox(1024, 40) + word(1024, -1) + word(1028, 32) + all }],
  ["traps with an outbox that does not hold together", { execute: `${outbox(1024, 1 << 30)} unreachable` }],
  ["makes room for input beyond its memory", { reserve: "(i32.const 262140)" }],
  ["has as many nodes as there are numbers", { execute: set(6, 65_536) + set(7, -1) + all }],
  ["saves a state beyond its memory", { save: "(i32.const -4)" }],
  ["saves a state of 4 GiB", { save: `${word(1024, -1)} (i32.const 1024)` }],
  ["refuses a state with a text beyond its memory", { load: "(i32.const -4)" }],
];

/** Its state, which the sound version is handed, may be as false as all else. */
function outcomeOf(swap: () => void): string {
  try {
    swap();
    return "swapped";
  } catch (error) {
    return (error as FlowFusionError).code;
  }
}

describe("an artefact that", () => {
  test.each(cases)("%s does the data plane no harm", async (_title, lies) => {
    await using flow = await TestHost.create(lyingProgram(lies));
    for (let batch = 1; batch <= 4; batch++) {
      flow.nowMs += 2_000;
      flow.feed(1, 2, 3);
      const { messagesIn, deadLetters, droppedByBreaker } = flow.host.stats();
      expect(messagesIn).toBe(3 * batch);
      expect(deadLetters + droppedByBreaker).toBeLessThanOrEqual(messagesIn);
    }
    expect(["swapped", "FF_FLOW_STATE_REFUSED"]).toContain(outcomeOf(() => flow.swap(load(sound))));
  });

  test.each<[string, Lies]>([
    ["refuses its configuration with a text beyond its memory", { configure: "(i32.const -4)" }],
    ["has its control block beyond its memory", { control: 1 << 30 }],
  ])("%s is refused", async (_title, lies) => {
    await expect(TestHost.create(lyingProgram(lies))).rejects.toMatchObject({ code: "FF_ARTEFACT_INVALID" });
  });
});
