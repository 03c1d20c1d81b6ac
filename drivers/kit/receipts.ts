// For a driver that may tell its source what was handled only once it was: says when everything that was written so far has
// been run by the flows that get it, and is on disk where a sink is to keep it there. One question is open at a time.

import { randomBytes } from "node:crypto";
import type { Question } from "./protocol.ts";
import type { TagWriter } from "./tag-writer.ts";

/** Between an answer and the next question, ms. */
const pauseMs = 2;

interface Waiting {
  readonly batch: number;
  readonly resolve: () => void;
}

export class Receipts {
  readonly #tags: TagWriter;
  readonly #ask: (question: Question) => void;
  readonly #session = randomBytes(8).toString("hex");
  readonly #begun = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<never>();
  /** In the order of their batches. */
  #waiting: Waiting[] = [];
  #last = -1;
  #isAsked = false;

  constructor(tags: TagWriter, ask: (question: Question) => void) {
    this.#tags = tags;
    this.#ask = ask;
    this.#lost.promise.catch(() => {});
  }

  /** Rejects when a batch was lost on its way: what was not handled has to be asked for again. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** To be awaited before anything is written. */
  begin(): Promise<void> {
    this.#question();
    return this.#begun.promise;
  }

  /** Resolves when all that was written so far is handled. Never, when the gateway goes before that. */
  handled(): Promise<void> {
    const batch = this.#tags.lastBatch;
    if (batch <= this.#last) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ batch, resolve });
      this.#question();
    });
  }

  answered(last: number): void {
    this.#isAsked = false;
    if (this.#last < 0) {
      this.#last = 0;
      this.#tags.beginSession(BigInt(`0x${this.#session}`));
      this.#begun.resolve();
      return;
    }
    if (last < 0) {
      this.#lost.reject(new Error("a batch was lost on its way to the gateway"));
      return;
    }
    this.#last = Math.max(this.#last, last);
    while (this.#waiting[0] && this.#waiting[0].batch <= this.#last) this.#waiting.shift()!.resolve();
    if (this.#waiting.length > 0) setTimeout(() => this.#question(), pauseMs);
  }

  #question(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#ask({ type: "receipt", session: this.#session });
  }
}
