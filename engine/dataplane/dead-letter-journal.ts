// The dead letters of a flow on disk, so that they outlive the process: a journal of what is added and taken. The flow
// never waits for it.

import path from "node:path";
import type { FlowName } from "@flowfusion/graph";
import { Journal, readJournal } from "../journal/journal.ts";
import type { JournalContent } from "../journal/records.ts";
import type { Condition } from "./come-true.ts";
import { type DeadLetter, type DeadLetterChange, DeadLetters } from "./dead-letters.ts";

/** Some three times what is kept. */
const fileBytesMax = 1024 * 1024;
const syncWithinMs = 1_000;

const nothingFound: JournalContent<Entry> = { entries: [], damage: undefined };

type StoredLetter = Omit<DeadLetter, "message"> & { readonly base64: string };
type Entry =
  | { readonly letter: StoredLetter }
  | { readonly taken: readonly number[] }
  /** First in a file that was written anew: ids go on behind it. */
  | { readonly lastId: number };

export class DeadLetterJournal {
  readonly letters: DeadLetters;
  /** What of an earlier start could not be read. */
  readonly damage: string | undefined;
  readonly #path: string;
  readonly #retryMs: number | undefined;
  /** Most flows never have a dead letter, so it is made for the first one. */
  #journal: Journal<Entry> | undefined;

  private constructor(path: string, { entries, damage }: JournalContent<Entry>, retryMs: number | undefined) {
    this.letters = new DeadLetters(foundIn(entries), (change) => this.#made().append(entryOf(change)));
    this.damage = damage;
    this.#path = path;
    this.#retryMs = retryMs;
    // What is damaged is written anew at once.
    if (damage !== undefined) this.#made();
  }

  /**
   * With the letters of an earlier start, if there may be any. Never rejects: what the disk does not give is told as
   * damage.
   */
  static async open(
    folder: string,
    flow: FlowName,
    mayHaveLetters = true,
    retryMs?: number,
  ): Promise<DeadLetterJournal> {
    const file = [folder, flow + deadLetterSuffix].join(path.sep);
    return new DeadLetterJournal(file, mayHaveLetters ? await readJournal<Entry>(file) : nothingFound, retryMs);
  }

  /** Why the letters are kept in memory alone, while that is so. */
  get error(): string | undefined {
    return this.#journal?.error;
  }

  /** Whether the letters so far outlive the process, or cannot, which `error` tells. */
  whenWritten(): Condition {
    return this.#journal?.whenWritten() ?? (() => true);
  }

  /** Writes what is still to be written, and nothing after that. */
  async close(): Promise<void> {
    // Where there is none, what would begin one from now on is not written.
    await this.#made().close();
  }

  #made(): Journal<Entry> {
    const { letters } = this;
    this.#journal ??= new Journal<Entry>(
      {
        path: this.#path,
        fileBytesMax,
        syncWithinMs,
        ...(this.#retryMs !== undefined && { retryMs: this.#retryMs }),
        kept: () => [{ lastId: letters.lastId }, ...letters.kept.map((added) => entryOf({ added }))],
      },
      this.damage === undefined,
    );
    return this.#journal;
  }
}

/** Within the data folder. */
export const deadLetterFolder = "dead-letters";
export const deadLetterSuffix = ".journal";

function foundIn(entries: readonly Entry[]) {
  const letters = new Map<number, DeadLetter>();
  let lastId = 0;
  for (const entry of entries) {
    if ("letter" in entry) letters.set(entry.letter.id, letterFrom(entry.letter));
    else if ("taken" in entry) for (const id of entry.taken) letters.delete(id);
    const id = "letter" in entry ? entry.letter.id : "lastId" in entry ? entry.lastId : 0;
    lastId = Math.max(lastId, id);
  }
  return { letters: [...letters.values()], lastId };
}

const letterFrom = ({ base64, ...letter }: StoredLetter): DeadLetter => ({
  ...letter,
  message: Uint8Array.from(Buffer.from(base64, "base64")),
});

function entryOf(change: DeadLetterChange): Entry {
  if ("taken" in change) return change;
  const { message, ...letter } = change.added;
  return { letter: { ...letter, base64: Buffer.from(message).toString("base64") } };
}
