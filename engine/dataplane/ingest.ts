// What drivers push, from the sockets to the flows' inputs: reads frames, records them, routes them, and hands each flow
// what is for it at the end of each read, so that frames that came together run together and small ones cost a flow no
// more calls than large ones.
//
// One read may be millions of messages where a thousand flows take every tag. So when a turn has taken long, the rest waits
// until all else that is due is done, and nothing more is read before it has been handed on.

import type { IngestStats, RecorderStats, Route } from "@flowfusion/graph";
import { listenPull, type PullSocket, refusalCauses } from "@flowfusion/transport";
import { BatchRing } from "../recorder/batch-ring.ts";
import { type InputAddress, parseInput } from "./input-address.ts";
import { Receipts } from "./receipts.ts";
import { Router } from "./router/router.ts";
import type { OverloadPolicy } from "./types.ts";

export interface Subscription {
  readonly pattern: string;
  readonly route: Route;
}

export interface IngestOptions {
  readonly inputs: readonly string[];
  readonly recorderBytesMax: number;
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
  readonly onFrames: (
    slot: number,
    memory: Uint8Array,
    start: number,
    bytes: number,
    frames: number,
    policy: OverloadPolicy,
  ) => void;
  /** All that came with one read has been handed on. `beganMs`: when the read came. */
  readonly onReadEnd: (beganMs: number) => void;
  /**
   * Flows have been given what came with one read, or part of a batch that is too large for the router's buffers, and more
   * follows at once. False when they need more time first, but `isTimeOver`.
   */
  readonly catchUp: (isTimeOver: () => boolean) => boolean;
}

/** How long nothing else has its turn, by and large: a step that has begun is finished. ms. */
const turnMsMax = 10;

interface Input {
  readonly address: InputAddress;
  readonly socket: PullSocket;
}

export class Ingest {
  readonly #options: IngestOptions;
  readonly #recorder: BatchRing;
  readonly #router: Router;
  readonly #inputs: Input[] = [];
  readonly #receipts = new Receipts();
  #subscriptions: (() => Iterable<Subscription>) | undefined;
  /** When the first frame of the read at hand came; 0 before it. */
  #readBeganMs = 0;
  #policy: OverloadPolicy = "block";
  #turnBeganMs = 0;
  /** While a turn has left something over. */
  #left: PromiseWithResolvers<void> | undefined;
  #isHeldBack = false;

  private constructor(options: IngestOptions) {
    this.#options = options;
    this.#recorder = new BatchRing(options.recorderBytesMax);
    this.#router = new Router(
      (slot, memory, start, bytes, frames) => options.onFrames(slot, memory, start, bytes, frames, this.#policy),
      { onPart: this.#catchUp, isTimeOver: this.#isTimeOver },
    );
  }

  /** Listens on every input. Rejects with a TransportError when one cannot be listened on. */
  static async listen(options: IngestOptions): Promise<Ingest> {
    const ingest = new Ingest(options);
    try {
      for (const text of options.inputs) await ingest.#listenOn(parseInput(text));
      return ingest;
    } catch (error) {
      await ingest.close();
      throw error;
    }
  }

  /** With the ports that were bound. */
  get addresses(): string[] {
    return this.#inputs.map(({ socket }) => socket.address);
  }

  /** When the read came whose frames are being handed on. */
  get readBeganMs(): number {
    return this.#readBeganMs;
  }

  /** Replaces all subscriptions before the next batch; asks for them only then, so that a thousand changes cost one. */
  subscribe(subscriptions: () => Iterable<Subscription>): void {
    this.#subscriptions = subscriptions;
  }

  /** Stops reading the inputs that may block, or goes on. */
  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    this.#pace();
  }

  get stats(): IngestStats {
    const { updates, unrouted, refusedBatches } = this.#router.stats;
    const perSocket = this.#inputs.map(({ socket }) => socket.stats());
    const sum = (pick: (stats: (typeof perSocket)[number]) => number) =>
      perSocket.reduce((total, stats) => total + pick(stats), 0);
    // Each cause from the start: what appears with its first count looks as if it had not grown.
    const refused: Record<string, number> = Object.fromEntries(refusalCauses.map((cause) => [cause, 0]));
    refused.malformed = refusedBatches;
    for (const { refused: causes } of perSocket) {
      for (const [cause, count] of Object.entries(causes)) refused[cause] = (refused[cause] ?? 0) + count;
    }
    return {
      connections: sum(({ connections }) => connections),
      frames: sum(({ frames }) => frames),
      bytes: sum(({ bytes }) => bytes),
      tags: updates,
      unrouted,
      refused,
    };
  }

  get recorderStats(): RecorderStats {
    return this.#recorder.stats;
  }

  /** How far the session's batches have come in, see `Receipts`. */
  lastOf(session: bigint): number {
    return this.#receipts.last(session);
  }

  recording(): Uint8Array {
    return this.#recorder.snapshot();
  }

  /** Resolves when what has been read is with the flows. */
  async handedOn(): Promise<void> {
    await this.#left?.promise;
  }

  /** Hands on what has been read, and stops. */
  async close(): Promise<void> {
    await Promise.all(this.#inputs.map(({ socket }) => socket.close()));
    await this.handedOn();
  }

  async #listenOn(address: InputAddress): Promise<void> {
    const socket = await listenPull({
      address: address.address,
      onFrame: (frame) => this.#onFrame(frame, address.overload),
      onReadEnd: () => this.#onReadEnd(),
    });
    this.#inputs.push({ address, socket });
  }

  #onFrame(frame: Uint8Array, policy: OverloadPolicy): void {
    if (this.#readBeganMs === 0) this.#readBeganMs = this.#turnBeganMs = this.#options.nowMs();
    this.#policy = policy;
    if (this.#subscriptions) {
      this.#router.subscribe(this.#subscriptions());
      this.#subscriptions = undefined;
    }
    if (!this.#router.route(frame)) return;
    if (this.#router.isDone) this.#note(frame);
    else this.#goOnLater();
  }

  #note(batch: Uint8Array): void {
    this.#recorder.record(batch);
    this.#receipts.note(batch);
  }

  #onReadEnd(): void {
    if (this.#readBeganMs !== 0 && !this.#left && !this.#handOn()) this.#goOnLater();
  }

  /** Gives the flows what was read. False when time was over before. */
  #handOn(): boolean {
    if (this.#readBeganMs !== 0) {
      if (!this.#router.flush()) return false;
      this.#options.onReadEnd(this.#readBeganMs);
      this.#readBeganMs = 0;
    }
    return this.#catchUp();
  }

  readonly #isTimeOver = (): boolean => this.#options.nowMs() - this.#turnBeganMs > turnMsMax;

  readonly #catchUp = (): boolean => this.#options.catchUp(this.#isTimeOver);

  #goOnLater(): void {
    this.#left = Promise.withResolvers();
    setImmediate(this.#goOn);
    this.#pace();
  }

  readonly #goOn = (): void => {
    this.#turnBeganMs = this.#options.nowMs();
    if (!this.#router.isDone && this.#router.goOn()) this.#note(this.#router.batch);
    if (!this.#router.isDone || !this.#handOn()) {
      setImmediate(this.#goOn);
      return;
    }
    this.#left!.resolve();
    this.#left = undefined;
    this.#pace();
  };

  /** Reads the inputs that may be read. */
  #pace(): void {
    for (const { address, socket } of this.#inputs) {
      if (this.#left || (this.#isHeldBack && address.overload === "block")) socket.pause();
      else socket.resume();
    }
  }
}
