// Runs a Flow.wasm. The host writes frames where `reserve` says, calls `execute`, and reads the outbox, all in the
// flow's own memory: nothing is allocated per message, and per batch only what a call into WebAssembly takes.

import { FlowFusionError, type TrapCause } from "@flowfusion/graph";
import { type FlowParts, unpackParts } from "../artefact/flow-parts.ts";
import { abiVersion, controlBlock, counterWords, faults, fuelWords } from "../glue/layout.ts";
import { lifecycleFuelFactor } from "../limits.ts";
import { FlowTrap, type NodeCounters, type RunningFlow } from "./running-flow.ts";

interface FlowExports {
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

export interface FuelGrant {
  /** Fuel for each message of a batch. */
  readonly fuelPerMessage: number;
  /** Fuel for a call, beyond what its messages bring. */
  readonly fuelBurst: number;
}

const utf8 = new TextDecoder();

export class FusedInstance implements RunningFlow {
  /** Whether `tick` lets some node do anything. */
  readonly hasTicks: boolean;
  readonly #exports: FlowExports;
  readonly #control: number;
  readonly #fuelBurst: bigint;
  readonly #fuelPerMessage: bigint;
  readonly #lifecycleFuel: bigint;
  readonly #execute: (start: number, length: number, messages: number) => number;
  #isProfiling = false;
  #fuelProfiled = 0n;
  #view: DataView;
  #bytes: Uint8Array;

  /**
   * Instantiates the module; call `configure` before anything else. An unmetered module runs without a bound. `parts`:
   * what is the flow's own, where the module is a shape (see artefact/shape.ts).
   */
  constructor(module: WebAssembly.Module, fuel: FuelGrant, parts?: FlowParts) {
    this.#exports = new WebAssembly.Instance(module).exports as unknown as FlowExports;
    this.#control = this.#exports.control.value >>> 0;
    this.hasTicks = this.#exports.ticking?.value !== 0;
    this.#view = new DataView(this.#exports.memory.buffer);
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#lifecycleFuel = BigInt(fuel.fuelBurst) * BigInt(lifecycleFuelFactor);
    if (parts) this.#take(parts);
    this.#checkAbi();
    this.#fuelBurst = BigInt(fuel.fuelBurst);
    this.#fuelPerMessage = BigInt(fuel.fuelPerMessage);
    const { ff_fuel_burst: burst, ff_fuel_per_message: perMessage } = this.#exports;
    if (burst) burst.value = this.#fuelBurst;
    if (perMessage) perMessage.value = this.#fuelPerMessage;
    this.#execute = this.#exports.ff_execute_flow ?? this.#executeUngranted.bind(this);
  }

  /** First what passes through the memory: what was there is zero in a shape, or one of the statics. */
  #take(parts: FlowParts): void {
    const { statics, own } = unpackParts(parts);
    if (own.length > 0) {
      this.#bytes.set(own);
      this.#call(this.#lifecycleFuel, () => this.#exports.ff_take_own!());
      this.#bytes.fill(0, 0, own.length);
    }
    for (const { address, bytes } of statics) this.#bytes.set(bytes, address);
  }

  configure(): void {
    const error = this.#call(this.#lifecycleFuel, () => this.#exports.configure());
    if (error !== 0) throw new FlowFusionError("FF_FLOW_CONFIGURE", this.#textAt(error));
  }

  /** Address of room for `bytes` of input; `memory` is that room's memory. Both hold until the next call of `reserve`. */
  reserve(bytes: number): number {
    const start = this.#call(this.#lifecycleFuel, () => this.#exports.reserve(bytes)) >>> 0;
    this.#checkRange(start, bytes);
    return start;
  }

  /** The flow's memory, for the host to write input into and read the outbox from. */
  get memory(): Uint8Array {
    this.#refreshViews();
    return this.#bytes;
  }

  /**
   * Runs `length` bytes of frames at `start`, `messages` in number. Gives the bytes consumed. The outbox then holds what
   * this call emitted, as after `tick`, and until the next of the two.
   */
  executeAt(start: number, length: number, messages: number): number {
    try {
      return this.#execute(start, length, messages);
    } catch (error) {
      throw this.#trapFrom(error);
    } finally {
      if (this.#isProfiling) this.#noteFuel(this.#granted(messages));
    }
  }

  #executeUngranted(start: number, length: number, messages: number): number {
    this.clearOutbox();
    if (this.#exports.ff_fuel) this.#exports.ff_fuel.value = this.#granted(messages);
    return this.#exports.execute_flow(start, length, messages);
  }

  #granted(messages: number): bigint {
    return this.#fuelBurst + this.#fuelPerMessage * BigInt(messages);
  }

  execute(frames: Uint8Array): number {
    const start = this.reserve(frames.length);
    this.#bytes.set(frames, start);
    return this.executeAt(start, frames.length, countFrames(frames));
  }

  tick(nowNs: bigint): void {
    this.clearOutbox();
    if (!this.hasTicks) return;
    this.#call(this.#fuelBurst, () => this.#exports.tick(nowNs));
    if (this.#isProfiling) this.#noteFuel(this.#fuelBurst);
  }

  /**
   * Whether calls from now on are profiled: what each node uses of fuel is then added up, for `nodeCounters`, and calls take
   * longer. An unmetered flow uses none, one fused before version 0.3.0 tells nothing.
   */
  set isProfiling(isProfiling: boolean) {
    this.#isProfiling = isProfiling && this.#exports.profiling !== undefined && this.#exports.ff_fuel !== undefined;
    if (this.#exports.profiling) this.#exports.profiling.value = this.#isProfiling ? 1 : 0;
  }

  /** Units of fuel that profiled calls used: what the nodes did, and what passed messages between them. */
  get fuelProfiled(): number {
    return Number(this.#fuelProfiled);
  }

  #profiledOf(node: number): { profiled?: { messages: number; fuel: number } } {
    if (this.#fuelProfiled === 0n) return {};
    const at = this.#controlWord(controlBlock.fuelStart) + node * fuelWords * 8;
    const [fuel, messages] = [this.#view.getBigUint64(at, true), this.#view.getBigUint64(at + 8, true)];
    return { profiled: { messages: Number(messages), fuel: Number(fuel) } };
  }

  #noteFuel(granted: bigint): void {
    this.#fuelProfiled += granted - this.#exports.ff_fuel!.value;
  }

  get outboxStart(): number {
    return this.#controlWord(controlBlock.outboxStart);
  }

  get outboxBytes(): number {
    return this.#controlWord(controlBlock.outboxBytes);
  }

  /** Bytes of the outbox that whole messages emitted; what is beyond them after a trap must be discarded. */
  get committedOutboxBytes(): number {
    return this.#controlWord(controlBlock.committedBytes);
  }

  clearOutbox(): void {
    this.#refreshViews();
    this.#view.setUint32(this.#control + controlBlock.outboxBytes, 0, true);
  }

  takeOutbox(): Uint8Array {
    const start = this.outboxStart;
    const taken = this.memory.slice(start, start + this.outboxBytes);
    this.clearOutbox();
    return taken;
  }

  saveState(): Uint8Array {
    return this.saveStateInPlace().slice();
  }

  /** The state where it lies in the flow's own memory: it holds until the instance is given input or state. */
  saveStateInPlace(): Uint8Array {
    return this.#bytesAt(this.#call(this.#lifecycleFuel, () => this.#exports.save_state()));
  }

  loadState(state: Uint8Array): void {
    const start = this.#place(state);
    this.#load(() => this.#exports.load_state(start, state.length));
  }

  /**
   * Copies a state to where `loadState` is going to put one, so that there is room by then. What it gives loads the copy
   * into the nodes whose state a later `loadState` replaces; it has to be called before anything else is.
   */
  preload(state: Uint8Array): () => void {
    const start = this.#place(state);
    return () => this.#load(() => this.#exports.preload_state?.(start, state.length) ?? 0);
  }

  #place(state: Uint8Array): number {
    const start = this.reserve(state.length);
    this.#bytes.set(state, start);
    return start;
  }

  #load(load: () => number): void {
    const error = this.#call(this.#lifecycleFuel, load);
    if (error !== 0) throw new FlowFusionError("FF_FLOW_STATE_REFUSED", this.#textAt(error));
  }

  nodeCounters(): NodeCounters[] {
    if (this.#exports.counters) this.#call(this.#lifecycleFuel, () => this.#exports.counters!());
    const start = this.#controlWord(controlBlock.countersStart);
    const word = (node: number, index: number) =>
      Number(this.#view.getBigUint64(start + (node * counterWords + index) * 8, true));
    return Array.from({ length: this.#controlWord(controlBlock.nodeCount) }, (_, node) => ({
      messagesIn: word(node, 0),
      messagesOut: [word(node, 1), word(node, 2), word(node, 3), word(node, 4)],
      ...this.#profiledOf(node),
    }));
  }

  #call<T>(fuel: bigint, run: () => T): T {
    if (this.#exports.ff_fuel) this.#exports.ff_fuel.value = fuel;
    try {
      return run();
    } catch (error) {
      throw this.#trapFrom(error);
    }
  }

  #trapFrom(error: unknown): FlowTrap {
    return new FlowTrap(
      this.#causeOf(error),
      this.#exports.current_node.value,
      this.#controlWord(controlBlock.cursor),
      error,
    );
  }

  #causeOf(error: unknown): TrapCause {
    if (error instanceof RangeError) return "stack";
    const { ff_fuel: fuel } = this.#exports;
    if (fuel && fuel.value < 0n) return "fuel";
    switch (this.#controlWord(controlBlock.fault)) {
      case faults.outboxOverflow:
        return "outbox_overflow";
      case faults.invalidEmission:
        return "invalid_emission";
      case faults.invalidInput:
        return "invalid_input";
      default:
        return "trap";
    }
  }

  #controlWord(offset: number): number {
    this.#refreshViews();
    return this.#view.getUint32(this.#control + offset, true);
  }

  #textAt(pointer: number): string {
    return utf8.decode(this.#bytesAt(pointer));
  }

  /** The bytes behind a u32 length. `pointer`: as WebAssembly gives it, which JavaScript may take for negative. */
  #bytesAt(pointer: number): Uint8Array {
    const start = pointer >>> 0;
    this.#checkRange(start, 4);
    const length = this.#view.getUint32(start, true);
    this.#checkRange(start + 4, length);
    return this.#bytes.subarray(start + 4, start + 4 + length);
  }

  #checkAbi(): void {
    this.#checkRange(this.#control, controlBlock.sizeBytes);
    const abi = this.#controlWord(controlBlock.abi);
    if (abi === abiVersion) return;
    throw new FlowFusionError(
      "FF_ARTEFACT_INVALID",
      `the flow's control block is of version ${abi}, this host knows version ${abiVersion}; fuse the flow again`,
    );
  }

  /** No fused flow points beyond its memory, so one that does was made by other means. */
  #checkRange(start: number, length: number): void {
    this.#refreshViews();
    if (start + length <= this.#bytes.length) return;
    throw new FlowFusionError(
      "FF_ARTEFACT_INVALID",
      `the flow points to ${length} bytes at ${start}, its memory has ${this.#bytes.length}; fuse it again`,
    );
  }

  /** Views of a memory that has grown are of length 0. */
  #refreshViews(): void {
    if (this.#bytes.length > 0) return;
    const { buffer } = this.#exports.memory;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }
}

function countFrames(frames: Uint8Array): number {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let count = 0;
  for (let at = 0; at + 8 <= frames.length; at += 8 + view.getUint32(at + 4, true)) count++;
  return count;
}
