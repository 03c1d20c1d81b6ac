// The chain of the audit log: each entry's hash covers its content and the hash of the one before, so that an entry that
// was changed, removed or slipped in breaks the chain at its place. Who can write the database can make a whole new chain;
// for that the hash of each entry also goes to the log of the gateway, which may be kept elsewhere.

import { createHash } from "node:crypto";

/** What is said of one write. */
export interface AuditDraft {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The name of the token. */
  readonly who: string;
  readonly role: string;
  readonly remote: string;
  /** The route's operationId. */
  readonly action: string;
  /** The path, without query. */
  readonly target: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly requestId: string;
  /** JSON text of what the write was about, before and after it; secrets are no part of it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface AuditEntry extends AuditDraft {
  /** Counts up by 1. */
  readonly seq: number;
  /** Hexadecimal sha256; of the first entry ever: 64 zeros. */
  readonly previous: string;
  readonly hash: string;
}

/** What identifies an entry in its chain. */
export type AuditLink = Pick<AuditEntry, "seq" | "hash">;

const CHAIN_START = "0".repeat(64);

export function chain(draft: AuditDraft, last: AuditLink | undefined): AuditEntry {
  const linked = { ...draft, seq: (last?.seq ?? 0) + 1, previous: last?.hash ?? CHAIN_START };
  return { ...linked, hash: hashOf(linked) };
}

/**
 * Where entries, in ascending order, do not follow from each other: the number of the first that is not as it was written,
 * or undefined. `last` is the entry before the first one, where it is known; where it is not, the first one's number is
 * `firstMax` at most.
 */
export function findBreak(entries: Iterable<AuditEntry>, firstMax: number, last?: AuditLink): number | undefined {
  let before = last;
  for (const entry of entries) {
    const follows =
      before === undefined ? entry.seq <= firstMax : entry.seq === before.seq + 1 && entry.previous === before.hash;
    const isStart = entry.seq !== 1 || entry.previous === CHAIN_START;
    if (!follows || !isStart || entry.hash !== hashOf(entry)) {
      return entry.seq;
    }
    before = entry;
  }
  return undefined;
}

function hashOf(entry: Omit<AuditEntry, "hash">): string {
  const { seq, previous, at, who, role, remote, action, target, status, requestId, before, after } = entry;
  const content = [
    seq,
    previous,
    at,
    who,
    role,
    remote,
    action,
    target,
    status,
    requestId,
    before ?? null,
    after ?? null,
  ];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}
