// From a stored artefact to what the data plane runs. Flows of one shape are metered once: while a gateway restores its
// flows, a shape that was met is remembered, and across restarts it is kept as a file.

import { createHash } from "node:crypto";
import { type FlowLimits, meter, readArtefact, type StaticBytes, shapeOf } from "@flowfusion/fusion";
import type { MeteredFiles } from "../store/metered-files.ts";
import { gatewayVersion } from "../version.ts";

/** Bytes of metered modules that are remembered. */
const REMEMBERED_BYTES_MAX = 16 * 1024 * 1024;

interface MeteredFlow {
  readonly metered: Uint8Array;
  readonly statics: readonly StaticBytes[];
}

export class MeteredModules {
  readonly #files: MeteredFiles;
  readonly #remembered = new Map<string, Uint8Array>();
  #rememberedBytes = 0;

  constructor(files: MeteredFiles) {
    this.#files = files;
  }

  /** Throws what is wrong with the artefact, as reading and metering it do. */
  async of(artefact: Uint8Array, limits: FlowLimits): Promise<MeteredFlow> {
    const { wasm, statics } = shapeOf(artefact);
    const key = keyOf(wasm, limits);
    const known = this.#remembered.get(key) ?? (await this.#files.read(key));
    if (known) {
      this.#remember(key, known);
      return { metered: known, statics };
    }
    readArtefact(artefact);
    const metered = meter(wasm, limits);
    this.#remember(key, metered);
    await this.#files.write(key, metered);
    return { metered, statics };
  }

  /** Gives the memory back. */
  forget(): void {
    this.#remembered.clear();
    this.#rememberedBytes = 0;
  }

  #remember(key: string, metered: Uint8Array): void {
    if (this.#remembered.has(key)) return;
    if (this.#rememberedBytes + metered.length > REMEMBERED_BYTES_MAX) this.forget();
    this.#remembered.set(key, metered);
    this.#rememberedBytes += metered.length;
  }
}

/** Another version may meter or check otherwise. */
function keyOf(shape: Uint8Array, { fuelPerMessage, fuelBurst, maxPagesPerMemory }: FlowLimits): string {
  return createHash("sha256")
    .update(`${gatewayVersion} ${fuelPerMessage} ${fuelBurst} ${maxPagesPerMemory}\n`)
    .update(shape)
    .digest("hex");
}
