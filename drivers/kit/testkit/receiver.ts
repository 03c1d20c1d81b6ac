// The gateway's end of a driver: a PULL socket that keeps what comes.

import { decodeTagUpdateBatch, receiptOf, type TagUpdate } from "@flowfusion/proto";
import { freePort } from "@flowfusion/testkit";
import { listenPull } from "@flowfusion/transport";

export interface Receiver extends AsyncDisposable {
  readonly address: string;
  readonly updates: readonly TagUpdate[];
  readonly sources: ReadonlySet<string>;
  of(tag: string): readonly TagUpdate[];
  last(tag: string): TagUpdate | undefined;
  /** The number of the last batch of the session that came. */
  handled(session: string): number;
  /** Reads no more, as a gateway whose flows are behind. */
  pause(): void;
  resume(): void;
}

/** Without an address on a port that stays free once it is closed, for another to listen there. */
export async function startReceiver(address?: string): Promise<Receiver> {
  const updates: TagUpdate[] = [];
  const sources = new Set<string>();
  const handled = new Map<bigint, number>();
  const pull = await listenPull({
    address: address ?? `tcp://127.0.0.1:${await freePort()}`,
    onFrame: (frame) => {
      const batch = decodeTagUpdateBatch(frame);
      sources.add(batch.source);
      updates.push(...batch.updates);
      const receipt = receiptOf(frame);
      if (receipt) handled.set(receipt.session, receipt.number);
    },
  });
  return {
    ...{ address: pull.address, updates, sources },
    of: (tag) => updates.filter((update) => update.tag === tag),
    last: (tag) => updates.findLast((update) => update.tag === tag),
    handled: (session) => handled.get(BigInt(`0x${session}`)) ?? 0,
    pause: () => pull.pause(),
    resume: () => pull.resume(),
    async [Symbol.asyncDispose]() {
      await pull.close();
    },
  };
}
