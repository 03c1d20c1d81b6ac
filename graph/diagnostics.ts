// Gathers all problems of a document, so that one reading shows everything there is to mend. What is written out in
// full is bounded: a hostile document of a million errors costs a counter, not memory, and no search for similar names.

import { type Diagnostic, type ErrorCode, FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";

export class Diagnostics {
  readonly #list: Diagnostic[] = [];
  #count = 0;

  /** The message is asked for only when it will be shown. */
  report(code: ErrorCode, path: string, message: () => string): void {
    this.#count += 1;
    if (this.#list.length < graphLimits.diagnosticsMax) this.#list.push({ code, path, message: message() });
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** What was reported, as far as it is written out. */
  get list(): readonly Diagnostic[] {
    return this.#list;
  }

  /** Throws when anything was reported. `what` begins the sentence: "The graph". */
  throwIfAny(code: ErrorCode, what: string, cause?: unknown): void {
    if (this.isEmpty) return;
    const problems = this.#count === 1 ? "1 problem" : `${this.#count} problems`;
    const shown = this.#count > this.#list.length ? ` (the first ${this.#list.length} are shown)` : "";
    const lines = this.#list.map(
      ({ code, path, message }) => `\n  ${path === "" ? "" : `${path}: `}${message} [${code}]`,
    );
    throw new FlowFusionError(code, `${what} has ${problems}${shown}:${lines.join("")}`, {
      diagnostics: this.#list,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
