// The router as the data plane uses it: hands a batch to the WebAssembly router, answers for tags that it has not
// seen, and gives each flow its frames. Per batch a handful of calls; per update nothing happens in JavaScript.

import { readFileSync } from "node:fs";
import path from "node:path";
import { type Route, Subscriptions } from "@flowfusion/graph";

interface RouterExports {
  readonly memory: WebAssembly.Memory;
  initialise(slots: number, arenaBytes: number): void;
  reserve(bytes: number): number;
  decodedStart(): number;
  missesStart(): number;
  missesLength(): number;
  clearTopics(): void;
  allocate(bytes: number): number;
  addTopic(tag: number, length: number, routes: number): void;
  findTopic(tag: number, length: number): number;
  decode(length: number): number;
  reserveSlots(slots: number): void;
  stagingStart(): number;
  dirtyStart(): number;
  dirtyLength(): number;
  unroutedCount(): number;
  beginScatter(): void;
  scatter(): number;
  drained(): void;
}

const wasmPath = path.join(import.meta.dirname, "dist", "router.wasm");
const tableSlots = 1 << 17;
const arenaBytes = 16 * 1024 * 1024;
const frameHeaderBytes = 8;
const messageHeaderBytes = 24;
const stagingRecordWords = 4;

/** Takes the frames of one flow: `bytes` of the router's memory from `start`, valid during the call only. */
export type OnFrames = (slot: number, memory: Uint8Array, start: number, bytes: number, frames: number) => void;

export interface RouterStats {
  readonly updates: number;
  /** Updates that no flow subscribes to. */
  readonly unrouted: number;
  /** Malformed, or with more different tags than the table holds. */
  readonly refusedBatches: number;
}

export class Router {
  readonly #router: RouterExports;
  readonly #onFrames: OnFrames;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  readonly #routeLists = new Map<string, number>();
  #subscriptions = new Subscriptions();
  #bytes: Uint8Array;
  #words: Uint32Array;
  #updates = 0;
  #unrouted = 0;
  #refusedBatches = 0;

  constructor(onFrames: OnFrames) {
    const module = new WebAssembly.Module(readFileSync(wasmPath));
    this.#router = new WebAssembly.Instance(module).exports as unknown as RouterExports;
    this.#onFrames = onFrames;
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

  /** Routes one batch. False when it is refused; then no flow sees any of it. */
  route(batch: Uint8Array): boolean {
    const at = this.#router.reserve(batch.length);
    this.#refreshViews();
    this.#bytes.set(batch, at);
    const updates = this.#decode(batch.length);
    if (updates < 0) {
      this.#refusedBatches++;
      return false;
    }
    this.#updates += updates;
    this.#router.beginScatter();
    let isDone = false;
    while (!isDone) {
      isDone = this.#router.scatter() !== 0;
      this.#drain();
    }
    this.#unrouted += this.#router.unroutedCount();
    return true;
  }

  #drain(): void {
    this.#refreshViews();
    const staging = this.#router.stagingStart() >>> 2;
    const dirty = this.#router.dirtyStart() >>> 2;
    const count = this.#router.dirtyLength();
    for (let index = 0; index < count; index++) {
      const slot = this.#words[dirty + index]!;
      const record = staging + slot * stagingRecordWords;
      this.#onFrames(slot, this.#bytes, this.#words[record]!, this.#words[record + 1]!, this.#words[record + 3]!);
    }
    this.#router.drained();
  }

  /** Decodes the batch and resolves its tags. Gives the number of updates, or -1 when the batch is refused. */
  #decode(length: number): number {
    const updates = this.#router.decode(length);
    if (updates < 0) return -1;
    const outcome = this.#resolveMisses();
    if (outcome !== "full") return outcome === "resolved" ? updates : -1;
    // Frames decoded so far point into the table that is now emptied, so all of the batch is decoded again.
    this.#forgetTopics();
    this.#router.decode(length);
    return this.#resolveMisses() === "resolved" ? updates : -1;
  }

  /** Gives every frame whose tag is not in the table its routes. */
  #resolveMisses(): "resolved" | "malformed" | "full" {
    const count = this.#router.missesLength();
    if (count === 0) return "resolved";
    this.#refreshViews();
    const decoded = this.#router.decodedStart();
    const misses = this.#router.missesStart() >>> 2;
    for (let index = 0; index < count; index++) {
      const frame = decoded + this.#words[misses + index]!;
      const routes = this.#routesOf(frame + frameHeaderBytes);
      if (routes === undefined) return "malformed";
      if (routes === 0) return "full";
      this.#words[frame >>> 2] = routes;
    }
    return "resolved";
  }

  /** Address of the route list; 0 when there is no room for it, undefined when the tag is not UTF-8. */
  #routesOf(message: number): number | undefined {
    const length = this.#words[(message + 16) >>> 2]! >>> 16;
    const start = message + messageHeaderBytes;
    const known = this.#router.findTopic(start, length);
    if (known !== 0) return known;
    const bytes = this.#bytes.subarray(start, start + length);
    let tag: string;
    try {
      tag = this.#utf8.decode(bytes);
    } catch {
      return undefined;
    }
    const routes = this.#placeRoutes(this.#subscriptions.match(tag));
    const copy = routes === 0 ? 0 : this.#router.allocate(length);
    if (copy === 0) return 0;
    this.#bytes.set(bytes, copy);
    this.#router.addTopic(copy, length, routes);
    return routes;
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
