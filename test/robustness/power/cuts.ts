// Lets the power go at many moments of a gateway's life, and has a look each time at the folder that is left.

import { readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { randomFrom } from "@flowfusion/testkit";
import { Replay } from "./journal.ts";

/** What was promised when so much of the trace was written. */
interface Moment<Promised> {
  readonly traceBytes: number;
  readonly promised: Promised;
}

interface Cut {
  readonly traceBytes: number;
  readonly what: string;
  /** Asked for the names, then for each change of a file's bytes, that were not synced. */
  readonly isKept: () => boolean;
}

const seed = 7;
/** Between two promises, each with another draw of what is kept. */
const drawsMax = process.env.FLOWFUSION_TEST_LONG ? 8 : 1;

/** A gateway's life, written down as it goes. */
export class Life<Promised> {
  readonly #trace: string;
  readonly #moments: Moment<Promised>[];

  constructor(trace: string, promised: Promised) {
    this.#trace = trace;
    this.#moments = [{ traceBytes: 0, promised }];
  }

  get promised(): Promised {
    return this.#moments.at(-1)!.promised;
  }

  /** From now on this holds, too. */
  async promise(more: Partial<Promised>): Promise<void> {
    const { size: traceBytes } = await stat(this.#trace);
    this.#moments.push({ traceBytes, promised: { ...this.promised, ...more } });
  }

  /** `check` gets the folder that is left, what was promised, and what was under way: that may hold, or not yet. */
  async forEachCut(
    dataDir: string,
    check: (left: string, promised: Promised, underWay: Promised) => Promise<void>,
  ): Promise<void> {
    const lines = (await readFile(this.#trace, "latin1")).split("\n");
    const left = path.join(path.dirname(this.#trace), "left");
    for (const { traceBytes, what, isKept } of this.#cuts()) {
      await replayed(lines, traceBytes, dataDir).disk.leave(left, isKept);
      const index = this.#moments.findLastIndex((moment) => moment.traceBytes <= traceBytes);
      const { promised } = this.#moments[index]!;
      const underWay = this.#moments[index + 1]?.promised ?? promised;
      await check(left, promised, underWay).catch((error: unknown) => {
        throw new Error(`the power went at byte ${traceBytes} of the trace, ${what}`, { cause: error });
      });
      await rm(left, { recursive: true, force: true });
    }
  }

  *#cuts(): Generator<Cut> {
    const random = randomFrom(seed);
    for (const [index, { traceBytes }] of this.#moments.entries()) {
      if (index === 0) continue;
      yield { traceBytes, what: "nothing kept but what was synced", isKept: () => false };
      let asked = 0;
      yield { traceBytes, what: "names kept, and no bytes but those that were synced", isKept: () => asked++ === 0 };
      for (let draw = 0; draw < drawsMax; draw++) {
        const since = this.#moments[index - 1]!.traceBytes;
        const at = since + Math.floor(random() * (traceBytes - since));
        yield { traceBytes: at, what: "anything kept of what was not synced", isKept: () => random() < 0.5 };
      }
    }
  }
}

function replayed(lines: readonly string[], traceBytes: number, dataDir: string): Replay {
  const replay = new Replay(dataDir);
  let at = 0;
  for (const line of lines) {
    at += line.length + 1;
    if (at > traceBytes) break;
    replay.take(line);
  }
  return replay;
}
