// The router as the data plane uses it: hands a batch to the WebAssembly router, answers for tags that it has not
// seen, and gives each flow its frames. Per batch a handful of calls; per update nothing happens in JavaScript.

import { readFileSync } from "node:fs";
import path from "node:path";
import { type Route, Subscriptions } from "@flowfusion/graph";

interface RouterExports {
  readonly memory: WebAssembly.Memory;
  initialise(slots: number, arenaBytes: number): void;
  reserve(bytes: number): number;
  clearTopics(): void;
  allocate(bytes: number): number;
  addTopic(tag: number, length: number, routes: number): void;
  check(length: number): number;
  reserveSlots(slots: number): void;
  stagingStart(): number;
  dirtyStart(): number;
  dirtyLength(): number;
  unroutedCount(): number;
  scatter(): number;
  missedTag(): number;
  missedLength(): number;
  drained(): void;
}

const wasmPath = path.join(import.meta.dirname, "dist", "router.wasm");
const tableSlots = 1 << 17;
const arenaBytes = 16 * 1024 * 1024;
/** Why `scatter` stops before the batch is done. */
const stops = { full: 1, missed: 2 } as const;
const stagingRecordWords = 4;

/** What the router asks for where a batch may take long. */
export interface RouterPace {
  /** A batch did not fit the buffers: flows have been given part of it, and the rest follows. False when they need more time first. */
  readonly onPart: () => boolean;
  /** Whether it is time for something else. */
  readonly isTimeOver: () => boolean;
}

const withoutPause: RouterPace = { onPart: () => true, isTimeOver: () => false };

/** Takes the frames of one flow: `bytes` of the router's memory from `start`, valid during the call only. */
export type OnFrames = (slot: number, memory: Uint8Array, start: number, bytes: number, frames: number) => void;

export interface RouterStats {
  readonly updates: number;
  /** Updates that no flow subscribes to. */
  readonly unrouted: number;
  readonly refusedBatches: number;
}

export class Router {
  readonly #router: RouterExports;
  readonly #onFrames: OnFrames;
  readonly #pace: RouterPace;
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #routeLists = new Map<string, number>();
  #subscriptions = new Subscriptions();
  #bytes: Uint8Array;
  #words: Uint32Array;
  #updates = 0;
  #unrouted = 0;
  #refusedBatches = 0;
  #batchBytes = 0;
  #isDone = true;
  /** The buffers are full. */
  #isFull = false;
  /** Flows that have been given what they get by the `flush` at hand. */
  #flushed = 0;

  constructor(onFrames: OnFrames, pace = withoutPause) {
    const module = new WebAssembly.Module(readFileSync(wasmPath));
    this.#router = new WebAssembly.Instance(module).exports as unknown as RouterExports;
    this.#onFrames = onFrames;
    this.#pace = pace;
    this.#router.initialise(tableSlots, arenaBytes);
    this.#bytes = new Uint8Array(this.#router.memory.buffer);
    this.#words = new Uint32Array(this.#router.memory.buffer);
  }

  get stats(): RouterStats {
    return { updates: this.#updates, unrouted: this.#unrouted, refusedBatches: this.#refusedBatches };
  }

  /** Replaces all subscriptions. Must not be called while a batch is being routed. */
  subscribe(patterns: Iterable<{ readonly pattern: string; readonly route: Route }>): void {
    const subscriptions = new Subscriptions();
    let slots = 1;
    for (const { pattern, route } of patterns) {
      subscriptions.add(pattern, route);
      slots = Math.max(slots, route.slot + 1);
    }
    this.#subscriptions = subscriptions;
    this.#forgetTopics();
    this.#router.reserveSlots(slots);
  }

  /** Whether the batch has been written as a whole; if not, `goOn` comes before all else. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The batch that was routed last, until the next. */
  get batch(): Uint8Array {
    this.#refreshViews();
    const at = this.#router.reserve(0);
    return this.#bytes.subarray(at, at + this.#batchBytes);
  }

  /**
   * Writes the updates of one batch where the flows that subscribe to them get them, at the latest from `flush`, or part of
   * them: see `isDone`. False when it is refused; then no flow sees any of it.
   */
  route(batch: Uint8Array): boolean {
    const at = this.#router.reserve(batch.length);
    this.#refreshViews();
    this.#bytes.set(batch, at);
    const updates = this.#router.check(batch.length);
    if (updates < 0) {
      this.#refusedBatches++;
      return false;
    }
    this.#updates += updates;
    this.#batchBytes = batch.length;
    this.#isDone = false;
    this.goOn();
    return true;
  }

  /** Goes on with the batch. False when it is not done, since time was over. */
  goOn(): boolean {
    while (!this.#isDone) {
      if (this.#isFull && !(this.flush() && this.#pace.onPart())) return false;
      const stop = this.#router.scatter();
      this.#isFull = stop === stops.full;
      this.#isDone = stop === 0;
      if (this.#isDone) this.#unrouted += this.#router.unroutedCount();
      if (stop !== stops.missed) continue;
      this.#addMissedTag();
      if (this.#pace.isTimeOver()) return false;
    }
    return true;
  }

  /** Gives each flow what has been routed to it since the last time. False when some wait for theirs, since time was over. */
  flush(): boolean {
    const count = this.#router.dirtyLength();
    if (count === 0) return true;
    this.#refreshViews();
    const staging = this.#router.stagingStart() >>> 2;
    const dirty = this.#router.dirtyStart() >>> 2;
    for (; this.#flushed < count; this.#flushed++) {
      if (this.#pace.isTimeOver()) return false;
      const slot = this.#words[dirty + this.#flushed]!;
      const record = staging + slot * stagingRecordWords;
      this.#onFrames(slot, this.#bytes, this.#words[record]!, this.#words[record + 1]!, this.#words[record + 3]!);
    }
    this.#flushed = 0;
    this.#router.drained();
    return true;
  }

  /** Puts the tag that `scatter` did not find into the table, which is emptied first where it is full. */
  #addMissedTag(): void {
    this.#refreshViews();
    const start = this.#router.missedTag();
    const length = this.#router.missedLength();
    const bytes = this.#bytes.subarray(start, start + length);
    const routes = this.#subscriptions.match(this.#utf8.decode(bytes));
    if (this.#place(bytes, routes)) return;
    this.#forgetTopics();
    if (!this.#place(bytes, routes)) throw new RangeError(`${routes.length} routes of one tag are more than fit`);
  }

  /** False when there is no room. */
  #place(tag: Uint8Array, routes: readonly Route[]): boolean {
    const list = this.#placeRoutes(routes);
    const copy = list === 0 ? 0 : this.#router.allocate(tag.length);
    if (copy === 0) return false;
    this.#bytes.set(tag, copy);
    this.#router.addTopic(copy, tag.length, list);
    return true;
  }

  /** Tags with the same routes share one list. */
  #placeRoutes(routes: readonly Route[]): number {
    const key = routes.map(({ slot, input }) => `${slot}:${input}`).join(" ");
    const known = this.#routeLists.get(key);
    if (known !== undefined) return known;
    const at = this.#router.allocate(4 + routes.length * 8);
    if (at === 0) return 0;
    this.#words[at >>> 2] = routes.length;
    for (const [index, { slot, input }] of routes.entries()) {
      this.#words[(at >>> 2) + 1 + index * 2] = slot;
      this.#words[(at >>> 2) + 2 + index * 2] = input;
    }
    this.#routeLists.set(key, at);
    return at;
  }

  #forgetTopics(): void {
    this.#router.clearTopics();
    this.#routeLists.clear();
  }

  /** Views of a memory that has grown are dead; `buffer` is then another object. */
  #refreshViews(): void {
    const { buffer } = this.#router.memory;
    if (buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
  }
}
