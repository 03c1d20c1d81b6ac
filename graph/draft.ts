// What is told of a draft: how far fusing it is, and what it would do.

import type { MessageDocument } from "./message-json.ts";
import type { TrapCause } from "./trap-cause.ts";

/**
 * - `check`: the graph against its modules, expressions compiled, nodes configured.
 * - `link`: glue and nodes in one module.
 * - `optimise`: that module optimised.
 * - `verify`: the artefact read and metered as a deploy does.
 */
export interface FusePhase {
  readonly phase: "check" | "link" | "optimise" | "verify";
  readonly ms: number;
  /** Of what the phase gave. */
  readonly sizeBytes: number;
}

/** What two flows would have done with the same tag updates; what one would where nothing runs yet. */
export interface FlowComparison {
  /** Tag updates that both were given. */
  readonly updates: number;
  /** More than `updates` when the time did not suffice for all. */
  readonly recorded: number;
  /** Times of the first and the last, ISO 8601; absent when there was none. */
  readonly from?: string;
  readonly to?: string;
  readonly isEqual: boolean;
  readonly sinks: readonly {
    readonly node: string;
    /** Messages; absent where the flow has no such sink. */
    readonly before?: number;
    readonly after?: number;
    /** The first message that differs; a side is absent where the flow emits nothing there. */
    readonly difference?: {
      readonly index: number;
      readonly before?: MessageDocument;
      readonly after?: MessageDocument;
    };
  }[];
  /** Absent where there is no flow before. */
  readonly deadLettersBefore?: ComparedDeadLetters;
  readonly deadLettersAfter: ComparedDeadLetters;
  /** Why a flow stopped. */
  readonly trapBefore?: ComparedTrap;
  readonly trapAfter?: ComparedTrap;
}

/** Messages that the flow died of, and went on without. */
interface ComparedDeadLetters {
  readonly count: number;
  readonly first?: ComparedTrap;
}

export interface ComparedTrap {
  readonly node?: string;
  readonly cause: TrapCause;
  /** What the flow was given; absent for a tick. */
  readonly message?: MessageDocument;
}
