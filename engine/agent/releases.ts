// Holds deploys to signed releases, where whoever runs the gateway pins publishers: then an artefact runs as a flow only
// with a release of exactly that flow, signed by one of them, and not lower than the highest that the flow ever ran. Who
// stole a token can neither bring code of their own nor bring back a version whose faults are known. To go back on purpose,
// the publisher signs the older artefact anew, with a higher number.

import { type Publisher, type Release, type ReleaseBundle, verifyRelease } from "@flowfusion/fusion";
import { type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";
import type { Store } from "../store/store.ts";

export class Releases {
  readonly #store: Store;
  readonly #publishers: readonly Publisher[];

  /** Without publishers nothing is demanded. */
  constructor(store: Store, publishers: readonly Publisher[]) {
    this.#store = store;
    this.#publishers = publishers;
  }

  /** Whether only signed releases run here. */
  get areDemanded(): boolean {
    return this.#publishers.length > 0;
  }

  /** Keeps a bundle for an artefact; throws FF_RELEASE_UNTRUSTED. */
  put(artefact: Digest, bundle: ReleaseBundle): Release & { readonly publisher: string } {
    const release = verifyRelease(bundle, this.#publishers);
    if (release.artefact !== artefact) {
      throw new FlowFusionError(
        "FF_RELEASE_UNTRUSTED",
        `the bundle is of artefact ${release.artefact}, the URL says ${artefact}`,
      );
    }
    const { flow, number } = release;
    this.#store.releases.put({ flow, artefact, number, bundle: JSON.stringify(bundle) });
    return release;
  }

  /** Throws FF_RELEASE_MISSING, FF_RELEASE_UNTRUSTED or FF_RELEASE_OLD when the artefact must not run as this flow. */
  demand(flow: FlowName, artefact: Digest): void {
    if (!this.areDemanded) {
      return;
    }
    const row = this.#store.releases.find(flow, artefact);
    if (row === undefined) {
      throw new FlowFusionError(
        "FF_RELEASE_MISSING",
        `no signed release says that ${artefact} is flow ${flow}, and this gateway asks for one`,
      );
    }
    const { number } = verifyRelease(JSON.parse(row.bundle) as ReleaseBundle, this.#publishers);
    const floor = this.#floor(flow);
    if (number < floor) {
      throw new FlowFusionError(
        "FF_RELEASE_OLD",
        `the artefact is release ${number} of flow ${flow}, which has come to release ${floor}`,
      );
    }
  }

  /** Records that the artefact runs; from now on nothing lower will. */
  accept(flow: FlowName, artefact: Digest): void {
    const row = this.#store.releases.find(flow, artefact);
    if (this.areDemanded && row !== undefined) {
      this.#store.releases.raise(flow, row.number);
    }
  }

  /** What runs counts too: the gateway may have ended between running it and recording that. */
  #floor(flow: FlowName): number {
    const running = this.#store.flows.current(flow);
    const row = running === undefined ? undefined : this.#store.releases.find(flow, running.artefact);
    return Math.max(this.#store.releases.floor(flow), row?.number ?? 0);
  }
}
