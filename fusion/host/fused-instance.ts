// Runs a Flow.wasm. The host writes frames where `reserve` says, calls `execute`, and reads the outbox, all in the
// flow's own memory: nothing is allocated per message, and per batch only what a call into WebAssembly takes.

import { FlowFusionError, type TrapCause } from "@flowfusion/graph";
import { FlowCall, type FlowFace, FlowValue, hasFace } from "../artefact/flow-face.ts";
import { type FlowParts, unpackParts } from "../artefact/flow-parts.ts";
import { abiVersion, controlBlock, counterWords, faults, fuelWords } from "../glue/layout.ts";
import { lifecycleFuelFactor } from "../limits.ts";
import { type FlowExports, PlainFace } from "./plain-face.ts";
import { FlowTrap, type NodeCounters, type RunningFlow } from "./running-flow.ts";

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
  readonly #face: FlowFace;
  readonly #control: number;
  readonly #fuelBurst: bigint;
  readonly #fuelPerMessage: bigint;
  readonly #lifecycleFuel: bigint;
  readonly #execute: FlowFace["ff_execute_flow"];
  readonly #call: FlowFace["ff_call"];
  #isProfiling = false;
  #fuelProfiled = 0n;
  #view: DataView;
  #bytes: Uint8Array;

  /**
   * Instantiates the module; call `configure` before anything else. An unmetered module runs without a bound. `parts`:
   * what is the flow's own, where the module is a shape (see artefact/shape.ts).
   */
  constructor(module: WebAssembly.Module, fuel: FuelGrant, parts?: FlowParts) {
    const { exports } = new WebAssembly.Instance(module);
    const face: FlowFace = hasFace(exports) ? exports : new PlainFace(exports as unknown as FlowExports);
    this.#face = face;
    // Held by themselves: to look for an export at each call takes as long as the call.
    this.#execute = face.ff_execute_flow;
    this.#call = face.ff_call;
    this.#control = Number(face.ff_get(FlowValue.control)) >>> 0;
    this.hasTicks = face.ff_get(FlowValue.ticking) !== 0n;
    this.#view = new DataView(face.memory.buffer);
    this.#bytes = new Uint8Array(face.memory.buffer);
    this.#lifecycleFuel = BigInt(fuel.fuelBurst) * BigInt(lifecycleFuelFactor);
    if (parts) this.#take(parts);
    this.#checkAbi();
    this.#fuelBurst = BigInt(fuel.fuelBurst);
    this.#fuelPerMessage = BigInt(fuel.fuelPerMessage);
    this.#grant(this.#fuelBurst, this.#fuelPerMessage);
  }

  /** First what passes through the memory: what was there is zero in a shape, or one of the statics. */
  #take(parts: FlowParts): void {
    const { statics, own } = unpackParts(parts);
    if (own.length > 0) {
      this.#bytes.set(own);
      this.#run(FlowCall.takeOwn, this.#lifecycleFuel);
      this.#bytes.fill(0, 0, own.length);
    }
    for (const { address, bytes } of statics) this.#bytes.set(bytes, address);
  }

  configure(): void {
    const error = this.#run(FlowCall.configure, this.#lifecycleFuel);
    if (error !== 0) throw new FlowFusionError("FF_FLOW_CONFIGURE", this.#textAt(error));
  }

  /** Address of room for `bytes` of input; `memory` is that room's memory. Both hold until the next call of `reserve`. */
  reserve(bytes: number): number {
    const start = this.#run(FlowCall.reserve, this.#lifecycleFuel, bytes) >>> 0;
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

  /**
   * Goes on with frames that `executeAt`, or this, has left, since the outbox was full: with what it has left of the fuel too, so
   * that a run has no more in pieces than as a whole.
   */
  continueAt(start: number, length: number, messages: number): number {
    const left = this.#face.ff_get(FlowValue.fuel);
    this.#grant(left, 0n);
    try {
      return this.#execute(start, length, messages);
    } catch (error) {
      throw this.#trapFrom(error);
    } finally {
      if (this.#isProfiling) this.#noteFuel(left);
      this.#grant(this.#fuelBurst, this.#fuelPerMessage);
    }
  }

  #grant(burst: bigint, perMessage: bigint): void {
    this.#face.ff_set(FlowValue.fuelBurst, burst);
    this.#face.ff_set(FlowValue.fuelPerMessage, perMessage);
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
    this.#run(FlowCall.tick, this.#fuelBurst, 0, 0, nowNs);
    if (this.#isProfiling) this.#noteFuel(this.#fuelBurst);
  }

  /**
   * Whether calls from now on are profiled: what each node uses of fuel is then added up, for `nodeCounters`, and calls take
   * longer. An unmetered flow uses none, one fused before version 0.3.0 tells nothing.
   */
  set isProfiling(isProfiling: boolean) {
    this.#face.ff_set(FlowValue.profiling, isProfiling ? 1n : 0n);
    this.#isProfiling = this.#face.ff_get(FlowValue.profiling) === 1n;
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
    this.#fuelProfiled += granted - this.#face.ff_get(FlowValue.fuel);
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
    return this.#bytesAt(this.#run(FlowCall.saveState, this.#lifecycleFuel));
  }

  loadState(state: Uint8Array): void {
    this.#load(FlowCall.loadState, this.#place(state), state.length);
  }

  /**
   * Copies a state to where `loadState` is going to put one, so that there is room by then. What it gives loads the copy
   * into the nodes whose state a later `loadState` replaces; it has to be called before anything else is.
   */
  preload(state: Uint8Array): () => void {
    const start = this.#place(state);
    return () => this.#load(FlowCall.preloadState, start, state.length);
  }

  #place(state: Uint8Array): number {
    const start = this.reserve(state.length);
    this.#bytes.set(state, start);
    return start;
  }

  #load(which: FlowCall, start: number, length: number): void {
    const error = this.#run(which, this.#lifecycleFuel, start, length);
    if (error !== 0) throw new FlowFusionError("FF_FLOW_STATE_REFUSED", this.#textAt(error));
  }

  nodeCounters(): NodeCounters[] {
    this.#run(FlowCall.counters, this.#lifecycleFuel);
    const start = this.#controlWord(controlBlock.countersStart);
    const word = (node: number, index: number) =>
      Number(this.#view.getBigUint64(start + (node * counterWords + index) * 8, true));
    return Array.from({ length: this.#controlWord(controlBlock.nodeCount) }, (_, node) => ({
      messagesIn: word(node, 0),
      messagesOut: [word(node, 1), word(node, 2), word(node, 3), word(node, 4)],
      ...this.#profiledOf(node),
    }));
  }

  #run(which: FlowCall, fuel: bigint, a = 0, b = 0, nowNs = 0n): number {
    try {
      return this.#call(which, a, b, nowNs, fuel);
    } catch (error) {
      throw this.#trapFrom(error);
    }
  }

  #trapFrom(error: unknown): FlowTrap {
    return new FlowTrap(
      this.#causeOf(error),
      Number(this.#face.ff_get(FlowValue.currentNode)),
      this.#controlWord(controlBlock.cursor),
      error,
    );
  }

  #causeOf(error: unknown): TrapCause {
    if (error instanceof RangeError) return "stack";
    if (this.#face.ff_get(FlowValue.fuel) < 0n) return "fuel";
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
    const { buffer } = this.#face.memory;
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
