// What of a recording matters to somebody: the newest updates of some tags.

import { setImmediate } from "node:timers/promises";
import { Subscriptions } from "@flowfusion/graph";
import {
  countTagUpdates,
  decodeTagUpdateBatch,
  encodeTagUpdateBatch,
  joinRecording,
  splitRecording,
} from "@flowfusion/proto";

export interface Selection {
  /** Patterns as in a subscription; every tag when absent. */
  readonly tags?: readonly string[];
  /** The newest so many. */
  readonly updatesMax: number;
}

export interface Selected {
  /** A recording: batches, each led by its length, oldest first. */
  readonly recording: Uint8Array<ArrayBuffer>;
  readonly updates: number;
}

/** How many batches are looked at before others on this thread get a turn. */
const batchesPerTurn = 256;

export async function selectUpdates(recording: Uint8Array, { tags, updatesMax }: Selection): Promise<Selected> {
  const isTagWanted = tags && tagMatcher(tags);
  const newestFirst: Uint8Array[] = [];
  let updates = 0;
  let turn = 0;
  for (const batch of splitRecording(recording).reverse()) {
    if (updates === updatesMax) break;
    const newest = newestOf(batch, isTagWanted, updatesMax - updates);
    updates += newest.updates;
    if (newest.updates > 0) newestFirst.push(newest.batch);
    if (++turn % batchesPerTurn === 0) await setImmediate();
  }
  return { recording: joinRecording(newestFirst.reverse()), updates };
}

function newestOf(
  batch: Uint8Array,
  isTagWanted: ((tag: string) => boolean) | undefined,
  updatesMax: number,
): { readonly batch: Uint8Array; readonly updates: number } {
  if (!isTagWanted) {
    const updates = countTagUpdates(batch);
    if (updates <= updatesMax) return { batch, updates };
  }
  const { source, updates } = decodeTagUpdateBatch(batch);
  const wanted = (isTagWanted ? updates.filter(({ tag }) => isTagWanted(tag)) : updates).slice(-updatesMax);
  const isWhole = wanted.length === updates.length;
  return { batch: isWhole ? batch : encodeTagUpdateBatch({ source, updates: wanted }), updates: wanted.length };
}

/** Remembers the answer for each tag: there are many updates and few tags. */
export function tagMatcher(patterns: readonly string[]): (tag: string) => boolean {
  const subscriptions = new Subscriptions();
  for (const pattern of patterns) subscriptions.add(pattern, { slot: 0, input: 0 });
  const known = new Map<string, boolean>();
  return (tag) => {
    let isMatch = known.get(tag);
    if (isMatch === undefined) {
      isMatch = subscriptions.match(tag).length > 0;
      known.set(tag, isMatch);
    }
    return isMatch;
  };
}
