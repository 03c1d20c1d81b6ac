// From a stored artefact to what the data plane runs, gradually, so that a large one holds up no request. Flows of one shape
// are metered and compiled once. While a gateway restores its flows, a shape that was met is remembered; across restarts it is
// kept as a file, under a name that says how long its artefacts are, so that a flow is compared with what may be like it.

import { createHash } from "node:crypto";
import {
  type FlowLimits,
  type FlowParts,
  faced,
  findingShape,
  meterGradually,
  partsLike,
  plainOf,
  readArtefact,
  type ShapePattern,
} from "@flowfusion/fusion";
import { compileWhole } from "../dataplane/compile.ts";
import { readingArtefact, whileCompilersWork } from "../engine-options.ts";
import { gradually } from "../gradually.ts";
import type { MeteredFiles } from "../store/metered-files.ts";
import { Turn } from "../turns.ts";
import { gatewayVersion } from "../version.ts";

/** From here on an artefact waits for others that are as large: some four times its bytes are in memory meanwhile. Bytes. */
const largeBytes = 1024 * 1024;
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
  readonly under: string;
}

export class MeteredModules {
  readonly #files: MeteredFiles;
  /** By the name of the shape's file. A module is there for as long as a flow, or a deploy under way, uses it. */
  readonly #known = new Map<string, WeakRef<Promise<WebAssembly.Module>>>();
  /** Keeps what was met from being collected while flows are restored. */
  readonly #held: Held[] = [];
  /** Names of files that no flow was found to be like, while flows are restored. */
  readonly #unmet = new Set<string>();
  readonly #large = new Turn();
  #isHolding = false;

  constructor(files: MeteredFiles) {
    this.#files = files;
  }

  /**
   * Throws what is wrong with the artefact, as reading, metering and compiling it do. The artefact is no longer the caller's: while
   * flows are restored, its memory may be given back.
   */
  of(artefact: Uint8Array, limits: FlowLimits): Promise<MeteredFlow> {
    const reading = () => readingArtefact(artefact.length, () => this.#of(artefact, limits));
    return artefact.length >= largeBytes ? this.#large.run(reading) : reading();
  }

  async #of(artefact: Uint8Array, limits: FlowLimits): Promise<MeteredFlow> {
    const under = underOf(limits);
    const met = this.#met(artefact, under);
    if (met) {
      giveBack(artefact);
      return { metered: await met.module, parts: met.parts };
    }
    const { wasm, parts, pattern } = await gradually(findingShape(artefact));
    const name = nameOf(wasm, under, pattern);
    let module = this.#known.get(name)?.deref();
    if (!module) {
      this.#forgetCollected();
      module = this.#make(name, artefact, wasm, pattern, limits);
      this.#known.set(name, new WeakRef(module));
    }
    this.#hold({ module, pattern, under });
    try {
      return { metered: await module, parts };
    } catch (error) {
      this.#known.delete(name);
      throw error;
    }
  }

  /** Until `release`, whatever is met is kept. */
  hold(): void {
    this.#isHolding = true;
    for (const name of this.#files.names()) this.#unmet.add(name);
  }

  /** Gives the memory back. */
  release(): void {
    this.#isHolding = false;
    this.#held.length = 0;
    this.#unmet.clear();
    this.#forgetCollected();
  }

  /** Gives up the names of shapes whose modules were collected. */
  #forgetCollected(): void {
    for (const [name, module] of this.#known) if (!module.deref()) this.#known.delete(name);
  }

  #hold(shape: Held): void {
    if (this.#isHolding && this.#held.length < heldMax) this.#held.push(shape);
  }

  /** The module of a shape that was met or kept, and what the artefact has of its own. */
  #met(artefact: Uint8Array, under: string): { module: Promise<WebAssembly.Module>; parts: FlowParts } | undefined {
    const plain = this.#isHolding ? plainOf(artefact) : undefined;
    if (plain === undefined) return undefined;
    for (const { module, pattern, under: heldUnder } of this.#held) {
      const parts = pattern && heldUnder === under && partsLike(pattern, plain);
      if (parts) return { module, parts };
    }
    for (const name of this.#unmet) {
      if (!name.endsWith(lengthMark(plain))) continue;
      const kept = this.#files.read(name);
      const isOfUse = kept?.pattern && kept.under === under;
      const parts = isOfUse && partsLike(kept.pattern, plain);
      // One that is of no use is not read again for each flow.
      if (parts || !isOfUse) this.#unmet.delete(name);
      if (!parts) continue;
      const module = compileWhole(kept.metered);
      this.#known.set(name, new WeakRef(module));
      this.#hold({ module, pattern: kept.pattern, under });
      return { module, parts };
    }
    return undefined;
  }

  async #make(
    name: string,
    artefact: Uint8Array,
    shape: Uint8Array<ArrayBuffer>,
    pattern: ShapePattern | undefined,
    limits: FlowLimits,
  ): Promise<WebAssembly.Module> {
    const kept = this.#files.read(name);
    if (kept) return compileWhole(kept.metered);
    readArtefact(artefact);
    const metering = () => meterGradually(shape, limits, gradually);
    // A gateway that restores its flows may have many to meter.
    const metered = faced(await (this.#isHolding ? whileCompilersWork(metering) : metering()));
    const module = await compileWhole(metered);
    await this.#files.write(name, { under: underOf(limits), metered, pattern });
    return module;
  }
}

/** To be raised where what is made of an artefact becomes another, else one build would run what another has kept. */
const makeVersion = 3;

/** Another version may meter or check otherwise. */
const underOf = ({ fuelPerMessage, fuelBurst, maxPagesPerMemory }: FlowLimits): string =>
  `${gatewayVersion} ${makeVersion} ${fuelPerMessage} ${fuelBurst} ${maxPagesPerMemory}`;

/** At once: what a thousand of them leave for the garbage collector to find stays with the process. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

const lengthMark = (plain: Uint8Array): string => `-${plain.length}`;

function nameOf(shape: Uint8Array, under: string, pattern: ShapePattern | undefined): string {
  const digest = createHash("sha256").update(`${under}\n`).update(shape).digest("hex");
  return pattern ? digest + lengthMark(pattern.plain) : digest;
}
