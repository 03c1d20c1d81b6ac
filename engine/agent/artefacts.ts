// Artefacts on their way into and out of the store. What is stored was read once as a flow: its graph is known, so that
// a flow can be described, and rubbish is refused at the door and not at the deploy.

import { readArtefact } from "@flowfusion/fusion";
import { type Digest, encodeGraph, FlowFusionError, sha256 } from "@flowfusion/graph";
import { readingArtefact } from "../engine-options.ts";
import type { ArtefactStream, Store } from "../store/store.ts";
import { demandDigest } from "./body-digest.ts";
import { ApiError } from "./problem.ts";
import type { ArtefactInfo } from "./schemas.ts";

export class Artefacts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Stores an artefact unless it is there, whole. A damaged one is replaced. */
  async put(digest: Digest, bytes: Uint8Array): Promise<{ readonly info: ArtefactInfo; readonly isNew: boolean }> {
    demandDigest(digest, bytes);
    const known = await this.find(digest);
    if (known !== undefined) {
      return { info: known, isNew: false };
    }
    const graph = await readingArtefact(bytes.length, () => encodeGraph(readArtefact(bytes).graph));
    const info = { digest, sizeBytes: bytes.length, graphDigest: sha256(graph) };
    await this.#store.putArtefact({ ...info, graph }, bytes);
    return { info, isNew: true };
  }

  /** What is known of an artefact that is stored and whole; undefined tells the client to upload it. */
  async find(digest: Digest): Promise<ArtefactInfo | undefined> {
    try {
      const known = await this.#store.wholeArtefact(digest);
      return known && { digest, sizeBytes: known.sizeBytes, graphDigest: known.graphDigest };
    } catch (error) {
      if (error instanceof FlowFusionError && error.code === "FF_STORE_CORRUPT") return undefined;
      throw error;
    }
  }

  /** The encoded graph of a stored artefact. */
  graph(digest: Digest): Uint8Array | undefined {
    return this.#store.artefact(digest)?.graph;
  }

  /** Throws FF_API_NOT_FOUND or FF_STORE_CORRUPT. */
  async bytes(digest: Digest): Promise<Uint8Array> {
    return (await this.#demand(digest, this.#store.wholeArtefact(digest))).wasm;
  }

  /** As `bytes`, piece by piece. */
  async stream(digest: Digest): Promise<ArtefactStream> {
    return this.#demand(digest, this.#store.artefactStream(digest));
  }

  async #demand<T>(digest: Digest, looking: Promise<T | undefined>): Promise<T> {
    const artefact = await looking;
    if (artefact === undefined) throw new ApiError("FF_API_NOT_FOUND", `the store has no artefact ${digest}`);
    return artefact;
  }
}
