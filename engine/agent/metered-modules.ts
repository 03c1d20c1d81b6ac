// From a stored artefact to what the data plane runs. Flows of one shape are metered and compiled once: while a gateway
// restores its flows, a shape that was met is remembered, and across restarts its metered module is kept as a file.

import { createHash } from "node:crypto";
import {
  type FlowLimits,
  type FlowParts,
  meter,
  partsLike,
  plainOf,
  readArtefact,
  type ShapePattern,
  shapeOf,
} from "@flowfusion/fusion";
import { compileWhole } from "../dataplane/compile.ts";
import type { MeteredFiles } from "../store/metered-files.ts";
import { gatewayVersion } from "../version.ts";

/** Shapes that are compared with; those beyond are found by their key. */
const heldMax = 1_000;

interface MeteredFlow {
  readonly metered: WebAssembly.Module;
  readonly parts: FlowParts;
}

/** A module, and what tells that another flow is of its shape. */
interface Held {
  readonly module: Promise<WebAssembly.Module>;
  readonly pattern: ShapePattern | undefined;
  readonly limits: string;
}

export class MeteredModules {
  readonly #files: MeteredFiles;
  /** By shape. A module is there for as long as a flow, or a deploy under way, uses it. */
  readonly #known = new Map<string, WeakRef<Promise<WebAssembly.Module>>>();
  /** Keeps what was met from being collected while flows are restored. */
  readonly #held: Held[] = [];
  #isHolding = false;

  constructor(files: MeteredFiles) {
    this.#files = files;
  }

  /** Throws what is wrong with the artefact, as reading, metering and compiling it do. */
  async of(artefact: Uint8Array, limits: FlowLimits): Promise<MeteredFlow> {
    const limitsText = textOf(limits);
    const met = this.#met(artefact, limitsText);
    if (met) return { metered: await met.module, parts: met.parts };
    const { wasm, parts, pattern } = shapeOf(artefact);
    const key = keyOf(wasm, limitsText);
    let module = this.#known.get(key)?.deref();
    if (!module) {
      this.#forgetCollected();
      module = this.#make(key, artefact, wasm, limits);
      this.#known.set(key, new WeakRef(module));
    }
    if (this.#isHolding && this.#held.length < heldMax) this.#held.push({ module, pattern, limits: limitsText });
    try {
      return { metered: await module, parts };
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** Until `release`, whatever is met is kept. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Gives the memory back. */
  release(): void {
    this.#isHolding = false;
    this.#held.length = 0;
    this.#forgetCollected();
  }

  /** Gives up the names of shapes whose modules were collected. */
  #forgetCollected(): void {
    for (const [key, module] of this.#known) if (!module.deref()) this.#known.delete(key);
  }

  /** The module of a shape that was met, and what the artefact has of its own. */
  #met(artefact: Uint8Array, limits: string): { module: Promise<WebAssembly.Module>; parts: FlowParts } | undefined {
    const plain = this.#held.length > 0 ? plainOf(artefact) : undefined;
    if (plain === undefined) return undefined;
    for (const { module, pattern, limits: under } of this.#held) {
      const parts = pattern && under === limits && partsLike(pattern, plain);
      if (parts) return { module, parts };
    }
    return undefined;
  }

  async #make(key: string, artefact: Uint8Array, shape: Uint8Array, limits: FlowLimits): Promise<WebAssembly.Module> {
    const kept = await this.#files.read(key);
    if (kept) return compileWhole(kept);
    readArtefact(artefact);
    const metered = meter(shape, limits);
    const module = await compileWhole(metered);
    await this.#files.write(key, metered);
    return module;
  }
}

const textOf = ({ fuelPerMessage, fuelBurst, maxPagesPerMemory }: FlowLimits): string =>
  `${fuelPerMessage} ${fuelBurst} ${maxPagesPerMemory}`;

/** Another version may meter or check otherwise. */
function keyOf(shape: Uint8Array, limits: string): string {
  return createHash("sha256").update(`${gatewayVersion} ${limits}\n`).update(shape).digest("hex");
}
