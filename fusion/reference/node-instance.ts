// One node module, instantiated and called by the canonical ABI of node.wit, exactly as the contract says.

import type { NodeExports } from "../inspect/node-exports.ts";
import { linkable, startExport } from "../link/linkable.ts";

type Call = (...parameters: (number | bigint)[]) => number;

const emissionsMax = 65536;
const utf8 = new TextDecoder();

export type OnEmission = (port: number, message: Uint8Array) => void;

export class NodeInstance {
  readonly #functions: { readonly [name: string]: Call };
  readonly #memory: WebAssembly.Memory;
  readonly #names: NodeExports;

  constructor(wasm: Uint8Array, names: NodeExports) {
    const module = new WebAssembly.Module(linkable(wasm).wasm);
    const { exports } = new WebAssembly.Instance(module);
    this.#functions = exports as unknown as { [name: string]: Call };
    this.#memory = exports.memory as WebAssembly.Memory;
    this.#names = names;
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

  handle(port: number, message: Uint8Array, onEmission: OnEmission): void {
    this.#emit(this.#functions.handle!(port, this.#write(message), message.length), this.#names.postHandle, onEmission);
  }

  tick(nowNs: bigint, onEmission: OnEmission): void {
    this.#emit(this.#functions[this.#names.tick!]!(nowNs), this.#names.postTick, onEmission);
  }

  saveState(): Uint8Array {
    const result = this.#functions[this.#names.saveState!]!();
    const view = this.#view();
    const state = this.#read(view.getUint32(result, true), view.getUint32(result + 4, true));
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

  #emit(result: number, post: string | undefined, onEmission: OnEmission): void {
    const list = this.#view();
    const start = list.getUint32(result, true);
    const count = list.getUint32(result + 4, true);
    if (count > emissionsMax) throw new Error(`${count} emissions, ${emissionsMax} allowed`);
    for (let index = 0; index < count; index++) {
      const view = this.#view();
      const at = start + index * 12;
      onEmission(view.getUint32(at, true), this.#read(view.getUint32(at + 4, true), view.getUint32(at + 8, true)));
    }
    this.#post(post, result);
  }

  #refusal(result: number, post: string | undefined): string | undefined {
    const view = this.#view();
    const refused = view.getUint8(result) !== 0;
    const reason = refused
      ? utf8.decode(this.#read(view.getUint32(result + 4, true), view.getUint32(result + 8, true)))
      : undefined;
    this.#post(post, result);
    return reason;
  }

  #post(name: string | undefined, result: number): void {
    if (name !== undefined) this.#functions[name]!(result);
  }

  #write(bytes: Uint8Array): number {
    const at = this.#functions.cabi_realloc!(0, 0, 8, bytes.length);
    new Uint8Array(this.#memory.buffer).set(bytes, at);
    return at;
  }

  #read(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length).slice();
  }

  #view(): DataView {
    return new DataView(this.#memory.buffer);
  }
}
