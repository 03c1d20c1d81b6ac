// One instance of a node's module, metered and with all of its state exported, that is started and configured.

import type { WasmModule } from "../binary/module.ts";
import { reasonBytesMax } from "../glue/layout.ts";
import type { NodeExports } from "../inspect/node-exports.ts";
import { startExport } from "../link/linkable.ts";
import { fuelExport } from "../meter/check.ts";
import type { NodeState } from "./restated.ts";
import { globalExport, memoryExport, mutableGlobals } from "./state-exports.ts";

/** `refusal`: the node's own words. `failure`: why its code did not come to an end. */
export interface ConfigureOutcome {
  readonly refusal?: string;
  readonly failure?: string;
}

type Call = (...parameters: number[]) => number;

const utf8 = new TextDecoder();

export class ConfiguringInstance {
  readonly #exports: WebAssembly.Exports;
  readonly #names: NodeExports;
  readonly #fuel: WebAssembly.Global<bigint>;

  constructor(program: WebAssembly.Module, names: NodeExports, fuel: bigint) {
    this.#exports = new WebAssembly.Instance(program).exports;
    this.#names = names;
    this.#fuel = this.#exports[fuelExport] as WebAssembly.Global<bigint>;
    this.#fuel.value = fuel;
  }

  /** Never below 0. */
  get fuelLeft(): bigint {
    return this.#fuel.value < 0n ? 0n : this.#fuel.value;
  }

  configure(properties: Uint8Array): ConfigureOutcome {
    try {
      const refusal = this.#run(properties);
      return refusal === undefined ? {} : { refusal };
    } catch (error) {
      const ranOut = this.#fuel.value < 0n;
      return { failure: ranOut ? "it takes more fuel than there is for that" : `it stops with: ${reasonOf(error)}` };
    }
  }

  state({ memories, globals, ...module }: WasmModule): NodeState {
    const changing = new Set(mutableGlobals({ memories, globals, ...module }));
    return {
      memories: memories.map((_, index) => (this.#exports[memoryExport(index)] as WebAssembly.Memory).buffer),
      globals: globals.map((_, index) =>
        changing.has(index) ? (this.#exports[globalExport(index)] as WebAssembly.Global).value : undefined,
      ),
    };
  }

  #run(properties: Uint8Array): string | undefined {
    const { initialize, configure, postConfigure } = this.#names;
    if (this.#exports[startExport]) this.#call(startExport);
    if (initialize !== undefined) this.#call(initialize);
    if (configure === undefined) return undefined;
    const at = this.#call("cabi_realloc", 0, 0, 8, properties.length);
    this.#bytes(at, properties.length).set(properties);
    const result = this.#call(configure, at, properties.length);
    const refusal = this.#refusal(result);
    if (postConfigure !== undefined) this.#call(postConfigure, result);
    return refusal;
  }

  #refusal(result: number): string | undefined {
    if (this.#bytes(result, 1)[0] === 0) return undefined;
    const head = this.#bytes(result + 4, 8);
    const view = new DataView(head.buffer, head.byteOffset);
    const length = Math.min(view.getUint32(4, true), reasonBytesMax);
    return utf8.decode(this.#bytes(view.getUint32(0, true), length));
  }

  #call(name: string, ...parameters: number[]): number {
    return (this.#exports[name] as unknown as Call)(...parameters);
  }

  /** `start`: an address as WebAssembly gives it, which JavaScript may take for negative. */
  #bytes(start: number, length: number): Uint8Array {
    return new Uint8Array((this.#exports.memory as WebAssembly.Memory).buffer, start >>> 0, length);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
