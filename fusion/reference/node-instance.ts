// One node module, instantiated and called by the canonical ABI of node.wit, exactly as the contract says.

import { messageHeaderBytes, paddedTo8 } from "@flowfusion/graph";
import { bodyBytesMax, emissionsMax, reasonBytesMax } from "../glue/layout.ts";
import { type FuelGrant, lifecycleFuelFactor } from "../host/fused-instance.ts";
import { type NodeExports, nodeExports } from "../inspect/node-exports.ts";
import { defaultFlowLimits } from "../limits.ts";
import { linkable, startExport } from "../link/linkable.ts";
import { fuelExport } from "../meter/check.ts";
import { meter } from "../meter/meter.ts";
import { textBytesExport, textExport } from "../wasi/link.ts";

type Call = (...parameters: (number | bigint)[]) => number;

const utf8 = new TextDecoder();

/** An emission that is no message, or goes nowhere. */
export class InvalidEmission extends Error {}

export type OnEmission = (port: number, message: Uint8Array) => void;

/** The node has used up what it was granted for one call. */
export class OutOfFuel extends Error {
  constructor(granted: bigint) {
    super(`it used up its fuel of ${granted} for one call, as an endless loop does`);
  }
}

/** What a trap would be inside WebAssembly. A RangeError of the engine would read as a stack that ran out. */
class OutOfBounds extends Error {}

interface CompiledNode {
  readonly module: WebAssembly.Module;
  readonly names: NodeExports;
}

const compiled = new WeakMap<Uint8Array, CompiledNode>();
const compiledMetered = new WeakMap<Uint8Array, CompiledNode>();

/** Many instances are made of one module: its node's in each flow, and again at each restart. */
function compiledOnce(wasm: Uint8Array, isMetered: boolean): CompiledNode {
  const known = isMetered ? compiledMetered : compiled;
  let node = known.get(wasm);
  if (node === undefined) {
    const { wasm: linked } = linkable(wasm);
    const module = new WebAssembly.Module(isMetered ? meter(linked, defaultFlowLimits) : linked);
    node = { module, names: nodeExports(wasm) };
    known.set(wasm, node);
  }
  return node;
}

export class NodeInstance {
  readonly #functions: { readonly [name: string]: Call };
  readonly #memory: WebAssembly.Memory;
  readonly #names: NodeExports;
  readonly #text?: { readonly memory: WebAssembly.Memory; readonly bytes: WebAssembly.Global<number> };

  readonly #grant: FuelGrant | undefined;
  readonly #fuel: WebAssembly.Global<bigint> | undefined;
  #granted = 0n;

  /**
   * `wasm`: a module that `loadModule` has taken. With `fuel` it runs as under a gateway: what takes more fuel for one call
   * throws an OutOfFuel, and memories are capped. Without, it runs for as long as it likes.
   */
  constructor(wasm: Uint8Array, fuel?: FuelGrant) {
    const { module, names } = compiledOnce(wasm, fuel !== undefined);
    const { exports } = new WebAssembly.Instance(module);
    this.#functions = exports as unknown as { [name: string]: Call };
    this.#memory = exports.memory as WebAssembly.Memory;
    this.#names = names;
    const memory = exports[textExport] as WebAssembly.Memory | undefined;
    this.#grant = fuel;
    this.#fuel = exports[fuelExport] as WebAssembly.Global<bigint> | undefined;
    if (memory) this.#text = { memory, bytes: exports[textBytesExport] as WebAssembly.Global<number> };
  }

  /** Fuel that the last call took; 0 when it is not counted. */
  get fuelUsed(): number {
    return this.#fuel ? Number(this.#granted - this.#fuel.value) : 0;
  }

  /** What the node's memory has grown to. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Starts and configures the node; gives its refusal, if it refuses. */
  configure(properties: Uint8Array): string | undefined {
    return this.#within(lifecycleFuelFactor, 0, () => {
      this.#functions[startExport]?.();
      if (this.#names.initialize !== undefined) this.#functions[this.#names.initialize]!();
      if (this.#names.configure === undefined) return undefined;
      const result = this.#functions[this.#names.configure]!(this.#write(properties), properties.length);
      return this.#refusal(result, this.#names.postConfigure);
    });
  }

  /** `onReturned` is called when the node's own code is done, before what it emits is passed on. */
  handle(port: number, message: Uint8Array, onEmission: OnEmission, onReturned?: () => void): void {
    this.#within(1n, 1, () => {
      const result = this.#functions.handle!(port, this.#write(message), message.length);
      onReturned?.();
      this.#emit(result, this.#names.postHandle, onEmission);
    });
  }

  tick(nowNs: bigint, onEmission: OnEmission, onReturned?: () => void): void {
    this.#within(1n, 0, () => {
      const result = this.#functions[this.#names.tick!]!(nowNs);
      onReturned?.();
      this.#emit(result, this.#names.postTick, onEmission);
    });
  }

  saveState(): Uint8Array {
    return this.#within(lifecycleFuelFactor, 0, () => {
      const result = this.#functions[this.#names.saveState!]!();
      const state = this.#read(this.#u32(result), this.#u32(result + 4));
      this.#post(this.#names.postSaveState, result);
      return state;
    });
  }

  /** Gives the node's refusal, if it refuses. */
  loadState(state: Uint8Array): string | undefined {
    return this.#within(lifecycleFuelFactor, 0, () => {
      const result = this.#functions[this.#names.loadState!]!(this.#write(state), state.length);
      return this.#refusal(result, this.#names.postLoadState);
    });
  }

  /** What the node printed and has not logged yet: its last words when it has trapped. Empty without WASI. */
  get printed(): string {
    if (this.#text === undefined) return "";
    return utf8.decode(new Uint8Array(this.#text.memory.buffer, 0, this.#text.bytes.value));
  }

  /** Runs with the fuel that a gateway grants: `bursts` and what `messages` bring. */
  #within<T>(bursts: bigint, messages: number, run: () => T): T {
    if (!this.#fuel || !this.#grant) return run();
    this.#granted = BigInt(this.#grant.fuelBurst) * bursts + BigInt(this.#grant.fuelPerMessage * messages);
    this.#fuel.value = this.#granted;
    try {
      return run();
    } catch (error) {
      if (this.#fuel.value < 0n) throw new OutOfFuel(this.#granted);
      throw error;
    }
  }

  #emit(result: number, post: string | undefined, onEmission: OnEmission): void {
    const start = this.#u32(result);
    const count = this.#u32(result + 4);
    if (count > emissionsMax) throw new InvalidEmission(`${count} emissions, ${emissionsMax} allowed`);
    for (let index = 0; index < count; index++) {
      const at = start + index * 12;
      onEmission(this.#u32(at), this.#message(this.#u32(at + 4), this.#u32(at + 8)));
    }
    this.#post(post, result);
  }

  #message(start: number, length: number): Uint8Array {
    const header = this.#view(start, messageHeaderBytes);
    const view = new DataView(header.buffer, header.byteOffset);
    const bodyBytes = view.getUint32(20, true);
    if (bodyBytes > bodyBytesMax || length !== paddedTo8(messageHeaderBytes + view.getUint16(18, true) + bodyBytes)) {
      throw new InvalidEmission(`${length} bytes are no message`);
    }
    return this.#read(start, length);
  }

  #refusal(result: number, post: string | undefined): string | undefined {
    const refused = this.#read(result >>> 0, 1)[0] !== 0;
    const reason = refused
      ? utf8.decode(this.#read(this.#u32(result + 4), Math.min(this.#u32(result + 8), reasonBytesMax)))
      : undefined;
    this.#post(post, result);
    return reason;
  }

  #post(name: string | undefined, result: number): void {
    if (name !== undefined) this.#functions[name]!(result);
  }

  #write(bytes: Uint8Array): number {
    const at = this.#functions.cabi_realloc!(0, 0, 8, bytes.length);
    this.#view(at >>> 0, bytes.length).set(bytes);
    return at;
  }

  #read(start: number, length: number): Uint8Array {
    return this.#view(start, length).slice();
  }

  /** `at`: an address as WebAssembly gives it, which JavaScript may have taken for a negative number. */
  #u32(at: number): number {
    const bytes = this.#view(at >>> 0, 4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  }

  #view(start: number, length: number): Uint8Array {
    const { buffer } = this.#memory;
    if (start + length > buffer.byteLength) {
      throw new OutOfBounds(`${length} bytes at ${start}, the node's memory has ${buffer.byteLength}`);
    }
    return new Uint8Array(buffer, start, length);
  }
}
