// The gateway's end of a driver: a PULL socket that keeps what comes.

import { decodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { listenPull } from "@flowfusion/transport";

export interface Receiver extends AsyncDisposable {
  readonly address: string;
  readonly updates: readonly TagUpdate[];
  readonly sources: ReadonlySet<string>;
  of(tag: string): readonly TagUpdate[];
  last(tag: string): TagUpdate | undefined;
}

export async function startReceiver(address = "tcp://127.0.0.1:0"): Promise<Receiver> {
  const updates: TagUpdate[] = [];
  const sources = new Set<string>();
  const pull = await listenPull({
    address,
    onFrame: (frame) => {
      const batch = decodeTagUpdateBatch(frame);
      sources.add(batch.source);
      updates.push(...batch.updates);
    },
  });
  return {
    ...{ address: pull.address, updates, sources },
    of: (tag) => updates.filter((update) => update.tag === tag),
    last: (tag) => updates.findLast((update) => update.tag === tag),
    async [Symbol.asyncDispose]() {
      await pull.close();
    },
  };
}
