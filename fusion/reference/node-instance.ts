// One node module, instantiated and called by the canonical ABI of node.wit, exactly as the contract says.

import { messageHeaderBytes, paddedTo8 } from "@flowfusion/graph";
import { bodyBytesMax, emissionsMax, reasonBytesMax } from "../glue/layout.ts";
import { type NodeExports, nodeExports } from "../inspect/node-exports.ts";
import type { FlowLimits } from "../limits.ts";
import { linkable, startExport } from "../link/linkable.ts";
import { fuelExport } from "../meter/check.ts";
import { meter } from "../meter/meter.ts";
import { textBytesExport, textExport } from "../wasi/link.ts";

type Call = (...parameters: (number | bigint)[]) => number;

const utf8 = new TextDecoder();

/** An emission that is no message, or goes nowhere. */
export class InvalidEmission extends Error {}

export type OnEmission = (port: number, message: Uint8Array) => void;

/** What a trap would be inside WebAssembly. A RangeError of the engine would read as a stack that ran out. */
class OutOfBounds extends Error {}

export class NodeInstance {
  readonly #functions: { readonly [name: string]: Call };
  readonly #memory: WebAssembly.Memory;
  readonly #names: NodeExports;
  readonly #fuel: WebAssembly.Global<bigint> | undefined;
  readonly #text?: { readonly memory: WebAssembly.Memory; readonly bytes: WebAssembly.Global<number> };

  /** `wasm`: a module that `loadModule` has taken. With `limits` it runs on the fuel that `fuel` is set to, else without a bound. */
  constructor(wasm: Uint8Array, limits?: FlowLimits) {
    const whole = linkable(wasm).wasm;
    const module = new WebAssembly.Module(limits ? meter(whole, limits) : whole);
    const { exports } = new WebAssembly.Instance(module);
    this.#functions = exports as unknown as { [name: string]: Call };
    this.#memory = exports.memory as WebAssembly.Memory;
    this.#names = nodeExports(wasm);
    this.#fuel = exports[fuelExport] as WebAssembly.Global<bigint> | undefined;
    const memory = exports[textExport] as WebAssembly.Memory | undefined;
    if (memory) this.#text = { memory, bytes: exports[textBytesExport] as WebAssembly.Global<number> };
  }

  /** What is left of the grant, negative once it is used up; 0 without limits. */
  get fuel(): bigint {
    return this.#fuel?.value ?? 0n;
  }

  set fuel(units: bigint) {
    if (this.#fuel) this.#fuel.value = units;
  }

  /** What the node's memory has grown to. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Starts and configures the node; gives its refusal, if it refuses. */
  configure(properties: Uint8Array): string | undefined {
    this.#functions[startExport]?.();
    if (this.#names.initialize !== undefined) this.#functions[this.#names.initialize]!();
    if (this.#names.configure === undefined) return undefined;
    return this.#refusal(
      this.#functions[this.#names.configure]!(this.#write(properties), properties.length),
      this.#names.postConfigure,
    );
  }

  /** `onReturned` is called when the node's own code is done, before what it emits is passed on. */
  handle(port: number, message: Uint8Array, onEmission: OnEmission, onReturned?: () => void): void {
    const result = this.#functions.handle!(port, this.#write(message), message.length);
    onReturned?.();
    this.#emit(result, this.#names.postHandle, onEmission);
  }

  tick(nowNs: bigint, onEmission: OnEmission, onReturned?: () => void): void {
    const result = this.#functions[this.#names.tick!]!(nowNs);
    onReturned?.();
    this.#emit(result, this.#names.postTick, onEmission);
  }

  saveState(): Uint8Array {
    const result = this.#functions[this.#names.saveState!]!();
    const state = this.#read(this.#u32(result), this.#u32(result + 4));
    this.#post(this.#names.postSaveState, result);
    return state;
  }

  /** Gives the node's refusal, if it refuses. */
  loadState(state: Uint8Array): string | undefined {
    return this.#refusal(
      this.#functions[this.#names.loadState!]!(this.#write(state), state.length),
      this.#names.postLoadState,
    );
  }

  /** What the node printed and has not logged yet: its last words when it has trapped. Empty without WASI. */
  get printed(): string {
    if (this.#text === undefined) return "";
    return utf8.decode(new Uint8Array(this.#text.memory.buffer, 0, this.#text.bytes.value));
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
