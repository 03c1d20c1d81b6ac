// The face of a flow that exports each function and each value by itself: as it was fused, metered or not, and by which version ever.

import { FlowCall, type FlowFace, FlowValue } from "../artefact/flow-face.ts";
import { controlBlock } from "../glue/layout.ts";

export interface FlowExports {
  readonly memory: WebAssembly.Memory;
  readonly control: WebAssembly.Global<number>;
  readonly current_node: WebAssembly.Global<number>;
  /** Present once the module has been metered, as are the next two. */
  readonly ff_fuel?: WebAssembly.Global<bigint>;
  readonly ff_fuel_burst?: WebAssembly.Global<bigint>;
  readonly ff_fuel_per_message?: WebAssembly.Global<bigint>;
  /** Of metered modules, where `execute_flow` takes the number of messages; before version 0.4.0 it did not. */
  ff_execute_flow?(start: number, length: number, messages: number): number;
  reserve(length: number): number;
  configure(): number;
  execute_flow(start: number, length: number, messages: number): number;
  tick(nowNs: bigint): number;
  /** Absent from flows that were fused before version 0.6.0. */
  readonly ticking?: WebAssembly.Global<number>;
  /** Absent from flows that were fused before version 0.3.0, as is the next one. */
  counters?(): number;
  readonly profiling?: WebAssembly.Global<number>;
  /** Present in a shape; see artefact/take-own.ts. */
  ff_take_own?(): void;
  save_state(): number;
  load_state(start: number, length: number): number;
  /** Absent from flows that were fused before version 0.5.0. */
  preload_state?(start: number, length: number): number;
}

export class PlainFace implements FlowFace {
  readonly ff_execute_flow: FlowFace["ff_execute_flow"];
  readonly ff_call: FlowFace["ff_call"] = (...args) => this.#call(...args);
  readonly #exports: FlowExports;
  #fuelBurst = 0n;
  #fuelPerMessage = 0n;

  constructor(exports: FlowExports) {
    this.#exports = exports;
    this.ff_execute_flow = exports.ff_execute_flow ?? this.#execute.bind(this);
  }

  get memory(): WebAssembly.Memory {
    return this.#exports.memory;
  }

  #call(...[which, a, b, nowNs, fuel]: Parameters<FlowFace["ff_call"]>): number {
    const flow = this.#exports;
    if (flow.ff_fuel) flow.ff_fuel.value = fuel;
    switch (which) {
      case FlowCall.reserve:
        return flow.reserve(a);
      case FlowCall.configure:
        return flow.configure();
      case FlowCall.tick:
        return flow.tick(nowNs);
      case FlowCall.counters:
        return flow.counters?.() ?? 0;
      case FlowCall.saveState:
        return flow.save_state();
      case FlowCall.loadState:
        return flow.load_state(a, b);
      case FlowCall.preloadState:
        return flow.preload_state?.(a, b) ?? 0;
      case FlowCall.takeOwn:
        flow.ff_take_own!();
        return 0;
    }
  }

  ff_get(which: FlowValue): bigint {
    const flow = this.#exports;
    switch (which) {
      case FlowValue.fuel:
        return flow.ff_fuel?.value ?? 0n;
      case FlowValue.fuelBurst:
        return this.#fuelBurst;
      case FlowValue.fuelPerMessage:
        return this.#fuelPerMessage;
      case FlowValue.currentNode:
        return BigInt(flow.current_node.value);
      case FlowValue.profiling:
        return BigInt(flow.profiling?.value ?? 0);
      case FlowValue.control:
        return BigInt(flow.control.value);
      case FlowValue.ticking:
        return BigInt(flow.ticking?.value ?? 1);
    }
  }

  ff_set(which: FlowValue, value: bigint): void {
    const flow = this.#exports;
    switch (which) {
      case FlowValue.fuelBurst:
        this.#fuelBurst = value;
        if (flow.ff_fuel_burst) flow.ff_fuel_burst.value = value;
        return;
      case FlowValue.fuelPerMessage:
        this.#fuelPerMessage = value;
        if (flow.ff_fuel_per_message) flow.ff_fuel_per_message.value = value;
        return;
      case FlowValue.profiling:
        // An unmetered flow uses no fuel, and a profile tells of nothing else.
        if (flow.profiling && flow.ff_fuel) flow.profiling.value = Number(value);
    }
  }

  #execute(start: number, length: number, messages: number): number {
    const { memory, control, ff_fuel: fuel } = this.#exports;
    new DataView(memory.buffer).setUint32((control.value >>> 0) + controlBlock.outboxBytes, 0, true);
    if (fuel) fuel.value = this.#fuelBurst + this.#fuelPerMessage * BigInt(messages);
    return this.#exports.execute_flow(start, length, messages);
  }
}
