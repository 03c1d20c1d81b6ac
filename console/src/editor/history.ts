// Undo and redo. What belongs to one doing of the hand is one step: a drag, typing into one field without a pause.

import { applyCommand, type Command, commandText } from "./commands.ts";
import type { Draft } from "./draft.ts";

/** A pause in typing beyond which the next letter begins a step of its own, ms. */
const pauseMs = 1_500;
/** Steps that can be undone; drafts share what did not change, so a step costs little. */
const stepsMax = 500;

interface Step {
  /** The draft before the step. */
  readonly before: Draft;
  readonly text: string;
  readonly joins: string | undefined;
  readonly atMs: number;
}

export interface History {
  readonly draft: Draft;
  readonly past: readonly Step[];
  /** The next to be redone comes last; `before` is the draft that it leads to. */
  readonly future: readonly Step[];
}

export const historyOf = (draft: Draft): History => ({ draft, past: [], future: [] });

/** `nowMs` may come from any clock that does not go back. */
export function execute(history: History, command: Command, nowMs: number): History {
  const draft = applyCommand(history.draft, command);
  if (draft === history.draft) return history;
  const joins = joinsOf(command);
  const last = history.past.at(-1);
  const isSameDoing = joins !== undefined && last?.joins === joins && nowMs - last.atMs <= pauseMs;
  const before = isSameDoing ? last.before : history.draft;
  const past = isSameDoing ? history.past.slice(0, -1) : history.past;
  const step = { before, text: commandText(command), joins, atMs: nowMs };
  return { draft, past: [...past, step].slice(-stepsMax), future: [] };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  if (step === undefined) return history;
  return {
    draft: step.before,
    past: history.past.slice(0, -1),
    future: [...history.future, { ...step, before: history.draft, joins: undefined }],
  };
}

export function redo(history: History): History {
  const step = history.future.at(-1);
  if (step === undefined) return history;
  return {
    draft: step.before,
    past: [...history.past, { ...step, before: history.draft }],
    future: history.future.slice(0, -1),
  };
}

export const undoText = ({ past }: History): string | undefined => past.at(-1)?.text;
export const redoText = ({ future }: History): string | undefined => future.at(-1)?.text;

/** Commands with the same key are one doing. */
function joinsOf(command: Command): string | undefined {
  if (command.kind === "move") return `move ${command.gesture}`;
  if (command.kind === "set-property") return `set ${command.node} ${JSON.stringify(command.at)}`;
  return undefined;
}
