// Configures nodes while a flow is fused. A node's properties are known then, so its module is started, handed them, and
// what has become of its memories and globals is written back into the module. A flow then starts with its nodes
// configured, whoever mistyped a property reads the node's refusal in the preview, and what a node reads of its
// properties when a message comes is a constant to the optimiser.
//
//   before   _initialize, configure(properties), handle, …     run by the flow's `configure`
//   after    handle, …                                         their work is in data segments and initial values
//
// What must hold: nothing of the instance escapes that, so a node is left to be configured by the flow's `configure`, as
// it always was, when its state is more than numbers or its code does not come to an end here; each such node tells why.
// The fuel is what a gateway grants by default for the whole flow, in the same order, so that the result is the same on
// every machine.

import { type CanonicalNode, FlowFusionError } from "@flowfusion/graph";
import { CodeReader } from "../binary/code.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import { type NodeExports, nodeExports } from "../inspect/node-exports.ts";
import { defaultFlowLimits, lifecycleFuelFactor } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { ConfiguringInstance } from "./configuring-instance.ts";
import { restated } from "./restated.ts";
import { mutableGlobals, withStateExports } from "./state-exports.ts";

export interface ConfiguredNode {
  readonly wasm: Uint8Array;
  /** Why the node is left to be configured when the flow starts; absent when that is done. */
  readonly unconfiguredBecause?: string;
}

/** What is known of a module before any node runs it. */
interface Prepared {
  readonly module: WasmModule;
  readonly exports: NodeExports;
  /** Absent when the module's state cannot be taken along. */
  readonly program?: WebAssembly.Module;
  readonly obstacle?: string;
}

/** Configures the nodes of one flow, which share the fuel, in their order. */
export class Configurator {
  readonly #prepared = new Map<Uint8Array, Prepared>();
  #fuel = BigInt(defaultFlowLimits.fuelBurst * lifecycleFuelFactor);

  /**
   * `wasm`: the node's module, linkable. Throws a FlowFusionError `FF_FLOW_CONFIGURE` with the node's own words when it
   * refuses its properties.
   */
  configure({ id }: CanonicalNode, wasm: Uint8Array, properties: Uint8Array): ConfiguredNode {
    const { module, exports, program, obstacle } = this.#prepare(wasm);
    if (program === undefined) return { wasm, unconfiguredBecause: obstacle! };
    const instance = new ConfiguringInstance(program, exports, this.#fuel);
    const outcome = instance.configure(properties);
    this.#fuel = instance.fuelLeft;
    if (outcome.refusal !== undefined) throw new FlowFusionError("FF_FLOW_CONFIGURE", `${id}: ${outcome.refusal}`);
    if (outcome.failure !== undefined) return { wasm, unconfiguredBecause: outcome.failure };
    const state = instance.state(module);
    const holdsNan = state.globals.some((value) => Number.isNaN(value));
    if (holdsNan) return { wasm, unconfiguredBecause: "one of its globals is NaN, whose bits cannot be read" };
    return { wasm: restated(module, state) };
  }

  #prepare(wasm: Uint8Array): Prepared {
    const known = this.#prepared.get(wasm);
    if (known) return known;
    const prepared = prepare(wasm);
    this.#prepared.set(wasm, prepared);
    return prepared;
  }
}

function prepare(wasm: Uint8Array): Prepared {
  const module = describeModule(wasm);
  const exports = nodeExports(wasm);
  const obstacle = obstacleOf(module);
  if (obstacle !== undefined) return { module, exports, obstacle };
  return { module, exports, program: new WebAssembly.Module(meter(withStateExports(module), defaultFlowLimits)) };
}

/** Exports and globals beyond this come from no compiler. */
const mutableGlobalsMax = 1_000;

/** Instructions that change what is no number: tables, and which segments are still there. */
const changing = new Map<number, string>([
  [Op.tableSet, "table.set"],
  [Op.tableInit, "table.init"],
  [Op.tableCopy, "table.copy"],
  [Op.tableGrow, "table.grow"],
  [Op.tableFill, "table.fill"],
  [Op.dataDrop, "data.drop"],
  [Op.elementDrop, "elem.drop"],
]);

/** What of a module's state cannot be taken along; undefined when all can. */
function obstacleOf(module: WasmModule): string | undefined {
  const mutable = mutableGlobals(module);
  if (mutable.length > mutableGlobalsMax) return `it has ${mutable.length} globals that change`;
  const unreadable = mutable.map((index) => module.globals[index]!.type).find((type) => !numbers.has(type));
  if (unreadable !== undefined) return `it has a global that changes, of type ${unreadable}`;
  for (const body of module.bodies) {
    const code = new CodeReader(module.bytes, body);
    while (code.next()) {
      const instruction = changing.get(code.opcode);
      if (instruction !== undefined) return `it uses ${instruction}`;
    }
  }
  return undefined;
}

const numbers: ReadonlySet<string> = new Set(["i32", "i64", "f32", "f64"]);
