// How far the batches of a session have come in. A driver that has to tell its source what was handled numbers its batches;
// sessions are named by chance, so that nobody can speak for another, and only those that were asked for are followed.

import { receiptOf } from "@flowfusion/proto";

const sessionsMax = 1024;
/** A batch of the session did not come, though later ones did: it was lost on its way, or refused. */
export const batchMissing = -1;

export class Receipts {
  /** By session the number of the last batch that came, the one first that was not asked for the longest. */
  readonly #lastOf = new Map<bigint, number>();

  /** A well-formed batch has come in. */
  note(batch: Uint8Array): void {
    if (this.#lastOf.size === 0) return;
    const receipt = receiptOf(batch);
    const last = receipt && this.#lastOf.get(receipt.session);
    if (last === undefined || last === batchMissing) return;
    this.#lastOf.set(receipt!.session, receipt!.number === last + 1 ? receipt!.number : batchMissing);
  }

  /** The number of the last batch of the session, 0 before the first, which follows it from now on; or `batchMissing`. */
  last(session: bigint): number {
    const last = this.#lastOf.get(session) ?? 0;
    this.#lastOf.delete(session);
    if (this.#lastOf.size === sessionsMax) this.#lastOf.delete(this.#lastOf.keys().next().value!);
    this.#lastOf.set(session, last);
    return last;
  }
}
